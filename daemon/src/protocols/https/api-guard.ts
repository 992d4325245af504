/**
 * What becomes of each request that a client sends to a guarded API. No socket, no decision: it reads the head, asks where the
 * host is, and has the rest carried through by `exchange.ts`.
 */

import { randomUUID } from 'node:crypto';
import { toHostText, valuesOf } from '@agentguard/rules';
import type {
  ApiFacts,
  BodyNeed,
  EgressFacts,
  FieldList,
  HttpBody,
  HttpFacts,
  HttpRequestHead,
  PrincipalFacts,
} from '@agentguard/rules';
import type { ConnectionFacts, Enforcement } from '../../enforcement/enforcement.ts';
import type { SecretValue } from '../../secrets/secret-value.ts';
import type { CredentialPlaces } from './credentials.ts';
import { exchange } from './exchange.ts';
import type { ClientSide, Upstream } from './exchange.ts';
import { readApiRequest } from './messages.ts';
import type { Authority, RequestHead } from './messages.ts';
import { toMalformed, toUpstreamReply } from './replies.ts';
import type { UpstreamProblem } from './replies.ts';

/** The client's side of a request, with its head. */
export interface ApiClient extends ClientSide {
  readonly head: RequestHead;
}

/** One guarded API, as a session may use it. */
export interface GuardedApi {
  readonly facts: ApiFacts;
  readonly places: CredentialPlaces;
  /** Roots that its hosts are verified against, PEM; null for the platform's own. */
  readonly ca: string | null;
  /** What stands in the session where the credential would. */
  readonly placeholder: string;
  /** @throws when the vault does not give it */
  credential(): Promise<SecretValue>;
}

/** The session that a client belongs to. */
export interface ApiSession {
  readonly id: string;
  readonly principal: PrincipalFacts;
}

/** How requests are read. */
export interface ApiAnalysis {
  needsBody(head: HttpRequestHead): BodyNeed;
  analyze(head: HttpRequestHead, body: HttpBody): HttpFacts;
}

/** What a guard is built from. */
export interface ApiGuardParts {
  readonly enforcement: Pick<Enforcement, 'authorize' | 'refuse'>;
  /** The API at a place, if the session may use it. */
  readonly api: (session: string, host: string, port: number) => GuardedApi | null;
  /** Stand-ins of a session for all its APIs. */
  readonly placeholders: (session: string) => readonly string[];
  readonly analysis: (api: ApiFacts) => ApiAnalysis;
  /** Where the host is, and whether it may be reached. */
  readonly look: (
    authority: Authority,
    session: ApiSession,
    signal: AbortSignal,
  ) => Promise<EgressFacts>;
  /** The way to a host at checked addresses. */
  readonly upstream: (place: {
    readonly host: string;
    readonly port: number;
    readonly addresses: readonly string[];
    readonly ca: string | null;
    readonly signal: AbortSignal;
  }) => Upstream;
  readonly toProblem: (error: unknown) => UpstreamProblem;
  readonly onProblem: (what: string, cause: unknown) => void;
}

/** Serves requests to guarded APIs. */
export class ApiGuard {
  readonly #parts: ApiGuardParts;

  constructor(parts: ApiGuardParts) {
    this.#parts = parts;
  }

  /** Whether requests to that place are read for that session. */
  covers(session: string, { host, port }: Authority): boolean {
    return this.#parts.api(session, toHostText(host), port) !== null;
  }

  /** Carries one request through. */
  async serve(session: ApiSession, authority: Authority, client: ApiClient): Promise<void> {
    const host = toHostText(authority.host);
    const { port } = authority;
    const api = this.#parts.api(session.id, host, port);
    if (api === null) {
      // It was taken away while the connection was open.
      client.reply(toMalformed('this API is not guarded any more; connect again'));
      return;
    }
    const { facts, places, placeholder } = api;
    const connection: ConnectionFacts = {
      connection: `con-${randomUUID().replaceAll('-', '').slice(0, 16)}`,
      principal: session.principal,
      resource: facts,
    };
    const read = readApiRequest(client.head, authority);
    if (!read.ok) {
      this.#refuse(connection, 'malformed request', read.problem);
      client.reply(toMalformed(read.problem));
      return;
    }
    const egress = await this.#parts.look(authority, session, client.signal);
    if (egress.standing !== 'listed') {
      this.#refuse(connection, 'address', egress.note ?? `the host is ${egress.standing}`);
      client.reply(toUpstreamReply('unreachable'));
      return;
    }
    const { method } = client.head;
    const fields = withBodyField(client);
    const { addresses } = egress;
    const place = { host, port, addresses, ca: api.ca, signal: client.signal };
    const analysis = this.#parts.analysis(facts);
    await exchange({
      ...this.#parts,
      client,
      request: read.request,
      head: { method, scheme: 'https', host, port, target: client.head.target, fields },
      access: {
        connection,
        placeholder: { text: placeholder, places },
        otherPlaceholders: this.#parts
          .placeholders(session.id)
          .filter((text) => text !== placeholder),
        credential: () => api.credential(),
      },
      upstream: this.#parts.upstream(place),
      needsBody: (head) => analysis.needsBody(head),
      analyze: (head, body) => analysis.analyze(head, body),
    });
  }

  /** Puts a refusal on the record that no decision was needed for; what it is about is refused whatever comes of this. */
  #refuse(connection: ConnectionFacts, what: string, reason: string): void {
    this.#parts.enforcement.refuse(connection, what, reason).catch((error: unknown) => {
      this.#parts.onProblem('refusal not recorded', error);
    });
  }
}

/** HTTP/2 has content without a field that says so; whoever judges looks for one. */
function withBodyField({ head, hasBody }: ApiClient): FieldList {
  const { fields } = head;
  const said = ['content-length', 'transfer-encoding'].some(
    (name) => valuesOf(fields, name).length > 0,
  );
  return hasBody && !said ? [...fields, 'Transfer-Encoding', 'chunked'] : fields;
}

/**
 * One request to an API: read, judged, given its credential, sent on, and its answer brought back. Streams only; whoever
 * opens sockets hands them in.
 * SECURITY(P-34): nothing of a request goes upstream before enforcement has let all of it pass that is judged.
 */

import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { endToEndFields, valuesOf } from '@agentguard/rules';
import type { BodyNeed, FieldList, HttpBody, HttpFacts, HttpRequestHead } from '@agentguard/rules';
import type { ConnectionFacts, Enforcement, Permit } from '../../enforcement/enforcement.ts';
import type { SecretValue } from '../../secrets/secret-value.ts';
import { openAnswer, WithheldError } from './answer-body.ts';
import { findCredential, injectCredential } from './credentials.ts';
import type { Placeholder } from './credentials.ts';
import { toOperation, toOutcome } from './facts.ts';

import type { ApiRequest } from './messages.ts';
import { readBody } from './read-body.ts';
import { toBusyReply, toDenialReply, toUpstreamReply } from './replies.ts';
import type { Reply, UpstreamProblem } from './replies.ts';

/** The client's side of one request, whatever version it speaks. */
export interface ClientSide {
  readonly body: Readable;
  readonly hasBody: boolean;
  /** Aborted when the client leaves or its session ends. */
  readonly signal: AbortSignal;
  readonly sessionEnded: () => boolean;
  /** Asks for the content that the client holds back. */
  readonly wantBody: () => void;
  /** Begins the answer; the fields are end to end. `behind` gives the trailer fields once the content has ended. */
  readonly respond: (answer: ClientAnswer) => Writable;
  readonly reply: (reply: Reply) => void;
  /** Ends it so that nobody takes what came for the whole. */
  readonly breakOff: () => void;
}

/** The beginning of an answer. */
export interface ClientAnswer {
  readonly status: number;
  readonly fields: FieldList;
  readonly behind: (() => FieldList) | null;
}

/** The API that a request goes to, as one session may use it. */
export interface ApiAccess {
  readonly connection: ConnectionFacts;
  readonly placeholder: Placeholder;
  /** Stand-ins of the session for other APIs, which mean nothing here. */
  readonly otherPlaceholders: readonly string[];
  /** @throws when the vault does not give it */
  credential(): Promise<SecretValue>;
}

/** What the host is reached by. */
export interface Upstream {
  start(wanted: {
    readonly method: string;
    readonly path: string;
    readonly fields: FieldList;
    readonly hasBody: boolean;
    readonly trailers: boolean;
  }): Promise<{
    readonly body: Writable;
    readonly answer: Promise<UpstreamAnswer>;
    abort(): void;
  }>;
}

/** What the host said. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly fields: FieldList;
  readonly body: Readable;
  readonly trailers: () => FieldList;
}

/** Everything of one exchange. */
export interface ExchangeParts {
  readonly enforcement: Pick<Enforcement, 'authorize' | 'refuse'>;
  readonly client: ClientSide;
  readonly request: ApiRequest;
  readonly head: HttpRequestHead;
  readonly access: ApiAccess;
  readonly upstream: Upstream;
  readonly needsBody: (head: HttpRequestHead) => BodyNeed;
  readonly analyze: (head: HttpRequestHead, body: HttpBody) => HttpFacts;
  readonly toProblem: (error: unknown) => UpstreamProblem;
  readonly onProblem: (what: string, cause: unknown) => void;
}

/** Carries one request through. Never rejects; the outcome is recorded whatever happens. */
export async function exchange(parts: ExchangeParts): Promise<void> {
  const { client } = parts;
  try {
    const wrong = await refuseCredentials(parts);
    if (wrong !== null) {
      client.reply(wrong);
      return;
    }
    const { body, replay } = await readBody(client, parts.needsBody(parts.head));
    const facts = parts.analyze(parts.head, body);
    const permit = await rule(parts, facts, body);
    if ('status' in permit) client.reply(permit);
    else await carry(parts, { facts, permit, replay });
  } catch (error) {
    // SECURITY(P-06): a fault of ours ends in an answer of ours, never in a request that goes on.
    parts.onProblem('a request to an API', error);
    if (!client.signal.aborted) client.reply(toBusyReply('fault'));
  }
}

/** SECURITY(P-35): a credential that the guard did not hand out for this very host is worth nothing here. */
async function refuseCredentials({
  request,
  access,
  enforcement,
}: ExchangeParts): Promise<Reply | null> {
  const { fields, path } = request;
  const strayed = access.otherPlaceholders.some(
    (text) => path.includes(text) || fields.some((value) => value.includes(text)),
  );
  const shown = findCredential(fields, path, access.placeholder);
  if (!strayed && shown.kind !== 'foreign') return null;
  const where = shown.kind === 'foreign' ? shown.where : 'it';
  const reason = strayed
    ? 'a placeholder for another API was sent to this host'
    : `${where} holds a credential that the guard did not hand out`;
  return toDenialReply(await enforcement.refuse(access.connection, 'credential', reason), request);
}

async function rule(
  parts: ExchangeParts,
  facts: HttpFacts,
  body: HttpBody,
): Promise<Permit | Reply> {
  const { access, client, enforcement, request } = parts;
  const ruling = await enforcement.authorize(
    toOperation(access.connection, facts, {
      target: request.path,
      body,
      hasBody: client.hasBody,
    }),
    client.signal,
  );
  if (ruling.kind === 'denial') return toDenialReply(ruling.denial, request);
  if (!client.signal.aborted) return ruling.permit;
  ruling.permit.finish(toOutcome({ end: leaving(client), status: null, sent: 0, received: 0 }));
  return toBusyReply('session ended');
}

function leaving(client: ClientSide): 'session ended' | 'client left' {
  return client.sessionEnded() ? 'session ended' : 'client left';
}

interface Judged {
  readonly facts: HttpFacts;
  readonly permit: Permit;
  /** The content as the client sent it: what was read for judging, and what follows. */
  readonly replay: () => AsyncIterable<Buffer>;
}

/** Sends it on and brings the answer back. */
async function carry(parts: ExchangeParts, { facts, permit, replay }: Judged): Promise<void> {
  const { client, access, request } = parts;
  const traffic = { sent: 0, received: 0 };
  let status: number | null = null;
  let end: Parameters<typeof toOutcome>[0]['end'] = 'done';
  let abort: (() => void) | null = null;
  try {
    const real = await access.credential();
    const { fields, path } = injectCredential(request, access.placeholder, real);
    const { method, trailers } = request;
    const wanted = { method, path, fields: withPlainAnswer(fields), trailers };
    const started = await parts.upstream.start({ ...wanted, hasBody: client.hasBody });
    abort = () => started.abort();
    client.signal.addEventListener('abort', abort, { once: true });
    if (client.signal.aborted) started.abort();
    const sent = client.hasBody
      ? pipeline(count(replay(), traffic, 'sent'), started.body, { signal: client.signal })
      : Promise.resolve();
    // A server may answer, and end, before it has read everything.
    sent.catch(() => undefined);
    const answer = await started.answer;
    status = answer.status;
    await bring(parts, { answer, facts, real, traffic });
  } catch (error) {
    const problem = error instanceof WithheldError ? 'withheld' : parts.toProblem(error);
    end = client.signal.aborted ? leaving(client) : problem;
    // One that has begun to answer breaks off instead; `reply` knows.
    if (client.signal.aborted) client.breakOff();
    else {
      parts.onProblem('a host of an API', error);
      client.reply(toUpstreamReply(problem));
    }
  } finally {
    if (abort !== null) client.signal.removeEventListener('abort', abort);
    permit.finish(toOutcome({ end, status, ...traffic }));
  }
}

/** Answers are asked for without compression, so that what must not come back can be seen in them. */
function withPlainAnswer(fields: FieldList): FieldList {
  return fields.map((value, at) =>
    at % 2 === 1 && fields[at - 1]?.toLowerCase() === 'accept-encoding' ? 'identity' : value,
  );
}

interface Brought {
  readonly answer: UpstreamAnswer;
  readonly facts: HttpFacts;
  readonly real: SecretValue;
  readonly traffic: { sent: number; received: number };
}

async function bring(
  parts: ExchangeParts,
  { answer, facts, real, traffic }: Brought,
): Promise<void> {
  const { client, access, request } = parts;
  const opened = openAnswer({
    fields: endToEndFields(answer.fields),
    credential: real,
    placeholder: access.placeholder.text,
    masked: facts.operations.some(({ kind }) => kind === 'reveal' || kind === 'mint'),
  });
  const bare = request.method === 'HEAD' || answer.status === 204 || answer.status === 304;
  const announced = valuesOf(answer.fields, 'trailer').length > 0 || request.trailers;
  const down = client.respond({
    status: answer.status,
    fields: opened.fieldsFor(bare),
    behind: announced ? () => opened.trailersOf(answer.trailers()) : null,
  });
  if (bare) {
    answer.body.resume();
    down.end();
    return;
  }
  const options = { signal: client.signal };
  const source = Readable.from(count(answer.body, traffic, 'received'));
  await pipeline([source, ...opened.transforms, down], options);
}

/** Counts what passes. */
async function* count(
  source: AsyncIterable<Buffer>,
  traffic: { sent: number; received: number },
  which: 'sent' | 'received',
): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    traffic[which] += chunk.length;
    yield chunk;
  }
}

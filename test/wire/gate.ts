/**
 * A listener in front of a real server, with the decision taken by the test: it allows, denies or keeps waiting by the text of
 * the operation. Everything else is the real thing, the dialer to the server included.
 */

import { performance } from 'node:perf_hooks';
import type {
  CatalogSnapshot,
  NameContext,
  SqlFacts,
  StatementFacts,
} from '../../rules/src/index.ts';
import type {
  Enforcement,
  Operation,
  Outcome,
  PlainRuling,
} from '../../daemon/src/enforcement/enforcement.ts';
import { PostgresListener } from '../../daemon/src/protocols/postgres/connection.ts';
import type { ListenerTls, SessionEnd } from '../../daemon/src/protocols/postgres/connection.ts';
import type { GuardedResource } from '../../daemon/src/protocols/postgres/guarded-resource.ts';
import {
  makeTokenVerifier,
  ScramServer,
  TOKEN_ITERATIONS,
} from '../../daemon/src/protocols/postgres/scram.ts';
import { openUpstream } from '../upstream/open.ts';

/** What the test's person and policy say of a text. `ask` waits for `answer`. */
export type Verdict = 'allow' | 'deny' | 'ask';

/** One line of the test's record. */
export type RecordLine =
  | { readonly kind: 'intent'; readonly text: string; readonly inTransaction: boolean }
  | { readonly kind: 'outcome'; readonly text: string; readonly outcome: Outcome }
  | { readonly kind: 'refused'; readonly what: string };

const SALT = Buffer.from('0123456789abcdef');

/** A running gate. */
export interface Gate {
  readonly port: number;
  readonly record: RecordLine[];
  /** Names of texts that wait for an answer. */
  readonly waiting: Map<string, (verdict: 'allow' | 'deny') => void>;
  /** What the listener told its log. */
  readonly problems: readonly string[];
  judgeBy(judge: (text: string) => Verdict): void;
  url(database?: string, token?: string): string;
  endSession(why: SessionEnd): void;
  readonly listener: PostgresListener<string>;
  close(): Promise<void>;
}

export const TOKEN = 'agt_test-token-of-a-session';
const EXPIRED_TOKEN = 'agt_test-token-that-expired';

/** Opens a gate to the server behind `url`, under the resource name `main`. */
export async function openGate(
  url: string,
  options: {
    readonly tls?: ListenerTls;
    readonly analyze?: (text: string, context: NameContext) => SqlFacts;
    readonly toShape?: (text: string) => string | null;
    /** False for long runs, whose record would fill the memory. Default true. */
    readonly recording?: boolean;
  } = {},
): Promise<Gate> {
  const { tls } = options;
  const record: RecordLine[] = [];
  if (options.recording === false) record.push = () => 0;
  const waiting = new Map<string, (verdict: 'allow' | 'deny') => void>();
  const ends = new Set<(why: SessionEnd) => void>();
  const verifiers = new Map(
    [TOKEN, EXPIRED_TOKEN].map((token) => [
      token,
      makeTokenVerifier(token, SALT, TOKEN_ITERATIONS),
    ]),
  );
  const problems: string[] = [];
  const held: { judge: (text: string) => Verdict } = { judge: () => 'allow' };
  const enforcement: Enforcement = {
    authorize: (operation, signal) =>
      authorize({ judge: (text) => held.judge(text), record, waiting }, operation, signal),
    refuse: (_connection, what, reason) => {
      record.push({ kind: 'refused', what });
      return Promise.resolve(denial(reason));
    },
  };
  const listener = new PostgresListener<string>({
    enforcement,
    tokens: {
      makeExchange: () =>
        new ScramServer<string>({
          salt: SALT,
          iterations: TOKEN_ITERATIONS,
          live: () => verifiers,
        }),
      open: (token) => {
        if (token === EXPIRED_TOKEN) return Promise.resolve({ kind: 'token expired', at: null });
        return Promise.resolve({
          principal: { person: 'ann', agent: 'test', session: 'ses-1' },
          resources: ['main'],
          onEnd: (told: (why: SessionEnd) => void) => {
            ends.add(told);
            return () => ends.delete(told);
          },
        });
      },
    },
    resource: (name) => (name === 'main' ? toResource(url) : undefined),
    analyze: options.analyze ?? analyzeByWords,
    ...(options.toShape === undefined ? {} : { toShape: options.toShape }),
    tls: tls === undefined ? null : () => Promise.resolve(tls),
    now: () => performance.now(),
    onProblem: ({ what, cause }) => {
      problems.push(`${what}: ${String(cause)}`);
    },
  });
  const port = await listener.listen({ host: '127.0.0.1', port: 0 });
  return {
    port,
    record,
    waiting,
    listener,
    problems,
    judgeBy: (judge) => {
      held.judge = judge;
    },
    url: (database = 'main', token = TOKEN) =>
      `postgres://agent:${token}@127.0.0.1:${port}/${database}`,
    endSession: (why: SessionEnd) => {
      for (const told of [...ends]) told(why);
    },
    close: () => listener.close(),
  };
}

export { EXPIRED_TOKEN };

function toResource(url: string): GuardedResource {
  return {
    facts: { name: 'main', kind: 'postgres', environment: 'production' },
    searchPathAllowed: true,
    catalog: {
      current: () => EMPTY_CATALOG,
      ready: () => Promise.resolve(EMPTY_CATALOG),
      markStale: () => undefined,
      retain: () => undefined,
      release: () => undefined,
    },
    connect: (parameters) => openUpstream(url, { parameters }),
  };
}

const EMPTY_CATALOG: CatalogSnapshot = {
  version: '1',
  serverVersion: 180_000,
  database: 'postgres',
  user: 'postgres',
  superuser: true,
  searchPath: ['public'],
  schemas: [],
  relations: [],
  systemRelations: [],
  functions: [],
  operators: [],
  casts: [],
  types: [],
  eventTriggers: [],
  extensions: [],
};

interface Deciding {
  readonly judge: (text: string) => Verdict;
  readonly record: RecordLine[];
  readonly waiting: Map<string, (verdict: 'allow' | 'deny') => void>;
}

async function authorize(
  { judge, record, waiting }: Deciding,
  operation: Operation,
  signal: AbortSignal,
): Promise<PlainRuling> {
  const { text, inTransaction } = operation;
  record.push({ kind: 'intent', text, inTransaction });
  let verdict = judge(text);
  if (verdict === 'ask') {
    verdict = await new Promise<'allow' | 'deny'>((resolve) => {
      waiting.set(text, resolve);
      signal.addEventListener('abort', () => resolve('deny'), { once: true });
    });
    waiting.delete(text);
  }
  if (verdict === 'deny') return { kind: 'denial', denial: denial('the test says no') };
  return {
    kind: 'permit',
    permit: {
      decision: 'dec-1',
      finish: (outcome) => {
        record.push({ kind: 'outcome', text, outcome });
      },
    },
  };
}

function denial(reason: string): {
  decision: string;
  message: string;
  rules: string[];
  hint: string;
} {
  return {
    decision: 'dec-1',
    message: `blocked by agentguard: ${reason}`,
    rules: ['test/rule'],
    hint: 'do something else',
  };
}

const STATE_WORDS = new Set([
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
  'SET',
  'RESET',
  'CREATE',
  'DROP',
  'ALTER',
  'PREPARE',
  'DEALLOCATE',
  'DISCARD',
]);

/** Stands in for the analysis where a test is about the wire alone: the first word of each statement. */
export function analyzeByWords(text: string, context: NameContext): SqlFacts {
  const statements: StatementFacts[] = [];
  const parts = text.split(';');
  let start = 0;
  for (const part of parts) {
    const words = part.trim().split(/\s+/);
    const command = (words[0] ?? '').toUpperCase();
    if (command !== '') {
      const prepares = command === 'PREPARE' && words[1] !== undefined;
      if (command === 'EXECUTE') context.prepared(words[1] ?? '');
      statements.push({
        command,
        start,
        end: start + part.length,
        effects: prepares
          ? [
              {
                kind: 'create',
                object: { kind: 'prepared statement', schema: null, name: words[1] ?? '' },
                via: [],
              },
            ]
          : [],
        functions: [],
        changesState: STATE_WORDS.has(command),
      });
    }
    start += part.length + 1;
  }
  return { statements, literalsIgnored: false, secretSpans: [] };
}

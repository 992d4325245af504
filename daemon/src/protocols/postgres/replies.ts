/**
 * How outcomes are said in PostgreSQL's words. The only place where a denial becomes bytes, and the only place with sentences
 * for a client. Sentences are fixed; no message of an error object and no value ever gets into one.
 */

import type { Denial } from '../../enforcement/enforcement.ts';
import { encodeError, encodeParse, encodeQuery } from './encode.ts';

/** Why a connection is ended from our side. Each has one sentence. */
export type CloseReason =
  | 'protocol violation'
  | 'message too large'
  | 'unknown state'
  | 'string setting'
  | 'client encoding'
  | 'record unavailable'
  | 'catalog unavailable'
  | 'session revoked'
  | 'session expired'
  | 'daemon stopping'
  | 'upstream lost'
  | 'too many rows'
  | 'too many connections'
  | 'handshake timeout';

interface Sentence {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

const CLOSING: Readonly<Record<CloseReason, Sentence>> = {
  'protocol violation': {
    code: '08P01',
    message: 'agentguard could not read what the client sent',
  },
  'message too large': {
    code: '54000',
    message: 'the message is larger than agentguard passes on',
    hint: 'Send large values in pieces, or with COPY.',
  },
  'unknown state': {
    code: '08P01',
    message: 'agentguard lost track of what the database was asked and ended the connection',
    hint: 'Whether the last statement took effect is unknown; look before you repeat it.',
  },
  'string setting': {
    code: '42501',
    message: 'agentguard keeps standard_conforming_strings on and ended the connection',
  },
  'client encoding': {
    code: '42501',
    message: 'agentguard speaks client_encoding UTF8 only and ended the connection',
  },
  'record unavailable': {
    code: '58000',
    message: 'agentguard cannot write its record, so nothing passes',
    hint: 'The person at this machine sees the reason with: agentguard doctor',
  },
  'catalog unavailable': {
    code: '58000',
    message: 'agentguard cannot read the catalog of this database, so nothing passes',
    hint: 'The person at this machine sees the reason with: agentguard doctor',
  },
  'session revoked': {
    code: '57P01',
    message: 'terminating connection: the session of this token has ended',
  },
  'session expired': { code: '57P01', message: 'terminating connection: the token has expired' },
  'daemon stopping': { code: '57P01', message: 'terminating connection: agentguard is stopping' },
  'upstream lost': { code: '08006', message: 'the connection to the database was lost' },
  'too many rows': {
    code: '54000',
    message:
      'blocked by agentguard: the statement returns more rows than the limit of this resource',
    hint: 'Ask for fewer rows, with LIMIT or a narrower WHERE, on a new connection.',
  },
  'too many connections': { code: '53300', message: 'too many connections through agentguard' },
  'handshake timeout': { code: '57014', message: 'authentication took too long' },
};

/** The last message of a connection that is ended from our side. */
export function toCloseReply(reason: CloseReason): Buffer {
  return encodeError({ severity: 'FATAL', ...CLOSING[reason] });
}

/** Why a client is not let in. */
export type LoginRefusal =
  | { readonly kind: 'token unknown' }
  /** `at`: when, as ISO 8601; null when nobody remembers. */
  | { readonly kind: 'token expired'; readonly at: string | null }
  | { readonly kind: 'token revoked'; readonly at: string | null; readonly by: string | null }
  | { readonly kind: 'token elsewhere' }
  | {
      readonly kind: 'resource unknown';
      readonly asked: string;
      /** Names of the databases that the session may reach. */
      readonly reachable: readonly string[];
    }
  | { readonly kind: 'upstream unreachable' }
  | { readonly kind: 'catalog unavailable' };

/** The answer to a client that is not let in. */
export function toLoginReply(refusal: LoginRefusal): Buffer {
  return encodeError({ severity: 'FATAL', ...toLoginSentence(refusal) });
}

function toLoginSentence(refusal: LoginRefusal): Sentence {
  switch (refusal.kind) {
    case 'token unknown':
      return {
        code: '28P01',
        message: 'agentguard does not know this token',
        hint: 'Start agents with `agentguard run` and programs of your own with `agentguard exec`: they put what works into the environment. Tokens end with their session.',
      };
    case 'token expired':
      return {
        code: '28P01',
        message: `the agentguard token has expired${refusal.at === null ? '' : `: it lived until ${refusal.at}`}`,
        hint: 'Ask the person at this machine for a new one: `agentguard run`, or `agentguard token create`.',
      };
    case 'token revoked':
      return {
        code: '28P01',
        message:
          refusal.by === null
            ? 'the session of this agentguard token has ended'
            : `this agentguard token was revoked by ${refusal.by}${refusal.at === null ? '' : ` at ${refusal.at}`}`,
        hint: 'Ask the person at this machine for a new one: `agentguard run`, or `agentguard token create`.',
      };
    case 'token elsewhere':
      return {
        code: '28P01',
        message:
          'this agentguard token belongs to another session, and this program is not part of it',
        hint: 'Start the program below `agentguard run`, which gives it a token of its own. This attempt is on the record.',
      };
    case 'resource unknown':
      return {
        code: '3D000',
        message: `this session cannot reach a database called "${refusal.asked.slice(0, 63)}"`,
        hint:
          refusal.reachable.length === 0
            ? 'It can reach none; give it one with `agentguard run --resource NAME`.'
            : `It can reach: ${refusal.reachable.join(', ')}.`,
      };
    case 'upstream unreachable':
      return {
        code: '08001',
        message: 'agentguard could not connect to the real database',
        hint: `The person at this machine sees the reason with: agentguard resource test`,
      };
    case 'catalog unavailable':
      return CLOSING['catalog unavailable'];
  }
}

/** What stands where a denied operation's answer would be. */
export type Refusal =
  | { readonly kind: 'denied'; readonly denial: Denial }
  /** The client cancelled while the question was open. */
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'no such statement'; readonly name: string }
  | { readonly kind: 'no such portal'; readonly name: string }
  /** What a role's statement is turned into is not what it was when it was prepared or ruled on. */
  | { readonly kind: 'definitions changed' }
  | { readonly kind: 'statement too long'; readonly maxBytes: number }
  | { readonly kind: 'too many statements' }
  /** Its effect has to be measured, and the client asked for it in a way that cannot be held. */
  | { readonly kind: 'measured apart' }
  | { readonly kind: 'transaction in pipeline' };

/** The ErrorResponse for something that was not let through. The connection lives on. */
export function toRefusalReply(refusal: Refusal): Buffer {
  switch (refusal.kind) {
    case 'denied':
      return toDenialReply(refusal.denial);
    case 'cancelled':
      // The words of the server itself, which drivers and people know.
      return error({ code: '57014', message: 'canceling statement due to user request' });
    case 'no such statement':
      return error({
        code: '26000',
        message: `prepared statement "${refusal.name}" does not exist`,
      });
    case 'no such portal':
      return error({ code: '34000', message: `portal "${refusal.name}" does not exist` });
    case 'definitions changed':
      return error({
        // The server's own code for a plan that its definitions have left behind: drivers prepare again.
        code: '26000',
        message: 'blocked by agentguard: tables, names or rules have changed behind this statement',
        hint: 'Prepare the statement again, or send it again.',
      });
    case 'statement too long':
      return error({
        code: '54001',
        message: `blocked by agentguard: the statement is longer than the ${refusal.maxBytes} bytes that are inspected`,
        hint: 'Send it in smaller pieces, pass the data as parameters, or use COPY.',
      });
    case 'too many statements':
      return error({
        code: '54000',
        message: 'too many prepared statements or portals on one connection',
        hint: 'Close the ones that are no longer needed.',
      });
    case 'measured apart':
      return error({
        code: '0A000',
        message:
          'blocked by agentguard: the effect of this statement is measured, so it cannot run in pieces',
        hint: 'Send its Bind and its Execute in one go, and ask for all of its rows at once.',
      });
    case 'transaction in pipeline':
      return error({
        code: '0A000',
        message:
          'blocked by agentguard: transaction control in a pipeline whose effect is being measured',
        hint: 'End the pipeline first (Sync).',
      });
  }
}

function toDenialReply(denial: Denial): Buffer {
  const rules = denial.rules.length === 0 ? '' : `; rules: ${denial.rules.join(', ')}`;
  return encodeError({
    severity: 'ERROR',
    // configuration_limit_exceeded: a client may wait and repeat, which it may not after 42501.
    code: denial.retryAfterMs === undefined ? '42501' : '53400',
    message: denial.message,
    detail: `decision ${denial.decision}${rules}`,
    hint: denial.hint,
  });
}

function error(sentence: Sentence): Buffer {
  return encodeError({ severity: 'ERROR', ...sentence });
}

/**
 * SECURITY(P-07): text that fails at its first word under every grammar of the server, so that it changes nothing but the state of the
 * protocol and of the transaction. INVARIANT: no statement begins with this word, and a syntax error anywhere in a
 * message keeps the server from running any part of it.
 * SECURITY(P-07): the server fails for itself, so its transaction, skipping and status are real.
 */
function toMarkerText(decision: string): string {
  return `agentguard denied ${decision.replaceAll(/[^A-Za-z0-9-]/g, '').slice(0, 64)}`;
}

/** Name of a prepared statement that never comes to exist. */
const MARKER_STATEMENT = 'agentguard denied';

/** Sent upstream in place of a Query that was not let through. */
export function toMarkerQuery(decision: string): Buffer {
  return encodeQuery(toMarkerText(decision));
}

/**
 * Sent upstream in place of an extended message that was not let through.
 * @param unnamed whether it stands for a Parse of the unnamed statement, which the server forgets even when Parse fails
 */
export function toMarkerParse(decision: string, unnamed: boolean): Buffer {
  return encodeParse(unnamed ? '' : MARKER_STATEMENT, toMarkerText(decision));
}

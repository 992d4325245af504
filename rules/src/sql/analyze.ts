/**
 * From statement text and catalog to facts: what each statement of a message would do, whichever way it goes about it.
 * INVARIANT: it never throws and never leaves out; what cannot be read, resolved or seen through is an unknown effect.
 *
 * Statements of one message are read in order: what one of them does to the meaning of names (search path, new tables,
 * new definitions, prepared statements) holds for those behind it.
 */

import type { RawStmt } from '@pgsql/types';

import type { Effect } from '../facts/effect.ts';
import type { SqlFacts, StatementFacts } from '../facts/sql-facts.ts';
import { indexOf } from './catalog-index.ts';
import { hidesDefinitions } from './closure/hidden.ts';
import { followTypeByOid, settleCasts } from './closure/types.ts';
import { MessageContext } from './message-context.ts';
import type { NameContext } from './name-context.ts';
import { toUtf16Offsets } from './offsets.ts';
import type { ParseProblem, SqlParser } from './parser.ts';
import { READER, readTop } from './reader.ts';
import { findSecrets } from './redaction.ts';
import { Findings } from './scope.ts';
import type { Scope } from './scope.ts';
import { commandOf } from './statements/tags.ts';
import { toPart } from './syntax.ts';

/** Statements of one message that are read; more are an unknown effect. */
export const MAX_STATEMENTS = 1000;

/**
 * Reads one message.
 * @param text the message as the client sent it, decoded from UTF-8
 * @param context how names are to be read when its first statement runs
 * @param parser the grammar
 */
export function analyzeSql(text: string, context: NameContext, parser: SqlParser): SqlFacts {
  const secretSpans = findSecrets(text, parser);
  const parsed = parser.parse(text);
  if (!parsed.ok) return { ...unreadable(text, parsed.problem), secretSpans };
  const message = new MessageContext(context);
  const unresolved = new Set<string>();
  const toUtf16 = toUtf16Offsets(text);
  let literalsIgnored = secretSpans.length === 0;
  const statements = parsed.tree.stmts.slice(0, MAX_STATEMENTS).map((raw) => {
    const findings = readOne(raw, message, parser);
    for (const name of findings.unresolved) unresolved.add(name);
    if (findings.literalsMatter) literalsIgnored = false;
    const facts = toFacts(raw, findings, { toUtf16, length: text.length });
    message.apply(facts, unresolved);
    return facts;
  });
  const all =
    parsed.tree.stmts.length > MAX_STATEMENTS
      ? [...statements, unknownStatement(text, 'the message holds too many statements')]
      : statements;
  const facts = { statements: all, literalsIgnored, secretSpans };
  return unresolved.size === 0 ? facts : { ...facts, unresolved: [...unresolved] };
}

/** Rounds in which what a body does to the meaning of names is taken into account for the body itself. */
const MAX_ROUNDS = 4;

/** Reads one statement, again as long as something inside it changes how the rest of it is to be read. */
function readOne(raw: RawStmt, message: MessageContext, parser: SqlParser): Findings {
  for (let round = 1; ; round += 1) {
    const findings = new Findings();
    const before = message.version;
    readSafely(raw, toScope(findings, message, parser));
    message.applyInside(findings.effects);
    if (message.version === before) return findings;
    if (round === MAX_ROUNDS) message.loseEverything();
  }
}

function toScope(findings: Findings, message: MessageContext, parser: SqlParser): Scope {
  return {
    findings,
    parser,
    reader: READER,
    context: message.context,
    index: indexOf(message.context.catalog),
    paths: message.paths,
    session: message.paths,
    learned: message.learned,
    via: [],
    commonTables: null,
    planOnly: false,
    fromMessage: true,
    settingRow: null,
  };
}

function readSafely(raw: RawStmt, scope: Scope): void {
  try {
    for (const oid of scope.context.parameterTypes ?? []) followTypeByOid(oid, scope);
    readTop(raw.stmt, scope);
    settleCasts(scope.findings);
  } catch {
    // The call stack ran out or the reading has a fault: whatever was found stands, and the rest is unknown.
    scope.findings.add({ kind: 'unknown', reason: 'the statement could not be read', via: [] });
  }
}

interface Position {
  readonly toUtf16: (bytes: number) => number;
  readonly length: number;
}

function toFacts(raw: RawStmt, findings: Findings, position: Position): StatementFacts {
  const part = toPart(raw.stmt);
  const start = raw.stmt_location ?? 0;
  const length = raw.stmt_len ?? 0;
  const { effects, readAgain } = findings;
  return {
    ...(readAgain.length === 0 ? {} : { readAgain }),
    command: part === null ? 'UNKNOWN' : commandOf(part),
    start: position.toUtf16(start),
    end: length === 0 ? position.length : position.toUtf16(start + length),
    effects,
    functions: findings.functions,
    changesState: effects.some(changesState),
  };
}

/** Whether a later statement may be read, resolved or checked differently once this happened. */
function changesState(effect: Effect): boolean {
  switch (effect.kind) {
    case 'setting':
    case 'identity':
    case 'create':
    case 'drop':
    case 'alter':
    case 'privilege':
    case 'catalog write':
    case 'outside':
    case 'late':
    case 'unknown':
      return true;
    case 'transaction':
      return !['begin', 'savepoint', 'release'].includes(effect.action);
    case 'read':
    case 'insert':
    case 'update':
    case 'delete':
    case 'truncate':
    case 'lock':
    case 'notify':
    case 'listen':
    case 'sequence':
    case 'maintenance':
    case 'connect':
    case 'http':
    case 'tool':
    case 'mcp':
      return hidesDefinitions(effect);
  }
}

const PROBLEMS: Readonly<Record<ParseProblem, string>> = {
  syntax: 'the statement does not parse',
  'too large': 'the statement is too large to be looked at',
  broken: 'the parser is not usable at this moment',
};

/** A message that the grammar gave no tree for: nothing is known of it, but that it is there. */
function unreadable(text: string, problem: ParseProblem): Omit<SqlFacts, 'secretSpans'> {
  return { statements: [unknownStatement(text, PROBLEMS[problem])], literalsIgnored: false };
}

function unknownStatement(text: string, reason: string): StatementFacts {
  return {
    command: 'UNKNOWN',
    start: 0,
    end: text.length,
    effects: [{ kind: 'unknown', reason, via: [] }],
    functions: [],
    changesState: true,
  };
}

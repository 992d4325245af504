/**
 * Statements about the connection itself: transactions, settings, cursors, prepared statements, channels, locks.
 */

import type {
  ConstraintsSetStmt,
  DeallocateStmt,
  DeclareCursorStmt,
  DiscardStmt,
  ExecuteStmt,
  FetchStmt,
  LockStmt,
  Node,
  PrepareStmt,
  TransactionStmt,
  VariableSetStmt,
  VariableShowStmt,
} from '@pgsql/types';

import type { TransactionAction } from '../../facts/effect.ts';
import { changeSetting, resetSetting } from '../closure/settings.ts';
import { emit, emitUnknown, readNode, readNodes, through } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { toSearchPathText } from '../search-path-text.ts';
import { allOf, as, literalText } from '../syntax.ts';
import { bareObject, relationObjects } from './objects.ts';

const TRANSACTIONS: Readonly<Record<string, TransactionAction>> = {
  TRANS_STMT_BEGIN: 'begin',
  TRANS_STMT_START: 'begin',
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
  TRANS_STMT_SAVEPOINT: 'savepoint',
  TRANS_STMT_RELEASE: 'release',
  TRANS_STMT_ROLLBACK_TO: 'rollback to',
  TRANS_STMT_PREPARE: 'prepare',
  TRANS_STMT_COMMIT_PREPARED: 'commit prepared',
  TRANS_STMT_ROLLBACK_PREPARED: 'rollback prepared',
};

/** Reads BEGIN, COMMIT, ROLLBACK and their kin. */
export function readTransaction(statement: TransactionStmt, scope: Scope): void {
  const action = TRANSACTIONS[statement.kind ?? 'TRANS_STMT_BEGIN'];
  if (action === undefined) emitUnknown(scope, 'the transaction statement is not understood');
  else emit(scope, { kind: 'transaction', action });
  setModes(statement.options, '', scope);
}

/** Transaction modes are settings by the names that their options have. */
function setModes(options: readonly Node[] | undefined, prefix: string, scope: Scope): void {
  for (const option of allOf(options, 'DefElem')) {
    changeSetting(`${prefix}${option.defname ?? ''}`, literalText(option.arg) ?? null, scope);
  }
}

const IDENTITY_SETTINGS: ReadonlySet<string> = new Set(['role', 'session_authorization']);

/** Reads SET and RESET in every form. */
export function readSet(statement: VariableSetStmt, scope: Scope): void {
  scope.findings.literalDecides();
  const name = (statement.name ?? '').toLowerCase();
  if (IDENTITY_SETTINGS.has(name)) {
    const verb = statement.kind === 'VAR_RESET' ? 'RESET' : 'SET';
    emit(scope, { kind: 'identity', action: `${verb} ${name.replace('_', ' ').toUpperCase()}` });
  }
  switch (statement.kind) {
    case 'VAR_SET_VALUE':
      changeSetting(name, valueOf(name, statement.args), scope);
      readNodes(statement.args, scope);
      return;
    case 'VAR_SET_MULTI':
      setSeveral(statement, scope);
      return;
    case 'VAR_SET_DEFAULT':
    case 'VAR_RESET':
      resetSetting(name, scope);
      return;
    case 'VAR_RESET_ALL':
      resetSetting('all', scope);
      return;
    case 'VAR_SET_CURRENT':
    case undefined:
      changeSetting(name, null, scope);
      return;
  }
}

/** The value of a setting as one text; null when a part of it is not a literal. */
function valueOf(name: string, args: readonly Node[] | undefined): string | null {
  const texts = (args ?? []).map((arg) => literalText(arg));
  const known = texts.filter((text) => text !== undefined);
  if (known.length !== texts.length) return null;
  return name === 'search_path' ? toSearchPathText(known) : known.join(', ');
}

/** SET TRANSACTION, SET SESSION CHARACTERISTICS. */
function setSeveral(statement: VariableSetStmt, scope: Scope): void {
  const { name, args } = statement;
  if (name === 'SESSION CHARACTERISTICS') setModes(args, 'default_', scope);
  else if (name === 'TRANSACTION') setModes(args, '', scope);
  else if (name !== 'TRANSACTION SNAPSHOT') {
    emitUnknown(scope, 'the setting is not understood');
    return;
  }
  if (name !== 'SESSION CHARACTERISTICS') {
    emit(scope, { kind: 'transaction', action: 'set transaction' });
  }
}

/** Reads SHOW. */
export function readShow(statement: VariableShowStmt, scope: Scope): void {
  emit(scope, { kind: 'read', object: bareObject('other', `setting ${statement.name ?? ''}`) });
}

/** Reads SET CONSTRAINTS: when the triggers act that were listed with the writes already. */
export function readSetConstraints(statement: ConstraintsSetStmt, scope: Scope): void {
  changeSetting('constraints', statement.deferred === true ? 'deferred' : 'immediate', scope);
}

/** Reads DISCARD. */
export function readDiscard(statement: DiscardStmt, scope: Scope): void {
  const target = statement.target ?? 'DISCARD_ALL';
  if (target === 'DISCARD_ALL') {
    resetSetting('all', scope);
    dropPrepared('ALL', scope);
  }
  if (target === 'DISCARD_ALL' || target === 'DISCARD_TEMP') {
    const object = { kind: 'table', schema: 'pg_temp', name: 'all temporary tables' } as const;
    emit(scope, { kind: 'drop', object, cascade: true });
  }
}

/** A cursor that stays open after COMMIT: its query runs then. */
const CURSOR_OPT_HOLD = 0x20;

/** Reads DECLARE CURSOR: the query counts here, where it becomes fixed. */
export function readDeclareCursor(statement: DeclareCursorStmt, scope: Scope): void {
  readNode(statement.query, scope);
  const holds = ((statement.options ?? 0) & CURSOR_OPT_HOLD) !== 0;
  if (holds && scope.findings.effects.some(({ kind }) => kind !== 'read')) {
    emit(scope, { kind: 'late', action: 'a cursor WITH HOLD' });
  }
}

/** Reads FETCH and MOVE. */
export function readFetch(statement: FetchStmt, scope: Scope): void {
  emit(scope, {
    kind: 'read',
    object: bareObject('other', `cursor ${statement.portalname ?? ''}`),
  });
}

/** Reads CLOSE, which does nothing that counts. */
export function readClose(): void {
  // A cursor is gone; what it read has been read.
}

/** Reads PREPARE: what the statement does is decided here and again when it is executed. */
export function readPrepare(statement: PrepareStmt, scope: Scope): void {
  const object = preparedObject(statement.name);
  emit(scope, { kind: 'create', object });
  readNodes(statement.argtypes, scope);
  readNode(statement.query, through(scope, `prepared statement ${object.name}`));
}

/** Prepared statements live and die with the connection, as what is in `pg_temp` does. */
function preparedObject(name: string | undefined): {
  readonly kind: 'prepared statement';
  readonly schema: 'pg_temp';
  readonly name: string;
} {
  return { kind: 'prepared statement', schema: 'pg_temp', name: name ?? '' };
}

/** Reads EXECUTE: what was prepared under the name, and the arguments. */
export function readExecute(statement: ExecuteStmt, scope: Scope): void {
  readNodes(statement.params, scope);
  const name = statement.name ?? '';
  const prepared = scope.context.prepared(name);
  const inside = through(scope, `prepared statement ${name}`);
  if (prepared === undefined) {
    emitUnknown(inside, `no statement is known under the name ${name}`);
    return;
  }
  for (const use of prepared.functions) scope.findings.use(use);
  for (const effect of prepared.effects) {
    const itself = effect.kind === 'create' && effect.object.kind === 'prepared statement';
    if (!itself)
      scope.findings.add({ ...effect, via: [...inside.via, ...withoutName(effect.via, name)] });
  }
}

/** What was prepared by PREPARE carries the name in its path already. */
function withoutName(via: readonly string[], name: string): readonly string[] {
  return via[0] === `prepared statement ${name}` ? via.slice(1) : via;
}

/** Reads DEALLOCATE. */
export function readDeallocate(statement: DeallocateStmt, scope: Scope): void {
  dropPrepared(statement.name ?? 'ALL', scope);
}

function dropPrepared(name: string, scope: Scope): void {
  emit(scope, { kind: 'drop', object: preparedObject(name), cascade: false });
}

/** Lock modes by their numbers in the server. */
const LOCK_MODES = [
  'none',
  'access share',
  'row share',
  'row exclusive',
  'share update exclusive',
  'share',
  'share row exclusive',
  'exclusive',
  'access exclusive',
] as const;

/** Reads LOCK TABLE. */
export function readLock(statement: LockStmt, scope: Scope): void {
  const mode = LOCK_MODES[statement.mode ?? LOCK_MODES.length - 1] ?? 'access exclusive';
  for (const node of statement.relations ?? []) {
    const objects = relationObjects(as(node, 'RangeVar'), 'table', scope);
    for (const object of objects) emit(scope, { kind: 'lock', object, mode });
  }
}

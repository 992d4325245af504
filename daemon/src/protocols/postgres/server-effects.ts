/**
 * What the server's answers change for the statements that follow: names, prepared statements, portals, pinned settings.
 */

import type { TransactionStatus } from './backend-messages.ts';
import type { CloseCause, Outbox } from './commands.ts';
import type { Run } from './expected-replies.ts';
import type { NameState } from './name-state.ts';
import type { PreparedNames } from './prepared.ts';
import { isPrepare, NO_STAMP } from './statement-reader.ts';

/** What the effects act on. */
export interface ServerEffectsParts {
  readonly names: NameState;
  readonly prepared: PreparedNames;
  readonly out: Outbox;
  /** Requests that ended in ReadyForQuery so far. */
  readonly readiesSeen: () => number;
  readonly close: (cause: CloseCause) => void;
}

/** Takes in what the server did. */
export class ServerEffects {
  readonly #parts: ServerEffectsParts;

  constructor(parts: ServerEffectsParts) {
    this.#parts = parts;
  }

  /** One statement of a message ended well. */
  statementDone(run: Run, index: number, tag: string): void {
    const statement = run.facts.statements[index];
    if (statement === undefined) return;
    const { names, prepared } = this.#parts;
    names.applied(statement, run.text);
    if (tag === 'DEALLOCATE ALL' || tag === 'DISCARD ALL') prepared.clearStatements();
    for (const effect of statement.effects) {
      if (effect.kind === 'unknown') prepared.markDoubtful();
      if (isPrepare(effect) && 'object' in effect && effect.object !== null) {
        this.#preparedBySql(effect.object.name, index, run);
      }
    }
  }

  /** SQL PREPARE succeeded. Its own text is what is read before it is used. */
  #preparedBySql(name: string, index: number, run: Run): void {
    const { prepared } = this.#parts;
    const statement = run.facts.statements[index];
    if (statement === undefined) return;
    const text = run.text.slice(statement.start, statement.end);
    const facts = { ...run.facts, statements: [statement] };
    const doubtful = !prepared.hasRoomForStatement(text);
    const own = run.sent?.[index];
    const unchanged = own === undefined || own.trim() === text.trim();
    const sent = unchanged ? null : [own];
    const { rewriting } = run;
    const named = { text, facts, sent, rewriting, stamp: NO_STAMP, doubtful, unused: null };
    // Types of its parameters are named in its text.
    prepared.setStatement(name, { ...named, parameterTypes: [] }).settle();
  }

  /** ReadyForQuery. */
  ready(status: TransactionStatus, clean: boolean): void {
    const { names, prepared, out, readiesSeen } = this.#parts;
    if (status === 'idle') prepared.clearPortals(readiesSeen());
    if (names.ready(status, clean)) out.push({ kind: 'catalog changed' });
  }

  /** ParameterStatus. False when the connection was closed over it. */
  parameterChanged(name: string, value: string): boolean {
    switch (name) {
      case 'standard_conforming_strings':
        // SECURITY(P-15): a backslash would end strings elsewhere than we read.
        return value === 'on' || this.#refuse('string setting');
      case 'client_encoding':
        return value.toUpperCase() === 'UTF8' || this.#refuse('client encoding');
      case 'search_path':
        this.#parts.names.reported(value);
        return true;
      default:
        return true;
    }
  }

  #refuse(cause: CloseCause): false {
    this.#parts.close(cause);
    return false;
  }
}

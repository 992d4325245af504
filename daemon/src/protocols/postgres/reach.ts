/**
 * How far one connection reaches: all that the real credential does, or what a role grants. Statements of a role are rewritten
 * before they are judged, so that what is judged is what is sent.
 */

import { refuseIndirect } from '@agentguard/rules';
import type { NameContext, RoleRewriter, SqlFacts, StatementFacts } from '@agentguard/rules';
import type { Rewriting } from '../../enforcement/enforcement.ts';

/** The reach of a connection at one moment; a changed policy gives another. */
export type Reach =
  | { readonly kind: 'whole' }
  | {
      readonly kind: 'role';
      readonly role: string;
      /** Equal keys mean equal rules and values. */
      readonly key: string;
      readonly rewriter: RoleRewriter;
      /** Of the session, see `maskText`. */
      readonly maskKey: Uint8Array;
    };

export const WHOLE: Reach = { kind: 'whole' };

/** A text as it is judged and sent. */
export interface Reached {
  readonly facts: SqlFacts;
  /** What goes upstream in place of the client's statements, one by one; null: what the client sent. */
  readonly sent: readonly string[] | null;
  /** What the role did to it; null where no role holds. */
  readonly rewriting: Rewriting | null;
}

/** Puts a text into the reach of its connection and reads what comes out. */
export function readInReach(
  text: string,
  reach: Reach,
  parts: {
    readonly analyze: (text: string, context: NameContext) => SqlFacts;
    readonly context: NameContext;
  },
): Reached {
  const { analyze, context } = parts;
  const facts = analyze(text, context);
  if (reach.kind === 'whole') return { facts, sent: null, rewriting: null };
  const { role, rewriter } = reach;
  const outcome = rewriter.rewrite(text, context);
  if (outcome.kind === 'refused') {
    return { facts, sent: null, rewriting: { role, tables: [], refusal: outcome.reason } };
  }
  const protections = rewriter.protections(context.catalog);
  if (outcome.kind === 'unchanged') {
    const refusal = refuseIndirect(facts, protections, context.catalog);
    return { facts, sent: null, rewriting: { role, tables: [], refusal } };
  }
  const judged = analyze(outcome.statements.join('; '), context);
  const refusal =
    judged.statements.length === facts.statements.length
      ? refuseIndirect(judged, protections, context.catalog)
      : 'the rewritten statement does not read as the one that was sent';
  const { tables, statements: sent } = outcome;
  return { facts: inPlaceOf(facts, judged), sent, rewriting: { role, tables, refusal } };
}

/** What is sent does what it does; what is shown is the client's text, so places in it are the client's. */
function inPlaceOf(client: SqlFacts, judged: SqlFacts): SqlFacts {
  const statements = judged.statements.map((statement, index): StatementFacts => {
    const { start, end } = client.statements[index] ?? statement;
    return { ...statement, start, end };
  });
  const { secretSpans } = client;
  const unresolved = [...new Set([...(client.unresolved ?? []), ...(judged.unresolved ?? [])])];
  const facts = { statements, secretSpans, literalsIgnored: false };
  return unresolved.length === 0 ? facts : { ...facts, unresolved };
}

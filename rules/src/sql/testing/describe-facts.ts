/**
 * Only for tests: facts as short lines that a person can read and compare.
 */

import { toObjectText } from '../../facts/effect.ts';
import type { Effect } from '../../facts/effect.ts';
import type { SqlFacts } from '../../facts/sql-facts.ts';

/** One effect as a line: `delete public.orders all via function public.purge`. */
export function describeEffect(effect: Effect): string {
  const via = effect.via.length === 0 ? '' : ` via ${effect.via.join(' > ')}`;
  return `${describeBody(effect)}${via}`;
}

function describeBody(effect: Effect): string {
  switch (effect.kind) {
    case 'read':
    case 'insert':
    case 'truncate':
    case 'create':
    case 'catalog write':
      return `${effect.kind} ${withKind(effect)}`;
    case 'update':
      return `update ${withKind(effect)} (${effect.columns.join(', ')}) ${effect.rows}`;
    case 'delete':
      return `delete ${withKind(effect)} ${effect.rows}`;
    case 'alter':
      return `alter ${withKind(effect)}: ${effect.action}, loss ${effect.loss}`;
    case 'drop':
      return `drop ${withKind(effect)}${effect.cascade ? ' cascade' : ''}`;
    case 'privilege':
      return `privilege ${withKind(effect)}: ${effect.action}`;
    case 'setting':
      return `setting ${effect.name} = ${effect.value ?? '?'} ${effect.allowed ? 'allowed' : 'refused'}`;
    case 'identity':
    case 'transaction':
    case 'late':
      return `${effect.kind}: ${effect.action}`;
    case 'lock':
      return `lock ${withKind(effect)} ${effect.mode}`;
    case 'notify':
    case 'listen':
      return `${effect.kind} ${effect.channel}`;
    case 'sequence':
      return `sequence ${withKind(effect)} ${effect.action}`;
    case 'maintenance':
      return `maintenance ${effect.action}${effect.object === null ? '' : ` ${toObjectText(effect.object)}`}`;
    case 'outside':
      return `outside ${effect.target}: ${effect.name}`;
    case 'connect':
      return `connect ${effect.target} ${effect.standing}`;
    case 'http':
      return `http ${effect.deed}: ${effect.what}`;
    case 'mcp':
      return `mcp ${effect.work} ${effect.server}/${effect.name} ${effect.standing}`;
    case 'tool':
      return `tool ${effect.deed}: ${effect.what}`;
    case 'unknown':
      return `unknown: ${effect.reason}`;
  }
}

/** Tables go without saying. */
function withKind({ object }: Extract<Effect, { readonly object: object }>): string {
  return object.kind === 'table' ? toObjectText(object) : `${object.kind} ${toObjectText(object)}`;
}

/** All effects of a message, statement by statement. */
export function describeFacts(facts: SqlFacts): string[][] {
  return facts.statements.map(({ effects }) => effects.map(describeEffect));
}

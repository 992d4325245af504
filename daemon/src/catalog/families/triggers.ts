/**
 * Triggers of relations. Those that carry a foreign key are left out, because the foreign key is listed itself.
 */

import * as z from 'zod';
import { FIRST_NORMAL_OID, type CatalogTrigger } from '@agentguard/rules';
import { readable, UNREADABLE_DEFINITION, type Family } from './family.ts';

const TRIGGER = z.object({
  relation: z.string(),
  name: z.string(),
  function: z.string(),
  type: z.number().int(),
  enabled: z.boolean(),
  deferrable: z.boolean(),
  /** The whole CREATE TRIGGER when there is a WHEN; null when there is none. */
  definition: z.string().nullable(),
});

export type TriggerRow = z.infer<typeof TRIGGER>;

export const TRIGGERS: Family<TriggerRow> = {
  name: 'trigger',
  row: TRIGGER,
  // Before PostgreSQL 15 the copies of a row trigger on partitions count as internal, so the function tells.
  sql: () => `
    SELECT pg_catalog.json_build_object(
      'relation', t.tgrelid::pg_catalog.text, 'name', t.tgname, 'function', t.tgfoid::pg_catalog.text,
      'type', t.tgtype, 'enabled', t.tgenabled IN ('O', 'A'), 'deferrable', t.tgdeferrable,
      'definition', CASE WHEN t.tgqual IS NOT NULL THEN
        ${readable({ catalog: 'pg_trigger', oid: 't.oid', relation: 't.tgrelid' }, 'pg_catalog.pg_get_triggerdef(t.oid, false)')} END)
    FROM pg_catalog.pg_trigger t
    JOIN shown c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal OR t.tgfoid >= ${FIRST_NORMAL_OID}`,
};

/** Bits of tgtype, from catalog/pg_trigger.h. */
const EVENT_BITS: readonly (readonly [number, CatalogTrigger['events'][number]])[] = [
  [4, 'insert'],
  [16, 'update'],
  [8, 'delete'],
  [32, 'truncate'],
];

/** The events that a tgtype names. */
export function eventsOfTrigger(type: number): CatalogTrigger['events'] {
  return EVENT_BITS.filter(([bit]) => (type & bit) !== 0).map(([, event]) => event);
}

/** One unit of a deparsed definition: a quoted name, a literal, a word, or any other single character. */
const UNIT = /"(?:[^"]|"")*"|'(?:[^']|'')*'|[A-Za-z_]\w*|[^]/gu;

/**
 * The condition in a CREATE TRIGGER that `pg_get_triggerdef` wrote, without its parentheses.
 * Only the whole definition is to be had, since `pg_get_expr` refuses conditions over both OLD and NEW.
 * Gives the mark for unreadable definitions when there is no condition to be found.
 */
export function whenOfTrigger(definition: string): string {
  let depth = 0;
  let start: number | undefined;
  let afterWhen = false;
  for (const { 0: unit, index } of definition.matchAll(UNIT)) {
    if (unit === '(') {
      if (start === undefined && depth === 0 && afterWhen) start = index + 1;
      depth += 1;
    } else if (unit === ')') {
      depth -= 1;
      if (start !== undefined && depth === 0) return definition.slice(start, index);
    } else if (unit.trim() !== '') afterWhen = depth === 0 && unit === 'WHEN';
  }
  return UNREADABLE_DEFINITION;
}

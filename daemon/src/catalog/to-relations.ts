/** Puts the parts of each relation together. A part of a relation that is not listed belongs to nothing and is dropped. */

import type {
  CatalogForeignKey,
  CatalogPolicy,
  CatalogRelation,
  CatalogRule,
  CatalogTrigger,
  Oid,
} from '@agentguard/rules';
import { COLUMNS } from './families/columns.ts';
import { FOREIGN_KEYS } from './families/foreign-keys.ts';
import { CHILDREN, RELATIONS } from './families/relations.ts';
import { POLICIES, RULES } from './families/rules-and-policies.ts';
import { eventsOfTrigger, TRIGGERS, whenOfTrigger } from './families/triggers.ts';
import { WRITE_EXPRESSIONS } from './families/write-expressions.ts';
import { byContent, byName, byOid } from './order.ts';
import type { CatalogRows } from './read-rows.ts';
import {
  FOREIGN_KEY_ACTIONS,
  POLICY_COMMANDS,
  RELATION_KINDS,
  RULE_EVENTS,
} from './server-letters.ts';

/** The parts of relations, each by the relation that has them. */
interface Parts {
  readonly columns: ReadonlyMap<Oid, CatalogRelation['columns']>;
  readonly writeExpressions: PartOf<string>;
  readonly triggers: PartOf<CatalogTrigger>;
  readonly rules: PartOf<CatalogRule>;
  readonly policies: PartOf<CatalogPolicy>;
  readonly children: PartOf<Oid>;
  readonly referencedBy: PartOf<CatalogForeignKey>;
}

type PartOf<Part> = (relation: Oid) => readonly Part[];

/** All relations with everything that hangs on them. @throws CatalogError when a row has an unexpected shape */
export function toRelations(rows: CatalogRows): readonly CatalogRelation[] {
  const parts = toParts(rows);
  const relations = rows.of(RELATIONS).map((row): CatalogRelation => ({
    oid: row.oid,
    schema: row.schema,
    name: row.name,
    kind: RELATION_KINDS[row.kind],
    columns: parts.columns.get(row.oid) ?? [],
    writeExpressions: byContent(parts.writeExpressions(row.oid)),
    viewDefinition: row.view,
    triggers: byName(parts.triggers(row.oid)),
    rules: byName(parts.rules(row.oid)),
    rowSecurity: row.rowSecurity,
    policies: byName(parts.policies(row.oid)),
    children: byContent(parts.children(row.oid)),
    referencedBy: byContent(parts.referencedBy(row.oid)),
    estimatedRows: row.rows,
    extension: row.extension,
  }));
  return byOid(relations);
}

function toParts(rows: CatalogRows): Parts {
  return {
    columns: new Map(rows.of(COLUMNS).map((row) => [row.relation, row.columns])),
    writeExpressions: group(rows.of(WRITE_EXPRESSIONS), (row) => [row.relation, row.text]),
    triggers: group(rows.of(TRIGGERS), (row) => [
      row.relation,
      {
        name: row.name,
        function: row.function,
        events: eventsOfTrigger(row.type),
        whenText: row.definition === null ? null : whenOfTrigger(row.definition),
        enabled: row.enabled,
        deferred: row.deferrable,
      },
    ]),
    rules: group(rows.of(RULES), ({ relation, event, ...rule }) => [
      relation,
      { ...rule, event: RULE_EVENTS[event] },
    ]),
    policies: group(rows.of(POLICIES), ({ relation, command, ...policy }) => [
      relation,
      { ...policy, command: POLICY_COMMANDS[command] },
    ]),
    children: group(rows.of(CHILDREN), (row) => [row.parent, row.child]),
    referencedBy: group(rows.of(FOREIGN_KEYS), ({ referenced, onDelete, onUpdate, ...key }) => [
      referenced,
      {
        ...key,
        onDelete: FOREIGN_KEY_ACTIONS[onDelete],
        onUpdate: FOREIGN_KEY_ACTIONS[onUpdate],
      },
    ]),
  };
}

function group<Row, Part>(
  rows: readonly Row[],
  split: (row: Row) => readonly [Oid, Part],
): PartOf<Part> {
  const groups = new Map<Oid, Part[]>();
  for (const row of rows) {
    const [relation, part] = split(row);
    const known = groups.get(relation);
    if (known === undefined) groups.set(relation, [part]);
    else known.push(part);
  }
  return (relation) => groups.get(relation) ?? [];
}

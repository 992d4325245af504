/**
 * What foreign keys and TRUNCATE ... CASCADE do to other tables.
 */

import type { CatalogForeignKey, CatalogRelation } from '../catalog.ts';
import { toRelationObject } from '../names.ts';
import { emit, emitUnknown, through } from '../scope.ts';
import type { RowWrite, Scope } from '../scope.ts';
import { emitChange, expandWrite, fireTriggers } from './write.ts';

/** Follows the foreign keys that act when rows of the relation are deleted or their keys change. */
export function followForeignKeys(relation: CatalogRelation, write: RowWrite, scope: Scope): void {
  if (write.event === 'insert') return;
  for (const key of relation.referencedBy) {
    const action = write.event === 'delete' ? key.onDelete : key.onUpdate;
    if (write.event === 'update' && !touches(write, key)) continue;
    const event = eventOf(action, write.event);
    const defaults = action === 'set default';
    if (event !== null)
      change(key, { ...write, event, defaults, columns: [], inherit: true }, scope);
  }
}

/** An UPDATE whose columns are not known may touch any. */
function touches(write: RowWrite, key: CatalogForeignKey): boolean {
  if (write.columns.length === 0) return true;
  return key.referencedColumns.some((column) => write.columns.includes(column));
}

/** What happens to the rows that refer to a row. */
function eventOf(
  action: CatalogForeignKey['onDelete'],
  cause: 'update' | 'delete',
): 'update' | 'delete' | null {
  switch (action) {
    case 'no action':
    case 'restrict':
      return null;
    case 'cascade':
      return cause;
    case 'set null':
    case 'set default':
      return 'update';
  }
}

function change(key: CatalogForeignKey, write: RowWrite, scope: Scope): void {
  const inside = through(scope, `cascade ${key.name}`);
  const referencing = scope.index.relation(key.referencing);
  if (referencing === undefined) {
    emitUnknown(inside, 'the table that refers here is not in the catalog');
    return;
  }
  emitChange(toRelationObject(referencing), write, inside);
  expandWrite(referencing, write, inside);
}

/**
 * Notes a TRUNCATE of the relation and of what it reaches.
 * @param options.cascade every table that refers to it goes too
 * @param options.inherit partitions and children go too
 */
export function truncate(
  relation: CatalogRelation,
  options: { readonly cascade: boolean; readonly inherit: boolean },
  scope: Scope,
): void {
  if (!scope.findings.meets(`truncate ${relation.oid}`, scope)) return;
  fireTriggers(relation, 'truncate', scope);
  if (options.inherit) {
    for (const oid of relation.children) {
      truncateOther(oid, options, through(scope, `partition of ${relation.name}`));
    }
  }
  if (!options.cascade) return;
  for (const key of relation.referencedBy) {
    truncateOther(
      key.referencing,
      { ...options, inherit: true },
      through(scope, `cascade ${key.name}`),
    );
  }
}

function truncateOther(
  oid: CatalogRelation['oid'],
  options: { readonly cascade: boolean; readonly inherit: boolean },
  scope: Scope,
): void {
  const other = scope.index.relation(oid);
  if (other === undefined) {
    emitUnknown(scope, 'a table that goes with it is not in the catalog');
    return;
  }
  const object = toRelationObject(other);
  emit(scope, { kind: 'truncate', object });
  if (object.kind === 'foreign table') {
    emit(scope, { kind: 'outside', target: 'other server', name: object.name });
  }
  truncate(other, options, scope);
}

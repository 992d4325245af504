/**
 * A condition with its columns named by the name that a statement knows the table by.
 */

import type { Node } from '@pgsql/types';
import { stringsOf, unsafePart, visitChildren } from '../sql/syntax.ts';
import type { Part } from '../sql/syntax.ts';
import { stringNode } from './nodes.ts';

/**
 * Names every column by the table. Changes the node and gives it.
 * @param condition a filter without queries inside: every column in it is the table's
 */
export function qualified(condition: Node, table: string): Node {
  const visit = (part: Part): void => {
    if (part.kind === 'ColumnRef') {
      const column = unsafePart(part.fields, 'ColumnRef');
      column.fields = [table, stringsOf(column.fields).at(-1) ?? ''].map(stringNode);
    }
    visitChildren(part, visit);
  };
  visit({ kind: 'List', fields: { items: [condition] } });
  return condition;
}

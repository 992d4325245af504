/**
 * The one walk over every node of a tree. It goes wherever the tree goes, so that no clause can be forgotten, and stops at
 * the few kinds of nodes that reach a definition elsewhere: relations, functions, operators, types.
 * A kind of node that it does not know is an unknown effect.
 */

import { callFunction, projectColumn, sampleWith } from './closure/calls.ts';
import { callAsOlderServers } from './closure/older-servers.ts';
import { readWritten } from './closure/read.ts';
import { useOperators } from './closure/operators.ts';
import { castExplicitly, useTypeName } from './closure/types.ts';
import { PART_NODES } from './node-kinds.ts';
import { emitUnknown, readParts } from './scope.ts';
import type { Scope } from './scope.ts';
import { unsafePart } from './syntax.ts';
import type { Part } from './syntax.ts';

/** Reads a node and everything inside it. */
export function walk(part: Part, scope: Scope): void {
  scope.findings.deeper(scope, () => {
    if (part.kind.endsWith('Stmt')) scope.reader.statement(part, scope);
    else walkExpression(part, scope);
  });
}

function walkExpression(part: Part, scope: Scope): void {
  if (!PART_NODES.has(part.kind)) {
    emitUnknown(scope, `the syntax ${part.kind} is not understood`);
    return;
  }
  follow(part, scope);
  if (part.kind !== 'A_Const') readParts(part, scope);
}

/** What the node reaches beyond its children. */
function follow(part: Part, scope: Scope): void {
  const { kind, fields } = part;
  switch (kind) {
    case 'RangeVar':
      readWritten(unsafePart(fields, kind), scope);
      return;
    case 'FuncCall':
      callFunction(unsafePart(fields, kind), scope);
      return;
    case 'ColumnRef':
      projectColumn((unsafePart(fields, kind).fields ?? []).slice(1), scope);
      return;
    case 'A_Indirection':
      projectColumn(unsafePart(fields, kind).indirection ?? [], scope);
      return;
    case 'TypeName':
      useTypeName(unsafePart(fields, kind), scope);
      return;
    case 'TypeCast':
      castExplicitly(unsafePart(fields, kind).typeName, scope);
      return;
    case 'RangeTableSample':
      sampleWith(unsafePart(fields, kind).method, scope);
      return;
    default:
      useOperators(part, scope);
      callAsOlderServers(part, scope);
      return;
  }
}

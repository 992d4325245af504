/**
 * Reading the grammar's output: one way to ask what a node is and what is inside it.
 * The output omits fields that hold zero, false or nothing, and wraps most nodes as `{ Kind: fields }`, some not.
 */

import type { Node } from '@pgsql/types';

import { bareFieldKind } from './node-kinds.ts';

type UnionToIntersection<Union> = (Union extends unknown ? (value: Union) => void : never) extends (
  value: infer All,
) => void
  ? All
  : never;

type AllNodes = UnionToIntersection<Node>;

/** Name of a node kind: `SelectStmt`, `FuncCall`. */
export type NodeKind = keyof AllNodes;

/** The fields of one kind. */
export type FieldsOf<Kind extends NodeKind> = AllNodes[Kind];

/** A node taken out of its wrapping. */
export interface Part {
  readonly kind: string;
  readonly fields: object;
}

/** The kind of a wrapped node, the empty string for a hole in a list. */
export function kindOf(node: Node): string {
  for (const kind in node) return kind;
  return '';
}

/** The fields when the node is of that kind, undefined otherwise. */
export function as<Kind extends NodeKind>(
  node: Node | undefined,
  kind: Kind,
): FieldsOf<Kind> | undefined {
  if (node === undefined || !Object.hasOwn(node, kind)) return undefined;
  return unsafeFields(node, kind);
}

/** The fields of a node that was checked to be of that kind. */
function unsafeFields<Kind extends NodeKind>(node: Node, kind: Kind): FieldsOf<Kind> {
  return (node as AllNodes)[kind];
}

/** The fields of a part that a switch found to be of that kind; `kind` is there for its type. */
export function unsafePart<Kind extends NodeKind>(fields: object, kind: Kind): FieldsOf<Kind> {
  const node: Partial<AllNodes> = { [kind]: fields };
  return node[kind] as FieldsOf<Kind>;
}

/**
 * Calls `visit` for every node directly inside the given fields.
 * @returns false when something is inside that the tables do not know, so that it was not visited
 */
export function visitChildren(part: Part, visit: (child: Part) => void): boolean {
  let complete = true;
  const entries: readonly [string, unknown][] = Object.entries(part.fields);
  for (const [field, value] of entries) {
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      const items: readonly unknown[] = value;
      for (const item of items) if (!visitWrapped(item, visit)) complete = false;
    } else if (!visitWrapped(value, visit) && !visitBare(part.kind, field, value, visit)) {
      complete = false;
    }
  }
  return complete;
}

/** The fields but those. */
export function without(fields: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

/** @returns false when the value is not a wrapped node. A hole in a list counts as visited. */
function visitWrapped(value: unknown, visit: (child: Part) => void): boolean {
  const part = toPart(value);
  if (part === null) return false;
  if (part.kind !== '') visit(part);
  return true;
}

const CODE_OF_A = 65;
const CODE_OF_Z = 90;

/** Takes a wrapped node apart: its only key is its kind and begins with a capital. */
export function toPart(value: unknown): Part | null {
  if (typeof value !== 'object' || value === null) return null;
  let found: Part | null = null;
  for (const [kind, fields] of Object.entries(value)) {
    const first = kind.charCodeAt(0);
    if (found !== null || first < CODE_OF_A || first > CODE_OF_Z) return null;
    found = toFields(kind, fields);
    if (found === null) return null;
  }
  return found ?? { kind: '', fields: {} };
}

function toFields(kind: string, fields: unknown): Part | null {
  return typeof fields === 'object' && fields !== null ? { kind, fields } : null;
}

function visitBare(
  struct: string,
  field: string,
  value: object,
  visit: (child: Part) => void,
): boolean {
  const kind = bareFieldKind(struct, field);
  if (kind === undefined) return false;
  visit({ kind, fields: value });
  return true;
}

/** Text of a String node; undefined when it is something else. An omitted text is the empty one. */
export function stringOf(node: Node | undefined): string | undefined {
  const string = as(node, 'String');
  return string === undefined ? undefined : (string.sval ?? '');
}

/** Texts of a list of String nodes: the parts of a qualified name. Other nodes are left out. */
export function stringsOf(nodes: readonly Node[] | undefined): string[] {
  if (nodes === undefined) return [];
  return nodes.flatMap((node) => stringOf(node) ?? []);
}

/** The nodes of a list that are of that kind. */
export function allOf<Kind extends NodeKind>(
  nodes: readonly Node[] | undefined,
  kind: Kind,
): FieldsOf<Kind>[] {
  return (nodes ?? []).flatMap((node) => {
    const fields = as(node, kind);
    return fields === undefined ? [] : [fields];
  });
}

/** A literal as the grammar sees it. Numbers keep their text, since they may exceed what JavaScript holds. */
export type Literal =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string };

/** The literal of an A_Const; undefined for any other node. */
export function literalOf(node: Node | undefined): Literal | undefined {
  const constant = as(node, 'A_Const');
  if (constant === undefined) return undefined;
  if (constant.isnull === true) return { kind: 'null' };
  if (constant.ival !== undefined) return { kind: 'number', text: String(constant.ival.ival ?? 0) };
  if (constant.fval !== undefined) return { kind: 'number', text: constant.fval.fval ?? '' };
  if (constant.boolval !== undefined) {
    return { kind: 'boolean', value: constant.boolval.boolval ?? false };
  }
  if (constant.sval !== undefined) return { kind: 'string', text: constant.sval.sval ?? '' };
  return { kind: 'string', text: constant.bsval?.bsval ?? '' };
}

/** A literal below any number of casts: `'x'::text::regclass`. */
export function literalUnderCasts(node: Node | undefined): Literal | undefined {
  let current = node;
  for (;;) {
    const cast = as(current, 'TypeCast');
    if (cast === undefined) return literalOf(current);
    current = cast.arg;
  }
}

/** A literal as text, the way a setting takes it; undefined for NULL and for anything that is not a literal. */
export function literalText(node: Node | undefined): string | undefined {
  const literal = literalUnderCasts(node);
  switch (literal?.kind) {
    case 'string':
    case 'number':
      return literal.text;
    case 'boolean':
      return literal.value ? 'true' : 'false';
    case 'null':
    case undefined:
      return undefined;
  }
}

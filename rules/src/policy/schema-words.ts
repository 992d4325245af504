/** Which words the schema knows at a place of the file, to say the nearest one when another was written. */

import * as z from 'zod';
import { policySchema } from './policy-schema.ts';

/** The parts of JSON Schema that the words are read from. */
interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly propertyNames?: SchemaNode;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

/** The schema of the file as JSON Schema, draft 2020-12, of what is written (not of what it is read as). */
export function toPolicyJsonSchema(): unknown {
  return z.toJSONSchema(policySchema, { io: 'input', unrepresentable: 'any' });
}

/** Keys that a map at this path may have, and words that a value there may be. */
export function wordsAt(path: readonly PropertyKey[]): {
  readonly keys: readonly string[];
  readonly values: readonly string[];
} {
  let nodes = alternatives(toPolicyJsonSchema() as SchemaNode);
  for (const step of path) nodes = nodes.flatMap((node) => alternatives(stepInto(node, step)));
  return {
    keys: unique(
      nodes.flatMap((node) => [
        ...Object.keys(node.properties ?? {}),
        ...(node.propertyNames?.enum ?? []),
      ]),
    ),
    values: unique(nodes.flatMap((node) => [...(node.enum ?? []), node.const])),
  };
}

function stepInto(node: SchemaNode, step: PropertyKey): SchemaNode | undefined {
  if (typeof step === 'number') return node.items;
  const properties = node.properties ?? {};
  const name = String(step);
  if (Object.hasOwn(properties, name)) return properties[name];
  return typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
}

function alternatives(node: SchemaNode | undefined): readonly SchemaNode[] {
  if (node === undefined) return [];
  return [node, ...(node.anyOf ?? []), ...(node.oneOf ?? [])];
}

function unique(words: readonly unknown[]): readonly string[] {
  return [...new Set(words.filter((word) => typeof word === 'string'))];
}

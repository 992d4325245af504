/**
 * A GraphQL document to the root fields it runs, whatever aliases, fragments and variables stand between. Parsed by the
 * reference implementation. Directives are ignored: a field that `@skip` leaves out is judged as if it ran.
 */

import { Kind, parse } from 'graphql/language';
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionSetNode,
  ValueNode,
} from 'graphql/language';
import type { GraphqlField, JsonObject, JsonValue } from '../facts/http-facts.ts';
import { MAX_GRAPHQL_FIELDS, MAX_GRAPHQL_TOKENS } from './limits.ts';

/** A root field, and the names of all fields asked for below it. */
export interface RootField extends GraphqlField {
  readonly below: ReadonlySet<string>;
  readonly via: readonly string[];
}

export type ReadDocument =
  | { readonly ok: true; readonly fields: readonly RootField[] }
  | { readonly ok: false; readonly problem: string };

/** Deeper than this, fragments and selections are made to exhaust whoever follows them. */
const MAX_DEPTH = 40;

/**
 * Reads a document.
 * @param name the operation that runs; null: it is not told, so that any may run
 */
export function readDocument(
  query: string,
  variables: JsonObject,
  name: string | null,
): ReadDocument {
  const document = parseSafely(query);
  if (document === null) return { ok: false, problem: 'the GraphQL document cannot be read' };
  const operations = document.definitions.filter(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  if (operations.length === 0) return { ok: false, problem: 'the GraphQL document runs nothing' };
  const named = operations.filter((operation) => operation.name?.value === name);
  const running = name !== null && named.length === 1 ? named : operations;
  const reader = new Reader(document, variables);
  try {
    const fields = running.flatMap((operation) => reader.read(operation));
    return reader.problem === null ? { ok: true, fields } : { ok: false, problem: reader.problem };
  } catch {
    return { ok: false, problem: 'the GraphQL document is nested too deeply' };
  }
}

function parseSafely(query: string): DocumentNode | null {
  try {
    return parse(query, { maxTokens: MAX_GRAPHQL_TOKENS, noLocation: true });
  } catch {
    return null;
  }
}

class Reader {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #given: JsonObject;
  #count = 0;
  problem: string | null = null;

  constructor(document: DocumentNode, given: JsonObject) {
    const fragments = document.definitions.filter(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION,
    );
    this.#fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
    this.#given = given;
  }

  read(operation: OperationDefinitionNode): RootField[] {
    const variables = this.#variablesOf(operation);
    return this.#roots(operation.selectionSet, []).map(({ field, via }) => ({
      operation: operation.operation,
      field: field.name.value,
      args: Object.fromEntries(
        (field.arguments ?? []).map(({ name, value }) => [name.value, toValue(value, variables)]),
      ),
      below: this.#below(field.selectionSet),
      via,
    }));
  }

  #variablesOf(operation: OperationDefinitionNode): JsonObject {
    const defaults = (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
      defaultValue === undefined ? [] : [[variable.name.value, toValue(defaultValue, {})] as const],
    );
    return { ...Object.fromEntries(defaults), ...this.#given };
  }

  #roots(
    set: SelectionSetNode,
    via: readonly string[],
  ): { readonly field: FieldNode; readonly via: readonly string[] }[] {
    if (this.#isTooMuch(via.length)) return [];
    return set.selections.flatMap((selection) => {
      switch (selection.kind) {
        case Kind.FIELD: {
          const alias = selection.alias?.value;
          const path = alias === undefined ? via : [...via, `alias ${alias}`];
          return this.#isTooMuch(0) ? [] : [{ field: selection, via: path }];
        }
        case Kind.INLINE_FRAGMENT:
          return this.#roots(selection.selectionSet, [...via, 'inline fragment']);
        case Kind.FRAGMENT_SPREAD: {
          const name = selection.name.value;
          const fragment = this.#fragments.get(name);
          if (fragment === undefined) return [];
          return this.#roots(fragment.selectionSet, [...via, `fragment ${name}`]);
        }
      }
    });
  }

  /** Counted, so that fragments of fragments end. */
  #isTooMuch(depth: number): boolean {
    this.#count += 1;
    if (this.#count <= MAX_GRAPHQL_FIELDS && depth <= MAX_DEPTH) return false;
    this.problem = 'the GraphQL document unfolds to too many fields';
    return true;
  }

  #below(set: SelectionSetNode | undefined): ReadonlySet<string> {
    const names = new Set<string>();
    const seen = new Set<string>();
    const visit = (selections: SelectionSetNode | undefined): void => {
      for (const selection of selections?.selections ?? []) {
        if (selection.kind === Kind.FIELD) names.add(selection.name.value);
        if (selection.kind !== Kind.FRAGMENT_SPREAD) visit(selection.selectionSet);
        else if (!seen.has(selection.name.value)) {
          seen.add(selection.name.value);
          visit(this.#fragments.get(selection.name.value)?.selectionSet);
        }
      }
    };
    visit(set);
    return names;
  }
}

function toValue(node: ValueNode, variables: JsonObject): JsonValue {
  switch (node.kind) {
    case Kind.VARIABLE:
      return Object.hasOwn(variables, node.name.value)
        ? (variables[node.name.value] ?? null)
        : null;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.STRING:
    case Kind.ENUM:
      return node.value;
    case Kind.BOOLEAN:
      return node.value;
    case Kind.NULL:
      return null;
    case Kind.LIST:
      return node.values.map((value) => toValue(value, variables));
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map(({ name, value }) => [name.value, toValue(value, variables)]),
      );
  }
}

/**
 * Where a request carries GraphQL: in the body as JSON, form, parts or bare, in the URL, or in both. Every document that
 * a server could take is judged, with every set of variables that could go with it.
 */

import type { HttpOperation, JsonObject, JsonValue } from '../facts/http-facts.ts';
import { isObject } from './condition.ts';
import { judgeField } from './graphql-field.ts';
import { readDocument } from './graphql-document.ts';
import { MAX_OPERATIONS } from './limits.ts';
import { unknownOperation } from './operations.ts';
import type { CompiledPack } from './compile-pack.ts';
import type { ReadBody } from './read-body.ts';
import { readJson } from './read-json.ts';
import { valuesOfPair } from './request-target.ts';
import type { PathSegments, QueryPairs } from './request-target.ts';

/** One place that may hold a document. */
interface Source {
  readonly query: string | null;
  readonly variables: JsonObject;
  readonly name: string | null;
  /** A hash stands where a document should. */
  readonly persisted: boolean;
}

/** Whether a request is one of GraphQL: by its path, or by what it holds. */
export function isGraphql(segments: PathSegments, body: ReadBody, query: QueryPairs): boolean {
  if (segments.some((segment) => /^(graphql|gql)$/i.test(segment))) return true;
  if (body.contentType.includes('graphql')) return true;
  return sourcesOf(body, query).some((source) => source.query !== null && runs(source.query));
}

/** Words that a document begins with and SQL does not. */
function runs(query: string): boolean {
  return (
    /^[\s﻿]*(#[^\n]*\n\s*)*(mutation|subscription|query|fragment|\{)/.test(query) &&
    readDocument(query, {}, null).ok
  );
}

/** Judges a request of GraphQL. Never empty. */
export function judgeGraphql(
  body: ReadBody,
  query: QueryPairs,
  { packs, method }: { readonly packs: readonly CompiledPack[]; readonly method: string },
): readonly HttpOperation[] {
  if (body.state === 'unreadable') {
    return [unknownOperation('the body of the GraphQL request cannot be read')];
  }
  const sources = sourcesOf(body, query);
  if (sources.length > MAX_OPERATIONS) return [unknownOperation('the batch is too long')];
  const found = combine(sources).flatMap((source, at) => judgeSource(source, at, packs));
  if (found.length > 0) return found;
  return method === 'GET' && body.state === 'none' && query.length === 0
    ? [{ ...unknownOperation('opens the GraphQL page'), name: 'GraphQL page', kind: 'read' }]
    : [unknownOperation('the request holds no GraphQL document')];
}

/** Judges one message of a subscription: `subscribe` of graphql-transport-ws, `start` of its elder. */
export function judgeGraphqlMessage(
  value: JsonValue,
  packs: readonly CompiledPack[],
): readonly HttpOperation[] {
  if (!isObject(value) || typeof value['type'] !== 'string') {
    return [unknownOperation('the message is none of GraphQL over WebSocket')];
  }
  switch (value['type']) {
    case 'connection_init':
    case 'ping':
    case 'pong':
    case 'complete':
    case 'stop':
    case 'connection_terminate':
      return [{ ...unknownOperation(`says ${value['type']}`), name: value['type'], kind: 'read' }];
    case 'subscribe':
    case 'start':
      return judgeSource(toSource(value['payload'] ?? null), 0, packs);
    default:
      return [unknownOperation('the message is none of GraphQL over WebSocket')];
  }
}

function judgeSource(
  { query, variables, name, persisted }: Source,
  at: number,
  packs: readonly CompiledPack[],
): readonly HttpOperation[] {
  if (query === null) {
    return persisted
      ? [
          unknownOperation(
            'it names a stored GraphQL document by its hash, which is not known here',
          ),
        ]
      : [unknownOperation('the request holds no GraphQL document')];
  }
  const read = readDocument(query, variables, name);
  if (!read.ok) return [unknownOperation(read.problem)];
  const via = at === 0 ? [] : [`batch entry ${at + 1}`];
  return read.fields.map((field) => judgeField({ ...field, via: [...via, ...field.via] }, packs));
}

/** A document in the URL may be run with the variables of the body, and the other way round. */
function combine(sources: readonly Source[]): readonly Source[] {
  const bare = sources.filter(({ query, persisted }) => query === null && !persisted);
  const full = sources.filter(({ query, persisted }) => query !== null || persisted);
  if (full.length < 2 && bare.length === 0) return full;
  const variables = bare.map((source) => source.variables);
  const names = new Set(sources.map(({ name }) => name).filter((name) => name !== null));
  return full.flatMap((source) => {
    const name = names.size > 1 || (names.size === 1 && source.name === null) ? null : source.name;
    const mixed = variables.map((more) => ({
      ...source,
      name,
      variables: { ...source.variables, ...more },
    }));
    return [full.length > 1 ? source : { ...source, name }, ...mixed];
  });
}

function sourcesOf(body: ReadBody, query: QueryPairs): readonly Source[] {
  const fromUrl = fromPairs(query);
  return [...fromUrl, ...fromBody(body)];
}

function fromBody(body: ReadBody): readonly Source[] {
  if (Array.isArray(body.json)) {
    const list: readonly JsonValue[] = body.json;
    return list.map(toSource);
  }
  if (isObject(body.json)) return [toSource(body.json)];
  const operations = valuesOfPair(body.form, 'operations').flatMap((text) => {
    const read = readJson(text);
    if (!read.ok) return [];
    const { value } = read;
    return Array.isArray(value) ? (value as readonly JsonValue[]).map(toSource) : [toSource(value)];
  });
  const form = fromPairs(body.form);
  const bare =
    body.contentType.includes('application/graphql') && body.text !== '' && body.json === null
      ? [{ query: body.text, variables: {}, name: null, persisted: false }]
      : [];
  return [...operations, ...form, ...bare];
}

/** A name that stands several times makes as many sources. */
function fromPairs(pairs: QueryPairs): readonly Source[] {
  const documents = [...valuesOfPair(pairs, 'query'), ...valuesOfPair(pairs, 'doc')];
  const names = valuesOfPair(pairs, 'operationName');
  const name = names.length === 1 ? (names[0] ?? null) : null;
  const hashes = [...valuesOfPair(pairs, 'extensions'), ...valuesOfPair(pairs, 'documentId')];
  const variables = valuesOfPair(pairs, 'variables').map(toVariables);
  const first = variables[0] ?? {};
  const all = documents.flatMap((query) =>
    (variables.length === 0 ? [{}] : variables).map((values) => ({
      ...{ query, variables: values, name, persisted: false },
    })),
  );
  if (all.length > 0) return all;
  if (hashes.length > 0) return [{ query: null, variables: first, name, persisted: true }];
  return variables.length > 0 ? [{ query: null, variables: first, name, persisted: false }] : [];
}

function toVariables(text: string): JsonObject {
  const read = readJson(text);
  return read.ok && isObject(read.value) ? read.value : {};
}

function toSource(value: JsonValue): Source {
  if (!isObject(value)) return { query: null, variables: {}, name: null, persisted: true };
  const { query, variables, operationName, extensions, documentId, id, doc_id: docId } = value;
  const given = typeof variables === 'string' ? toVariables(variables) : variables;
  const hash = [extensions, documentId, docId, id].some(
    (mark) => mark !== undefined && mark !== null,
  );
  return {
    query: typeof query === 'string' && query.trim() !== '' ? query : null,
    variables: given !== undefined && isObject(given) ? given : {},
    name: typeof operationName === 'string' && operationName !== '' ? operationName : null,
    persisted: hash || query !== undefined,
  };
}

/** The words that packs are written in: one line for each operation. */

import type { HttpOperationKind, HttpSeverity } from '../facts/http-deed.ts';
import type { PackCondition, PackOperation } from './pack.ts';

type Word = (match: string, does: string, when?: PackCondition) => PackOperation;

function word(kind: Exclude<HttpOperationKind, 'unknown'>, severity: HttpSeverity | null): Word {
  return (match, does, when) => {
    const operation = { match, kind, severity, does };
    return when === undefined ? operation : { ...operation, when };
  };
}

/** Takes away what nobody brings back: never remembered, and its target is typed to approve it. */
export const critical = word('destroy', 'critical');

/** Takes away something that hurts. */
export const high = word('destroy', 'high');

/** Takes away something small; asked about in production only. */
export const medium = word('destroy', 'medium');

/** Its answer holds a credential. */
export const reveal = word('reveal', null);

/** Makes a credential, or hands out rights. */
export const mint = word('mint', null);

/** Ordinary work whose name sounds worse than it is. */
export const write = word('write', null);

/** A read whose method or name does not look like one. */
export const read = word('read', null);

/** Actions of one endpoint of AWS, each with its name in the clause. */
export function actions(make: Word, endpoint: string, names: string): readonly PackOperation[] {
  return names
    .trim()
    .split(/\s+/)
    .map((name) => make(`action ${endpoint}:${name}`, `runs \`${endpoint}:${name}\` on {id}`));
}

/** Fields of GraphQL, each with its name in the clause. */
export function mutations(make: Word, names: string): readonly PackOperation[] {
  return names
    .trim()
    .split(/\s+/)
    .map((name) => make(`mutation ${name}`, `runs \`${name}\` on {id}`));
}

/** `describe: 'DescribeInstances CreateTags'` to samples of ordinary work. */
export function samples(prefix: string, names: string): readonly string[] {
  return names
    .trim()
    .split(/\s+/)
    .map((name) => `${prefix}${name}`);
}

/**
 * Secrets in Codex's TOML settings. A value is found by reading, its place by trying: a string is taken for the place of
 * a value only when changing it changes that value in what is read, and nothing else.
 */

import { looksSecret } from '@agentguard/rules/detect/looks-secret';
import { replaceSpans } from '@agentguard/rules/dotenv/replace-spans';
import { parse } from 'smol-toml';
import type { ProjectFile } from './read-project-file.ts';
import { SecretText } from './secret-text.ts';
import type { Findings, LeftAlone, Site, SiteJudgement } from './site.ts';

/** Tables whose values are named by their own key. */
const NAMED_VALUES = new Set(['env', 'http_headers', 'headers', 'set']);
const UNNAMED_VALUES = new Set(['args', 'command', 'url', 'bearer_token']);

/** A value that no settings file holds. */
const TRIAL = 'agentguard:trial-4f1c';

/** Whether the values below are named by their own keys, or by the setting they stand in. */
type Kind = { readonly kind: 'named' } | { readonly kind: 'unnamed'; readonly name: string };

interface Found {
  readonly path: readonly (string | number)[];
  readonly name: string;
  readonly value: string;
  readonly judgement: SiteJudgement;
}

/** The secrets of a file. */
export function findTomlSites(file: ProjectFile): Findings {
  const text = file.content.unsafeReveal();
  const document = tryParse(text);
  if (document === null) {
    const why = 'it is not valid TOML';
    return { sites: [], left: [{ path: file.shown, line: null, name: null, why }] };
  }
  const sites: Site[] = [];
  const left: LeftAlone[] = [];
  for (const found of collect(document, [], null)) {
    const start = locate(text, found);
    if (start === null) {
      const why = 'its place cannot be told for sure; change it by hand';
      left.push({ path: file.shown, line: null, name: found.name, why });
    } else {
      sites.push(toSite(file, found, start));
    }
  }
  return { sites, left };
}

function toSite(file: ProjectFile, { name, value, judgement }: Found, start: number): Site {
  const before = file.content.unsafeReveal().slice(0, start);
  return {
    file,
    format: 'toml',
    name,
    line: before.split(/\r\n|\n/).length,
    start,
    end: start + value.length,
    value: new SecretText(value),
    judgement,
    commented: false,
    takesVariables: false,
  };
}

function* collect(
  node: unknown,
  path: readonly (string | number)[],
  kind: Kind | null,
): Generator<Found> {
  if (typeof node === 'string') {
    const name = String(kind?.kind === 'named' ? path.at(-1) : kind?.name);
    const judgement = kind === null ? null : looksSecret(name, node);
    if (judgement !== null && judgement.kind !== 'nothing') {
      yield { path, name, value: node, judgement };
    }
    return;
  }
  if (Array.isArray(node)) {
    for (const [at, child] of node.entries()) yield* collect(child, [...path, at], kind);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  for (const [key, child] of Object.entries(node)) {
    yield* collect(child, [...path, key], kindBelow(key, kind));
  }
}

function kindBelow(key: string, kind: Kind | null): Kind | null {
  if (NAMED_VALUES.has(key)) return { kind: 'named' };
  return UNNAMED_VALUES.has(key) ? { kind: 'unnamed', name: key } : kind;
}

/** Where the value stands as it is; null when it is written with escapes, or nothing fits. */
function locate(text: string, { path, value }: Found): number | null {
  for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + 1)) {
    const tried = tryParse(
      replaceSpans(text, [{ start: at, end: at + value.length, text: TRIAL }]),
    );
    if (tried !== null && valueAt(tried, path) === TRIAL) return at;
  }
  return null;
}

function valueAt(document: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (node, key) =>
      typeof node === 'object' && node !== null
        ? (node as Record<string, unknown>)[key]
        : undefined,
    document,
  );
}

function tryParse(text: string): unknown {
  try {
    return parse(text);
  } catch {
    // The library's message quotes the text, which holds secrets.
    return null;
  }
}

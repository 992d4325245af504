/**
 * The new text of a file, and the proof that it reads as intended: every value that was not to change reads as before,
 * and there are as many of them.
 */

import { parseDotenv } from '@agentguard/rules/dotenv/parse-dotenv';
import { replaceSpans } from '@agentguard/rules/dotenv/replace-spans';
import type { SpanEdit } from '@agentguard/rules';
import { parse as parseJson } from 'jsonc-parser';
import type { ParseError } from 'jsonc-parser';
import { parse as parseToml } from 'smol-toml';
import type { FileFormat } from './site.ts';

export type RewrittenText =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/** Replaces the spans and reads the result again. */
export function rewriteText(
  text: string,
  format: FileFormat,
  edits: readonly SpanEdit[],
): RewrittenText {
  const after = tryReplace(text, edits);
  if (after === null) return unread();
  const before = readValues(text, format);
  const values = readValues(after, format);
  if (before === null || values === null || values.length !== before.length) return unread();
  // Each edit changes one value at most: what stands in a comment changes none.
  const changed = values.filter((value, at) => value !== before[at]);
  return changed.length <= edits.length ? { ok: true, text: after } : unread();
}

function tryReplace(text: string, edits: readonly SpanEdit[]): string | null {
  try {
    return replaceSpans(text, edits);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Every value of a text, with its name, in order; null when it cannot be read. */
export function readValues(text: string, format: FileFormat): readonly string[] | null {
  switch (format) {
    case 'dotenv':
    case 'shell': {
      const parsed = parseDotenv(text);
      return parsed.ok ? parsed.document.entries.map(({ key, value }) => `${key}=${value}`) : null;
    }
    case 'json': {
      const errors: ParseError[] = [];
      const document: unknown = parseJson(text, errors, { allowTrailingComma: true });
      return errors.length === 0 ? leaves(document, '') : null;
    }
    case 'toml':
      try {
        return leaves(parseToml(text), '');
      } catch {
        // The library's message quotes the text.
        return null;
      }
  }
}

function leaves(node: unknown, path: string): readonly string[] {
  if (typeof node !== 'object' || node === null) return [`${path}=${String(node)}`];
  if (node instanceof Date) return [`${path}=${node.toISOString()}`];
  return Object.entries(node).flatMap(([key, child]) => leaves(child, `${path}/${key}`));
}

function unread(): RewrittenText {
  return { ok: false, why: 'it would read otherwise than intended' };
}

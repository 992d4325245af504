/**
 * Reads many secrets at once: a .env file or a JSON object of strings, from a file or from standard input.
 * Where programs disagree about what a line means it is refused, instead of a secret being kept as one of them reads it.
 */

import { readFileSync, statSync } from 'node:fs';
import { expandValue, parseDotenv, toVariables } from '@agentguard/rules';
import * as z from 'zod';
import { UsageError } from '../exit-code.ts';

/** What one request to the daemon can carry, with room for its envelope. */
const MAX_FILE_BYTES = 256 * 1024;

/** The file descriptor of standard input. */
const STANDARD_INPUT = 0;

const mapSchema = z.record(z.string(), z.string());

/** A string of JSON with the colon that makes it a name, and the string behind it. */
const JSON_MEMBER = /("(?:[^"\\]|\\.)*")\s*:\s*"(?:[^"\\]|\\.)*"/gs;

/** What may stand between two values: the end of one, comments, the beginning of the next. */
const VALUE_END = /^["'`]?[ \t]*(#.*)?$/;
const BLANK_OR_COMMENT = /^\s*(#.*)?$/;
const VALUE_START = /^\s*(export\s+)?[\w.-]+\s*[=:]\s*["'`]?$/;

type Values = readonly (readonly [string, string])[];

/**
 * Reads names and values, in their order.
 * @param path of the file, `-` for standard input
 * @throws UsageError that names a line or a name at most, never a value
 */
export function readSecretsFile(path: string): Values {
  return parseSecrets(toText(readBytes(path)));
}

/** Parses the text of such a file. @throws UsageError as `readSecretsFile` */
export function parseSecrets(text: string): Values {
  return text.trimStart().startsWith('{') ? readMap(text) : readDotenv(text);
}

function readBytes(path: string): Buffer {
  try {
    if (path !== '-') refuseUnfit(path);
    const bytes = readFileSync(path === '-' ? STANDARD_INPUT : path);
    if (bytes.length > MAX_FILE_BYTES) throw tooLarge();
    return bytes;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(`\`${path}\` cannot be read (${code})`);
  }
}

function refuseUnfit(path: string): void {
  const found = statSync(path);
  if (!found.isFile()) throw new UsageError(`\`${path}\` is not a plain file`);
  if (found.size > MAX_FILE_BYTES) throw tooLarge();
}

function toText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError('what was read is not text in UTF-8');
  }
}

function readDotenv(text: string): Values {
  const parsed = parseDotenv(text);
  if (!parsed.ok) throw refused(parsed.problem);
  const { entries, parts } = parsed.document;
  parts.forEach((part, at) => {
    if (part.kind === 'value') return;
    const place = { first: at === 0, last: at === parts.length - 1 };
    if (!isUnderstood(part.text, place)) {
      const line = countLines(parts.slice(0, at).map(textOf).join(''));
      throw refused(`something after line ${line} is not NAME=VALUE`);
    }
  });
  const variables = toVariables(parsed.document);
  if (variables.size < entries.length) throw refused('a name stands in it twice');
  for (const entry of entries) {
    const { key, line, quote, raw, hashTouches } = entry;
    if (quote === null && /^["'`]/.test(raw)) {
      throw refused(`line ${line}: the quotes around ${key} do not enclose it`);
    }
    if (hashTouches) throw refused(`line ${line}: the # may belong to ${key}; quote the value`);
    if (expandValue(entry, variables).kind !== 'plain') {
      throw refused(`line ${line}: ${key} refers to another variable; write the value itself`);
    }
  }
  return entries.map(({ key, value }) => [key, value]);
}

type Part = Extract<ReturnType<typeof parseDotenv>, { ok: true }>['document']['parts'][number];

function textOf(part: Part): string {
  return part.kind === 'value' ? part.entry.raw : part.text;
}

function isUnderstood(
  between: string,
  { first, last }: { readonly first: boolean; readonly last: boolean },
): boolean {
  const lines = between.split(/\r\n|\r|\n/);
  return lines.every((line, at) => {
    const [opens, closes] = [at === 0 && !first, at === lines.length - 1 && !last];
    if (opens && closes) return false;
    if (opens) return VALUE_END.test(line);
    return closes ? VALUE_START.test(line) : BLANK_OR_COMMENT.test(line);
  });
}

function countLines(text: string): number {
  return text.split(/\r\n|\r|\n/).length;
}

function readMap(text: string): Values {
  let map: Readonly<Record<string, string>>;
  try {
    map = mapSchema.parse(JSON.parse(text));
  } catch {
    throw refused('it is not a JSON object of strings');
  }
  // JSON.parse keeps the last of two values of one name, and says nothing.
  const members = [...text.matchAll(JSON_MEMBER)];
  if (members.length !== Object.keys(map).length) throw refused('a name stands in it twice');
  return Object.entries(map);
}

function refused(why: string): UsageError {
  return new UsageError(`${why}; nothing was imported`);
}

function tooLarge(): UsageError {
  return new UsageError(`more than ${MAX_FILE_BYTES / 1024} KiB is not a file of secrets`);
}

/**
 * What a project told gitleaks to leave alone: `.gitleaksignore` and the allow lists of `.gitleaks.toml`, read as they
 * are. Their patterns are Go's; a library with the same language and the same linear time runs them.
 */

import { RE2JS } from 're2js';
import { parse } from 'smol-toml';
import * as z from 'zod';
import type { Candidate } from './finding.ts';
import { ScanError } from './scan-error.ts';

/** What gitleaks would leave alone. */
export interface GitleaksRules {
  /** The file that says so; null when none does. */
  allows(candidate: Candidate): string | null;
}

const IGNORE_FILE = '.gitleaksignore';
const SETTINGS_FILE = '.gitleaks.toml';

const patternsSchema = z.array(z.string()).optional();
const allowSchema = z.object({
  condition: z.enum(['OR', 'AND', 'or', 'and', '||', '&&']).optional(),
  commits: patternsSchema,
  paths: patternsSchema,
  regexTarget: z.enum(['match', 'line', 'secret']).optional(),
  regexes: patternsSchema,
  stopwords: patternsSchema,
});
const settingsSchema = z.object({
  allowlist: allowSchema.optional(),
  allowlists: z.array(allowSchema).optional(),
  rules: z
    .array(
      z.object({ allowlist: allowSchema.optional(), allowlists: z.array(allowSchema).optional() }),
    )
    .optional(),
});

type AllowEntry = z.infer<typeof allowSchema>;

/** Reads both files. @param read gives a file of the project's root, or null. Null when there is neither. */
export function readGitleaksRules(read: (name: string) => string | null): GitleaksRules | null {
  const ignored = read(IGNORE_FILE);
  const settings = read(SETTINGS_FILE);
  if (ignored === null && settings === null) return null;
  const lines = toIgnoredLines(ignored ?? '');
  const entries = settings === null ? [] : toEntries(settings).map(compile);
  return {
    allows: (candidate) => {
      if (isIgnored(candidate, lines)) return IGNORE_FILE;
      return entries.some((entry) => entry(candidate)) ? SETTINGS_FILE : null;
    },
  };
}

/** `COMMIT:FILE:RULE:LINE` and `FILE:RULE:LINE`; the names of rules are gitleaks' own and tell nothing here. */
function toIgnoredLines(text: string): ReadonlySet<string> {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  return new Set(
    lines.flatMap((line) => {
      const [, commit = '', file = '', at = ''] =
        /^(?:([0-9a-f]{7,64}):)?(.+):[^:]+:(\d+)$/.exec(line) ?? [];
      return file === '' ? [] : [`${commit}:${file}:${at}`];
    }),
  );
}

function isIgnored({ finding }: Candidate, lines: ReadonlySet<string>): boolean {
  const { path, line, place } = finding;
  if (lines.has(`:${path}:${line}`)) return true;
  return (
    place.kind === 'history' &&
    place.commit !== null &&
    lines.has(`${place.commit}:${path}:${line}`)
  );
}

/** Allow lists of single rules hold for every kind: their rules are not ours. */
function toEntries(text: string): readonly AllowEntry[] {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw new ScanError(`\`${SETTINGS_FILE}\` is no TOML`, 'mend it, or remove it', error);
  }
  const checked = settingsSchema.safeParse(content);
  if (!checked.success) {
    const place = checked.error.issues[0]?.path.map(String).join('.') ?? '';
    throw new ScanError(
      `\`${SETTINGS_FILE}\` has something else than gitleaks expects at \`${place}\``,
    );
  }
  const { allowlist, allowlists = [], rules = [] } = checked.data;
  const all = [
    allowlist,
    ...allowlists,
    ...rules.flatMap((rule) => [rule.allowlist, ...(rule.allowlists ?? [])]),
  ];
  return all.filter((one) => one !== undefined);
}

type Test = (candidate: Candidate) => boolean;

function compile(entry: AllowEntry): Test {
  const { commits = [], paths = [], regexes = [], stopwords = [], regexTarget = 'secret' } = entry;
  const target = ({ secret, line }: Candidate): string => (regexTarget === 'line' ? line : secret);
  const tests: Test[] = [];
  if (commits.length > 0) {
    tests.push(
      ({ finding: { place } }) =>
        place.kind === 'history' && place.commit !== null && commits.includes(place.commit),
    );
  }
  if (paths.length > 0) tests.push(anyOf(paths, ({ finding }) => finding.path));
  if (regexes.length > 0) tests.push(anyOf(regexes, target));
  if (stopwords.length > 0) {
    const words = stopwords.map((word) => word.toLowerCase());
    tests.push(({ secret }) => words.some((word) => secret.toLowerCase().includes(word)));
  }
  if (tests.length === 0) return () => false;
  const all = /and|&&/i.test(entry.condition ?? 'OR');
  return (candidate) =>
    all ? tests.every((one) => one(candidate)) : tests.some((one) => one(candidate));
}

function anyOf(sources: readonly string[], textOf: (candidate: Candidate) => string): Test {
  const patterns = sources.map(toPattern);
  return (candidate) => patterns.some((pattern) => pattern.matcher(textOf(candidate)).find());
}

function toPattern(source: string): ReturnType<typeof RE2JS.compile> {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    throw new ScanError(
      `\`${SETTINGS_FILE}\` has a pattern that is none of gitleaks': \`${source}\``,
      'gitleaks takes the patterns of RE2',
      error,
    );
  }
}

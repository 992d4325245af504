/** Secrets in `.env` files and direnv's `.envrc`, live and commented out. */

import { looksSecret } from '@agentguard/rules/detect/looks-secret';
import { readCommentedEntries } from '@agentguard/rules/dotenv/commented-entries';
import { toVariables } from '@agentguard/rules/dotenv/dotenv-document';
import { expandValue } from '@agentguard/rules/dotenv/expand-value';
import { parseDotenv } from '@agentguard/rules/dotenv/parse-dotenv';
import { replaceValues } from '@agentguard/rules/dotenv/replace-values';
import type { DotenvDocument, DotenvEntry } from '@agentguard/rules';
import type { ProjectFile } from './read-project-file.ts';
import { SecretText } from './secret-text.ts';
import type { FileFormat, Findings, LeftAlone, Site } from './site.ts';

/** `Bearer x`: the word in front is part of the protocol, not of the secret. */
const AUTHORIZATION_WORD = /^(?:Bearer|Basic|Token) +/i;

/** What a shell would do something with. */
const SHELL_MEANING = /[$`\\!]/;

/** An address with a password, anywhere in a text. */
const ADDRESS_IN_TEXT = /\b[a-z][a-z0-9+.-]*:\/\/[^\s/?#@:'"`]*:([^\s/?#@'"`]+)@[^\s'"`]+/gi;

/** Stands in for any reference when a change is tried out. */
const TRIAL = 'agentguard:trial';

/** The secrets of a file. */
export function findEnvSites(
  file: ProjectFile,
  format: FileFormat & ('dotenv' | 'shell'),
): Findings {
  const parsed = parseDotenv(file.content.unsafeReveal());
  if (!parsed.ok) return { sites: [], left: [leave(file, null, parsed.problem)] };
  const { document } = parsed;
  const found: (Site | LeftAlone)[] = [];
  for (const entry of document.entries) found.push(...judge(entry, false));
  for (const entry of readCommentedEntries(document)) found.push(...judge(entry, true));
  const sites = found.filter((one) => 'judgement' in one);
  const left = found.filter((one): one is LeftAlone => !('judgement' in one));
  return { sites, left: [...left, ...findInRest(file, document, sites)] };

  function judge(entry: DotenvEntry, commented: boolean): readonly (Site | LeftAlone)[] {
    const one = judgeEntry(file, { document, entry, format, commented });
    return one === null ? [] : [one];
  }
}

interface Judged {
  readonly document: DotenvDocument;
  readonly entry: DotenvEntry;
  readonly format: FileFormat;
  readonly commented: boolean;
}

function judgeEntry(file: ProjectFile, judged: Judged): Site | LeftAlone | null {
  const { document, entry, format, commented } = judged;
  const expanded = expandValue(entry, toVariables(document));
  const value = expanded.kind === 'expanded' ? expanded.value : entry.value;
  const word = AUTHORIZATION_WORD.exec(value)?.[0] ?? '';
  const judgement = looksSecret(entry.key, value.slice(word.length));
  if (judgement.kind === 'nothing') return null;
  if (expanded.kind === 'unresolved') {
    const names = expanded.names.join(', ');
    return leave(file, entry, `its parts come from elsewhere (${names})`);
  }
  // What stands in other variables is moved there; only an address is more than its parts.
  if (expanded.kind === 'expanded' && judgement.kind === 'secret') return null;
  const problem = whyUntouchable(judged);
  if (problem !== null) return leave(file, entry, problem);
  const skipped = entry.raw.startsWith(word) ? word.length : 0;
  return {
    file,
    format,
    name: entry.key,
    line: entry.line,
    start: entry.start + skipped,
    end: entry.end,
    value: new SecretText(value.slice(skipped)),
    judgement,
    commented,
    takesVariables: false,
  };
}

function whyUntouchable({ document, entry, format }: Judged): string | null {
  if (entry.hashTouches) {
    return 'a # stands right behind it, and tools differ on what the value is; put it in quotes';
  }
  if (format === 'shell' && SHELL_MEANING.test(entry.raw)) {
    return 'a shell does more with it than we can see';
  }
  const tried = replaceValues(document, [{ entry, raw: TRIAL, value: TRIAL }]);
  return tried.ok ? null : tried.problem;
}

/** What stands in comments and garbage is named; the person knows whether it is still needed. */
function findInRest(
  file: ProjectFile,
  document: DotenvDocument,
  sites: readonly Site[],
): readonly LeftAlone[] {
  const text = document.text;
  const spans = [...document.entries, ...sites].map(({ start, end }) => ({ start, end }));
  const isOutside = (at: number): boolean =>
    !spans.some(({ start, end }) => start <= at && at < end);
  return [...text.matchAll(ADDRESS_IN_TEXT)]
    .filter((match) => isOutside(match.index))
    .filter((match) => looksSecret('URL', match[0]).kind !== 'nothing')
    .map((match) => ({
      path: file.shown,
      line: text.slice(0, match.index).split(/\r\n|\r|\n/).length,
      name: null,
      why: 'an address with a password stands in a comment; remove it by hand',
    }));
}

function leave(file: ProjectFile, entry: DotenvEntry | null, why: string): LeftAlone {
  return { path: file.shown, line: entry?.line ?? null, name: entry?.key ?? null, why };
}

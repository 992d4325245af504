/**
 * Whether a value is a secret, from the name it was given, its own shape, and the file it stands in. In files that are
 * made for secrets the name is enough; in code it takes a value that nobody would write for anything else.
 */

import { entropyOf, isFiller } from './filler.ts';
import { NAMED_KINDS, kindOf } from './kinds.ts';
import type { TextSource } from './match.ts';
import { matchForward } from './match-shape.ts';
import { classOfName, isPublicName, toWords } from './name-words.ts';
import { isGap, isHarmless } from './harmless-value.ts';
import type { NamedKind, SecretKind, Tier } from './secret-kind.ts';
import { parseValueShape } from './shape.ts';
import type { ShapeItem } from './shape.ts';
import { RANDOM_SURPRISE, WORDY_SURPRISE, isRandomText, isUuid, surpriseOf } from './surprise.ts';

/** A name and the value it was given. */
export interface NamedValue {
  readonly name: string;
  readonly value: string;
  readonly quoted: boolean;
}

/** What a value is, and how sure that is. */
export interface NamedJudgement {
  readonly kind: SecretKind;
  readonly tier: Tier;
  readonly why: string;
}

/** Nothing that people call a password or a key is longer, but for what has a finder of its own. */
const MAX_VALUE = 256;

/** Files in which a word can be a password. */
const NAME_IS_ENOUGH = new Set<TextSource['kind']>(['environment', 'credentials', 'settings']);

/** Asked first, because in code and prose nearly every value is one. */
const PLAIN_WORD = /^[A-Za-z]?[a-z]{0,15}[:=,;.]?$/;

/** Judges a named value; null when it is no secret. */
export function judgeNamedValue(named: NamedValue, source: TextSource): NamedJudgement | null {
  const { name, value } = named;
  if (value.length < 3 || value.length > MAX_VALUE) return null;
  if (!NAME_IS_ENOUGH.has(source.kind) && PLAIN_WORD.test(value)) return null;
  const words = toWords(name);
  const nameClass = classOfName(words) ?? classInFile(words, value, source);
  if (nameClass === null || isPublicName(words)) return null;
  if (isHarmless(value) || isHash(value)) return null;
  const provider = findProvider(words, value);
  if (provider !== null)
    return inFile(provider, source, `${provider.title}, by its name and shape`);
  if (isGap(value) && !isDrawn(value)) return null;
  switch (source.kind) {
    case 'environment':
      return inEnvironment(named, nameClass, source);
    case 'credentials':
      return inCredentials(named, nameClass);
    case 'settings':
    case 'script':
      return nameClass === 'password' ? passwordInSettings(named, source) : keyInText(named);
    case 'data':
    case 'unknown':
    case 'source':
      return nameClass === 'password' ? passwordInText(named, words) : keyInText(named);
    case 'test':
    case 'prose':
    case 'example':
      return isCertain(value, nameClass) ? generic(nameClass, 'a value that a machine drew') : null;
    case 'generated':
      return null;
  }
}

/** In files of credentials every long random value called key or salt is one. */
function classInFile(words: string, value: string, source: TextSource): 'key' | null {
  const known = source.kind === 'credentials' || source.kind === 'environment';
  return known && /_(?:KEY|SALT)$/.test(words) && isDrawn(value) ? 'key' : null;
}

/** Long and random: signs that mean something in code stand in it by chance. */
function isDrawn(value: string): boolean {
  return (
    value.length >= 32 && !/\$[{(]|\{\{|<%/.test(value) && isRandomText(value) && !isFiller(value)
  );
}

function inFile(kind: SecretKind, source: TextSource, why: string): NamedJudgement {
  return { kind, tier: source.trial || source.kind === 'generated' ? 'warn' : kind.tier, why };
}

function inEnvironment(
  { value }: NamedValue,
  nameClass: 'password' | 'key',
  source: TextSource,
): NamedJudgement | null {
  if (nameClass === 'key' && isPlain(value)) return null;
  const kind = kindOf(nameClass === 'password' ? 'env-password' : 'env-key');
  return inFile(kind, source, 'its name says so, in a file of variables');
}

function inCredentials(
  { value }: NamedValue,
  nameClass: 'password' | 'key',
): NamedJudgement | null {
  if (nameClass === 'key' && isPlain(value)) return null;
  const kind = kindOf(nameClass === 'password' ? 'file-password' : 'file-key');
  return { kind, tier: 'block', why: 'its name says so, in a file that is made for credentials' };
}

/** Numbers, addresses without a password, paths, short words: what a setting called key or token may hold. */
function isPlain(value: string): boolean {
  return value.length < 8 || /^(?:\d+|https?:\/\/\S*|[./~]\S*)$/.test(value);
}

/** People write passwords into settings as they are, so a weak one counts; a sentence does not. */
function passwordInSettings(
  { value, quoted }: NamedValue,
  source: TextSource,
): NamedJudgement | null {
  if (value.length < 5 || /\s/.test(value) || isProse(value)) return null;
  if (source.kind === 'script' && !quoted && /[|&;<>]/.test(value)) return null;
  if (isWeak(value) && surpriseOf(value) < WORDY_SURPRISE && !/\d/.test(value)) return null;
  return generic('password', 'its name says so');
}

function passwordInText({ value }: NamedValue, words: string): NamedJudgement | null {
  if (value.length < 5 || value.length > 128 || /\s/.test(value) || isProse(value)) return null;
  if (repeatsName(value, words) && !isStrong(value)) return null;
  return isStrong(value) ? generic('password', 'its name says so, and it looks like one') : null;
}

/** Letters with digits or signs between them, as words never have them. */
function isStrong(value: string): boolean {
  const surprise = surpriseOf(value);
  const classes = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9_.-]/].filter((one) => one.test(value));
  if (classes.length >= 3) return surprise >= WORDY_SURPRISE || value.length >= 8;
  if (classes.length === 2) return surprise >= WORDY_SURPRISE;
  return value.length >= 12 && surprise >= RANDOM_SURPRISE;
}

function isWeak(value: string): boolean {
  return /^[a-z]+$/i.test(value);
}

/** Nothing of code or prose: signs that passwords seldom and these always have. */
function isProse(value: string): boolean {
  return (
    /^[A-Za-z_][\w-]*(?:\.|::|->)[A-Za-z_]/.test(value) ||
    /[(){}[\]<>]{2}|[;,]$|^[([{<]/.test(value)
  );
}

function repeatsName(value: string, words: string): boolean {
  const flat = value.toLowerCase().replaceAll(/[^a-z]/g, '');
  return (
    /pass(?:word|wd|phrase)?$|^pass(?:word)?|secret|token|credential/.test(flat) ||
    words.toLowerCase().replaceAll('_', '').includes(flat)
  );
}

const MIN_KEY = 16;

function keyInText({ value }: NamedValue): NamedJudgement | null {
  if (value.length < MIN_KEY || /\s/.test(value) || isProse(value)) return null;
  if (isFiller(value) || !/\d/.test(value) || isUuid(value)) return null;
  return isRandomText(value) ? generic('key', 'its name says so, and a machine drew it') : null;
}

/** In tests and documentation: what nobody makes up. */
function isCertain(value: string, nameClass: 'password' | 'key'): boolean {
  if (/\s/.test(value) || isFiller(value) || isProse(value) || isUuid(value)) return false;
  const long = value.length >= (nameClass === 'password' ? 12 : 24);
  return long && /\d/.test(value) && isRandomText(value) && entropyOf(value) >= 3.2;
}

function generic(nameClass: 'password' | 'key', why: string): NamedJudgement {
  const kind = kindOf(nameClass === 'password' ? 'assigned-password' : 'assigned-key');
  return { kind, tier: 'warn', why };
}

/** crypt(5) and its relatives: they open nothing by themselves; files of them have a finder of their own. */
function isHash(value: string): boolean {
  return /^(?:\$(?:1|2[abxy]?|5|6|y|argon2\w*|pbkdf2\S*)\$|\{(?:SHA|SSHA|MD5|CRYPT|SHA256|SHA512)\}|pbkdf2_|pbkdf2:|scrypt:|sha(?:1|256|384|512)[-:$]|bcrypt|md5[0-9a-f]{32}$|SCRAM-)/.test(
    value,
  );
}

interface Provider {
  readonly kind: NamedKind;
  readonly items: readonly ShapeItem[];
}

let providers: ReadonlyMap<string, readonly Provider[]> | null = null;

/** The provider that a name calls, when the value has its shape. */
function findProvider(words: string, value: string): NamedKind | null {
  providers ??= indexProviders();
  if (isFiller(value)) return null;
  const bytes = Buffer.from(value, 'latin1');
  const view = { bytes, start: 0, end: bytes.length, final: true };
  const parts = words.split('_');
  for (let from = 0; from < parts.length; from += 1) {
    for (let to = from + 1; to <= Math.min(parts.length, from + 3); to += 1) {
      for (const { kind, items } of providers.get(parts.slice(from, to).join('_')) ?? []) {
        if (matchForward(items, view, 0) === bytes.length) return kind;
      }
    }
  }
  return null;
}

function indexProviders(): ReadonlyMap<string, readonly Provider[]> {
  const index = new Map<string, Provider[]>();
  for (const kind of NAMED_KINDS) {
    const provider = { kind, items: parseValueShape(kind.value) };
    for (const word of kind.words) index.set(word, [...(index.get(word) ?? []), provider]);
  }
  return index;
}

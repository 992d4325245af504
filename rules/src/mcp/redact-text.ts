/**
 * Takes credentials out of a text that would go to an agent. Works on shapes and on names beside values; what has neither
 * passes. Never shows what it takes out.
 */

import { isHarmless } from '../detect/harmless-value.ts';
import { looksSecret } from '../detect/looks-secret.ts';

/** A text without what looks like a credential. */
export interface RedactedText {
  readonly text: string;
  /** How many values were taken out. */
  readonly count: number;
}

/** What stands in place of a credential. */
export const REDACTED = '[redacted by agentguard]';

const PRIVATE_KEY =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;

/** `scheme://user:password@`; the password alone goes. */
const URL_PASSWORD = /\b([a-z][a-z0-9+.-]{1,30}:\/\/[^\s/?#@:"']{0,200}:)([^\s/?#@"']{1,300})@/gi;

/** What stands between a name and its value. Looked for first, since most texts hold few. */
const SIGN = /\s*[=:]\s*/g;

/** The name that ends where a sign begins: `NAME`, `"name"`. */
const NAME_BEFORE = /([A-Za-z][\w.-]{1,80})["']?$/;

/** The value behind a sign. */
const VALUE_BEHIND = /(["']?)([^\s"',;{}[\]]{4,4096})\1/y;

/** Longest name with its quotes. */
const NAME_LENGTH = 84;

/** Runs of characters that keys of providers are made of. */
const WORD = /[A-Za-z0-9_][A-Za-z0-9_.+/=-]{15,4095}/g;

/**
 * Redacts one text.
 * @param key the name under which the text stands, which may say what it is
 */
export function redactText(text: string, key = ''): RedactedText {
  let count = 0;
  const take = (): string => {
    count += 1;
    return REDACTED;
  };
  if (key !== '' && !/\s/.test(text) && looksSecret(key, text).kind === 'secret') {
    return { text: REDACTED, count: 1 };
  }
  const named = redactNamed(text.replace(PRIVATE_KEY, take), take);
  const redacted = named
    .replace(URL_PASSWORD, (whole, before: string, password: string) =>
      isHarmless(password) ? whole : `${before}${take()}@`,
    )
    .replace(WORD, (word) => {
      // A sentence may end behind it.
      const bare = word.replace(/[.=/+-]+$/, '');
      const found = [word, bare].find((one) => looksSecret('', one).kind === 'secret');
      return found === undefined ? word : take() + word.slice(found.length);
    });
  return { text: redacted, count };
}

/** `NAME=value`, `"name": "value"`, `name: value`: the values that their names give away. */
function redactNamed(text: string, take: () => string): string {
  let redacted = '';
  let copied = 0;
  SIGN.lastIndex = 0;
  for (let sign = SIGN.exec(text); sign !== null; sign = SIGN.exec(text)) {
    const before = text.slice(Math.max(copied, sign.index - NAME_LENGTH), sign.index);
    const name = NAME_BEFORE.exec(before)?.[1];
    VALUE_BEHIND.lastIndex = SIGN.lastIndex;
    const found = name === undefined ? null : VALUE_BEHIND.exec(text);
    const [, quote = '', value = ''] = found ?? [];
    if (found === null || name === undefined || looksSecret(name, value).kind !== 'secret')
      continue;
    redacted += `${text.slice(copied, found.index)}${quote}${take()}${quote}`;
    copied = VALUE_BEHIND.lastIndex;
    SIGN.lastIndex = copied;
  }
  return redacted + text.slice(copied);
}

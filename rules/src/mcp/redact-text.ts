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

/** `NAME=value`, `"name": "value"`, `name: value`. */
const NAMED = /(["']?)([A-Za-z][\w.-]{1,80})\1(\s*[=:]\s*)(["']?)([^\s"',;{}[\]]{4,4096})\4/g;

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
  const redacted = text
    .replace(PRIVATE_KEY, take)
    .replace(URL_PASSWORD, (whole, before: string, password: string) =>
      isHarmless(password) ? whole : `${before}${take()}@`,
    )
    .replace(NAMED, (whole, quote: string, name: string, ...rest: string[]) => {
      const [sign = '', valueQuote = '', value = ''] = rest;
      if (value.startsWith(REDACTED.slice(0, 9)) || looksSecret(name, value).kind !== 'secret')
        return whole;
      return `${quote}${name}${quote}${sign}${valueQuote}${take()}${valueQuote}`;
    })
    .replace(WORD, (word) => {
      // A sentence may end behind it.
      const bare = word.replace(/[.=/+-]+$/, '');
      const found = [word, bare].find((one) => looksSecret('', one).kind === 'secret');
      return found === undefined ? word : take() + word.slice(found.length);
    });
  return { text: redacted, count };
}

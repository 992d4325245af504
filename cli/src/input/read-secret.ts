/** Reads a secret: whatever is piped in, or what is typed without being shown. */

import { UsageError } from '../exit-code.ts';
import { printText } from '../output/print.ts';

/** Longest secret that is taken, in characters. */
const MAX_SECRET_LENGTH = 8192;

const ENTER = /[\r\n\u0004]/;
const INTERRUPT = '\u0003';
const ERASE = /[\b\u007f]/;

/**
 * Reads one secret. The line end that follows it is not part of it.
 * @throws UsageError when nothing comes, too much, or the person interrupts
 */
export async function readSecret(prompt: string): Promise<string> {
  const secret = (process.stdin.isTTY ? await readTyped(prompt) : await readPiped()).trim();
  if (secret === '') throw new UsageError('nothing was read from standard input');
  if (secret.length > MAX_SECRET_LENGTH) throw new UsageError('what was read is too long');
  return secret;
}

async function readPiped(): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.length > MAX_SECRET_LENGTH * 2) throw new UsageError('what was read is too long');
  }
  return text;
}

/** Raw mode: the terminal shows nothing and leaves every key to us. */
async function readTyped(prompt: string): Promise<string> {
  printText(prompt);
  process.stdin.setRawMode(true);
  process.stdin.setEncoding('utf8');
  let typed = '';
  try {
    for await (const chunk of process.stdin.iterator({ destroyOnReturn: false })) {
      for (const key of String(chunk)) {
        if (key === INTERRUPT) throw new UsageError('interrupted');
        if (ENTER.test(key)) return typed;
        typed = ERASE.test(key) ? typed.slice(0, -1) : typed + key;
      }
    }
    return typed;
  } finally {
    process.stdin.setRawMode(false);
    process.stdin.pause();
    printText('\n');
  }
}

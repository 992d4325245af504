/** Reads a secret: whatever is piped in, or what is typed without being shown. */

import { UsageError } from '../exit-code.ts';
import { printText } from '../output/print.ts';

/** Longest secret that is taken by default, in characters. */
const MAX_SECRET_LENGTH = 8192;

/** Bytes of one character at most (UTF-8). */
const MAX_CHARACTER_BYTES = 4;

const ENTER = /[\r\n\u0004]/;
const INTERRUPT = '\u0003';
const ERASE = /[\b\u007f]/;

/** What is read. */
export interface ReadSecretOptions {
  /** Keep blanks and line ends that belong to it; only the one line end after it goes. Default false. */
  readonly exact?: boolean;
  /** In characters. */
  readonly maxLength?: number;
}

/**
 * Reads one secret. The line end that follows it is not part of it.
 * @throws UsageError when nothing comes, too much, something that is not text, or the person interrupts
 */
export async function readSecret(prompt: string, options: ReadSecretOptions = {}): Promise<string> {
  const { exact = false, maxLength = MAX_SECRET_LENGTH } = options;
  const read = process.stdin.isTTY ? await readTyped(prompt) : await readPiped(maxLength);
  const secret = exact ? read.replace(/\r?\n$/, '') : read.trim();
  if (secret === '') throw new UsageError('nothing was read from standard input');
  if (secret.length > maxLength) throw tooLong();
  if (secret.includes('\0')) throw notText();
  return secret;
}

async function readPiped(maxLength: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > (maxLength + 2) * MAX_CHARACTER_BYTES) throw tooLong();
  }
  return toText(Buffer.concat(chunks));
}

/** A byte that is no text would come back as another one. */
function toText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw notText();
  }
}

function tooLong(): UsageError {
  return new UsageError('what was read is too long');
}

function notText(): UsageError {
  return new UsageError('what was read is not text', 'encode bytes first, as base64 for one');
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

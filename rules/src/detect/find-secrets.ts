/** Finds the secrets of a text that is at hand as a whole. */

import { findFileSecrets } from './credential-files.ts';
import { fileKindOf, isTrial } from './file-kind.ts';
import type { TextSource } from './match.ts';
import { SecretScanner } from './secret-scanner.ts';
import type { Sighting } from './secret-scanner.ts';

/** Where a text comes from. */
export interface TextOrigin {
  /** Divided by `/`; empty for text that is in no file. */
  readonly path: string;
  /** No text: only tokens are looked for. */
  readonly binary?: boolean;
}

/** Judges a text by its path. */
export function toTextSource({ path, binary = false }: TextOrigin): TextSource {
  const kind = path === '' ? 'unknown' : fileKindOf(path);
  return { path, kind, trial: path !== '' && isTrial(path, kind), binary };
}

/** Everything that is found, in order, no two over each other. */
export function findSecrets(bytes: Uint8Array, origin: TextOrigin): readonly Sighting[] {
  const source = toTextSource(origin);
  const found: Sighting[] = [];
  const scanner = new SecretScanner({ source, onSighting: (sighting) => found.push(sighting) });
  scanner.push(bytes);
  scanner.end();
  const more = source.binary ? [] : findFileSecrets(bytes, source, found);
  return more.length === 0
    ? found
    : [...found, ...more].sort((one, other) => one.start - other.start);
}

/** What the finders of this room are given and what they answer. */

import type { FileKind } from './file-kind.ts';
import type { ByteView } from './match-shape.ts';
import type { SecretKind, Tier } from './secret-kind.ts';

/** Where a text comes from. */
export interface TextSource {
  /** Divided by `/`; empty for text that is in no file. */
  readonly path: string;
  readonly kind: FileKind;
  /** Finds that are more often examples than secrets are only warned of. */
  readonly trial: boolean;
  /** No text: only tokens are looked for. */
  readonly binary: boolean;
}

/** A secret where it stands; offsets are those of the view. */
export interface Match {
  readonly kind: SecretKind;
  readonly tier: Tier;
  readonly start: number;
  readonly end: number;
  /** Why it counts: a sentence without any part of the value. */
  readonly why: string;
  /** Of two that overlap the higher one is right. */
  readonly weight: number;
  /** The name it was given, where it was given one. */
  readonly name: string | null;
}

/** `more`: the bytes at hand end where the answer would be. */
export type Found = Match | 'more' | null;

/** How far back any finder looks from the literal that called it. */
export const MAX_LOOK_BACK = 256;

/** Weights: what is known by its own shape is told most exactly. */
export const WEIGHT = { token: 4, structure: 3, named: 2, generic: 1 } as const;

/** Bytes as text, each as one character. Whoever judges values looks at ASCII only. */
export function textOf({ bytes }: ByteView, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, Math.max(0, to - from)).toString(
    'latin1',
  );
}

/** The tier of a find in a file that holds more examples than secrets. */
export function tierIn(source: TextSource, tier: Tier): Tier {
  return source.trial ? 'warn' : tier;
}

/** One program with its arguments, as a line would start it, and what looking at it may lead to. */

import type { ToolDeed } from '../facts/tool-deed.ts';
import { lastName } from './place.ts';
import type { Ground, Scope } from './scope.ts';
import type { Value } from './value.ts';

/** What a program reads where it reads what is typed. `text` may have gaps. */
export type Stdin =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unknown'; readonly from: string };

export const NO_STDIN: Stdin = { kind: 'none' };

/** A program that would be started. */
export interface Invocation {
  /** Its name without folders. */
  readonly program: string;
  /** As it was written. */
  readonly name: Value;
  readonly args: readonly Value[];
  readonly stdin: Stdin;
  readonly scope: Scope;
}

/** What comes of looking at an invocation. */
export type Step =
  /** Something that somebody should know of. */
  | { readonly kind: 'finding'; readonly deed: ToolDeed; readonly what: string }
  /** It starts this program. */
  | {
      readonly kind: 'argv';
      readonly argv: readonly Value[];
      readonly by: string;
      readonly ground?: Ground;
    }
  /** It has a shell run this text. */
  | {
      readonly kind: 'script';
      readonly text: string;
      readonly by: string;
      readonly ground?: Ground;
      /** In this very shell: what it sets stays. */
      readonly same?: true;
    };

/** A finding as a step. */
export function finding(deed: ToolDeed, what: string): Step {
  return { kind: 'finding', deed, what };
}

/** The name a program is known by: no folders, no version of Windows, `python3.12` as `python`. */
export function toProgramName(text: string): string {
  const name = lastName(text)
    .toLowerCase()
    .replace(/\.exe$/, '');
  return /^(?:python|pip|node|ruby|php|perl)[\d.]+$/.test(name)
    ? name.replace(/[\d.]+$/, '')
    : name;
}

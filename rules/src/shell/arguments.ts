/** The arguments of a program as options and operands. */

import { isKnown } from './value.ts';
import type { Value } from './value.ts';

/** Arguments taken apart. */
export interface SplitArguments {
  readonly operands: readonly Value[];
  /** `--force`, `-f` out of `-fdx`, and every option as it was written: `-auto-approve`. */
  readonly flags: ReadonlySet<string>;
  /** Values of the options that take one. */
  readonly options: ReadonlyMap<string, readonly Value[]>;
  /** An argument is not known, so an option may be missing here. */
  readonly unsure: boolean;
}

/**
 * Takes arguments apart.
 * @param valued options that take the next argument as their value
 */
export function splitArguments(args: readonly Value[], valued: readonly string[]): SplitArguments {
  const operands: Value[] = [];
  const flags = new Set<string>();
  const options = new Map<string, Value[]>();
  const keep = (name: string, value: Value): void => {
    options.set(name, [...(options.get(name) ?? []), value]);
  };
  let ended = false;
  for (let at = 0; at < args.length; at += 1) {
    const value = args[at];
    if (value === undefined) break;
    const { text } = value;
    if (ended || !/^-./.test(text)) {
      operands.push(value);
      continue;
    }
    if (text === '--') {
      ended = true;
      flags.add('--');
      continue;
    }
    const [name, inline] = splitInline(text);
    addFlags(flags, name);
    if (inline !== null) keep(name, { ...value, text: inline });
    else if (valued.includes(name)) {
      const next = args[at + 1];
      if (next !== undefined) keep(name, next);
      at += 1;
    }
  }
  return { operands, flags, options, unsure: args.some((value) => !isKnown(value)) };
}

function splitInline(text: string): readonly [string, string | null] {
  const at = text.indexOf('=');
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}

function addFlags(flags: Set<string>, name: string): void {
  flags.add(name);
  if (name.startsWith('--')) return;
  for (const letter of name.slice(1)) flags.add(`-${letter}`);
}

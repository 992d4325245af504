/** An option that may be given more than once: its texts, in order. */

import { Option } from 'commander';

/** Makes the option. */
export function repeated(flags: string, description: string): Option {
  const gather = (name: string, earlier: readonly string[] | undefined): readonly string[] => [
    ...(earlier ?? []),
    name,
  ];
  return new Option(flags, description).argParser<readonly string[]>(gather);
}

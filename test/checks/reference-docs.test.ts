/** The reference pages name every rule, command and option that exists. Prose is left to people. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILT_IN_RULES } from '@agentguard/rules';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(join(ROOT, 'docs/reference', name), 'utf8');

/** What `agentguard ... --help` prints. It starts no daemon. */
function help(command: readonly string[]): string {
  return execFileSync(process.execPath, [join(ROOT, 'cli/src/main.ts'), ...command, '--help'], {
    encoding: 'utf8',
  });
}

function commandsIn(text: string): readonly string[] {
  const list = text.split('\nCommands:\n')[1] ?? '';
  const names = [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map((match) => match[1]!);
  return names.filter((name) => name !== 'help');
}

/** Every command with what its help prints, nouns before their verbs. */
function walk(command: readonly string[] = []): readonly { name: string; text: string }[] {
  const text = help(command);
  const below = commandsIn(text).flatMap((name) => walk([...command, name]));
  return [{ name: command.join(' '), text }, ...below];
}

test('the page of the policy names every built-in rule, and no other', () => {
  const named = [...read('policy.md').matchAll(/^\| `(builtin\/[a-z-]+)` +\|/gm)].map(
    (match) => match[1]!,
  );
  expect(new Set(named)).toEqual(new Set(BUILT_IN_RULES.map(({ id }) => id)));
});

describe('the page of the commands', () => {
  const commands = walk();
  const page = read('cli.md');

  test('there are commands to compare', () => {
    expect(commands.map(({ name }) => name)).toContain('audit verify');
  });

  test.each(commands.filter(({ name }) => name !== ''))(
    'names `$name` and its options',
    (found) => {
      expect(page).toContain(found.name);
      const options = [...found.text.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(
        (match) => match[1]!,
      );
      expect(options.filter((option) => !page.includes(option))).toEqual([]);
    },
  );
});

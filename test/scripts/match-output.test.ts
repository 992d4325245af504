import { expect, test } from 'vitest';
import { fillWords, matchOutput } from './match-output.ts';
import { parseScript } from './parse-script.ts';

test.each([
  [[], '', true],
  [[], 'x\n', false],
  [['x'], '', false],
  [['x'], 'x\n', true],
  [['a.c'], 'abc\n', false],
  [['a {{*}} c'], 'a b b c\n', true],
  [['...'], 'a\nb\n', true],
  [['...', 'b'], 'a\nb\n', true],
  [['...', 'b'], 'a\nc\n', false],
  [['{{id}} and {{id}}'], '7 and 7\n', true],
  [['{{id}}', '{{id}}'], '7\n8\n', false],
])('%o fits %o: %s', (expected, output, fits) => {
  expect(matchOutput(expected, output, new Map())).toBe(fits);
});

test('a word is kept only when everything fits', () => {
  const words = new Map<string, string>();
  expect(matchOutput(['{{id}}', 'x'], '7\ny\n', words)).toBe(false);
  expect(words.size).toBe(0);
  expect(matchOutput(['{{id}}'], '7\n', words)).toBe(true);
  expect(fillWords('show {{id}} {{other}}', words)).toBe('show 7 {{other}}');
});

test('a script is a title, commands and files', () => {
  const script = parseScript(
    '# title\n@ postgres\n\n$ tty a b\n< i\n> o\n! e\n? 3\n& c\n-- f --\nx\n',
  );
  expect(script).toMatchObject({ title: 'title', needsPostgres: true });
  expect(script.commands).toEqual([
    {
      kind: 'run',
      terminal: true,
      command: 'a b',
      stdin: ['i'],
      stdout: ['o'],
      stderr: ['e'],
      code: 3,
      line: 4,
    },
    {
      kind: 'background',
      terminal: false,
      command: 'c',
      stdin: [],
      stdout: [],
      stderr: [],
      code: 0,
      line: 9,
    },
  ]);
  expect([...script.files]).toEqual([['f', 'x\n']]);
  expect(() => parseScript('# t\n> early\n')).toThrow(/line 2/);
});

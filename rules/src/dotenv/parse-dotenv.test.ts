import { parse } from 'dotenv';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCommentedEntries } from './commented-entries.ts';
import type { DotenvDocument } from './dotenv-document.ts';
import { printDotenv, toVariables } from './dotenv-document.ts';
import { MAX_DOTENV_CHARACTERS, parseDotenv } from './parse-dotenv.ts';
import { replaceValues } from './replace-values.ts';

function read(text: string): DotenvDocument {
  const parsed = parseDotenv(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.document;
}

/** Texts that people write, and texts that nobody would. */
const WRITTEN: readonly string[] = [
  '',
  'A=1',
  'A=1\nB=2\n',
  'A=1\r\nB=2\r\n',
  'A=1\rB=2\r',
  'A=1\nB=2\r\nC=3\rD=4',
  '\uFEFFA=1\n',
  'export A=1\n  export   B = 2',
  'export=1\nexport =2\nexport\nA=1',
  'A = "two words" # why\nB=\'one # two\'\nC=`a "b" \'c\'`',
  'A=x#y\nB=x #y\nC=#y\nD="x#y"#z',
  'A="line 1\nline 2"\nB=`x\r\ny`\nC=\'a\n# b\n\'',
  'A="\\n \\r \\t \\\\n"\nB=\'\\n\'',
  'A="a \\" b"\nB="c:\\dir\\"\nC=1',
  "A='it\\'s'\nB='x",
  'A="unfinished\nB=2',
  'A="a" "b"\nB="a" b\nC=a "b"',
  'A=\n"next line"\nB=2',
  'A=\nB=2',
  'A\n=\n1\nB=2',
  'A: 1\nB:2\nC:\n3\nD :4\nE:\r\nF=1',
  'A=1\nA=2\nA=',
  'A.B-c_1=1\n-x=2\n.=3\n=4\n é=5',
  'garbage\nA=1\nmore garbage # x\n# B=2\n#C',
  'A=${B}\nB=$C\nC=\\$D',
  'A=\u00a0x\u00a0\nB=\u00a0"y"\u00a0',
  'A="\nB=\'\nC=`\n',
  'A=""\nB=\'\'\nC=``\nD="',
  'JSON={"a": "b", "c": [1]}',
  'A=\\\nB=1',
  'URL=postgres://u:p@h:5432/d?sslmode=require&x=%20',
];

/** Short pieces whose orders make the odd cases. */
const pieces = fc.array(
  fc.constantFrom(
    ...['A', 'B', 'export', ' ', '\t', '=', ':', '"', "'", '`', '\\', '#', '\n', '\r\n', '\r'],
    ...[
      'x',
      'n',
      '${A}',
      '\uFEFF',
      '\u00a0',
      'é',
      '😀',
      '-',
      '.',
      'A=',
      'B="',
      "\nC='",
      '\\"',
      '"\n',
    ],
  ),
  { maxLength: 40 },
);
const text = fc.oneof(
  pieces.map((list) => list.join('')),
  fc.string({ unit: 'binary', maxLength: 60 }).filter((it) => !/[\0\u2028\u2029]/.test(it)),
);

function others(document: DotenvDocument, at: number): readonly (readonly string[])[] {
  return document.entries.filter((_, index) => index !== at).map(({ key, value }) => [key, value]);
}

describe('the text of a .env file', () => {
  test.each(WRITTEN)('reads as dotenv reads it: %j', (written) => {
    expect(Object.fromEntries(toVariables(read(written)))).toEqual({ ...parse(written) });
  });

  test('reads as dotenv reads it, whatever it is', () => {
    fc.assert(
      fc.property(text, (written) => {
        const variables = toVariables(read(written));
        const wanted = new Map(Object.entries(parse(written)));
        expect(new Map(variables)).toEqual(wanted);
      }),
      { numRuns: 20_000 },
    );
  }, 60_000);

  test('is printed as it was, whatever it is', () => {
    fc.assert(
      fc.property(text, (written) => {
        expect(printDotenv(read(written))).toBe(written);
      }),
      { numRuns: 5000 },
    );
  });

  test('changes nothing but the value that is replaced, and back gives the same bytes', () => {
    let refused = 0;
    fc.assert(
      fc.property(text, fc.nat(), (written, choice) => {
        const before = read(written);
        const entry = before.entries[choice % Math.max(before.entries.length, 1)];
        fc.pre(entry !== undefined && entry.raw !== '' && !entry.hashTouches);
        const value = 'agentguard:x';
        const replaced = replaceValues(before, [{ entry, raw: value, value }]);
        if (!replaced.ok) {
          // Only a text with quotes that do not pair up is refused.
          expect(written).toMatch(/["'`]/);
          refused += 1;
          return;
        }
        const at = before.entries.indexOf(entry);
        expect(replaced.document.entries[at]).toMatchObject({ key: entry.key, value });
        expect(others(replaced.document, at)).toEqual(others(before, at));
        expect(replaced.text.slice(0, entry.start)).toBe(written.slice(0, entry.start));
        const moved = replaced.document.entries[at]!;
        const back = replaceValues(replaced.document, [
          { entry: moved, raw: entry.raw, value: entry.value },
        ]);
        expect(back).toMatchObject({ ok: true, text: written });
      }),
      { numRuns: 5000 },
    );
    expect(refused).toBeLessThan(1000);
  });

  test.each([
    ['a binary file', 'A=1\0', 'it is not a text file'],
    ['line ends of its own kind', 'A=1\u2028B=2', /line ends/],
    ['more than a person writes', 'x'.repeat(MAX_DOTENV_CHARACTERS + 1), 'it is larger than 1 MiB'],
  ])('is refused when it is %s', (_name, written, problem) => {
    const parsed = parseDotenv(written);
    expect(parsed.ok ? '' : parsed.problem).toMatch(problem);
  });

  test.each([
    ['escaped quotes', "A='".padEnd(MAX_DOTENV_CHARACTERS, "\\'")],
    ['open quotes', 'A="x\'\n'.repeat(MAX_DOTENV_CHARACTERS / 6)],
    ['comments', '# A=1\n'.repeat(20_000)],
    ['spaces', ' '.repeat(MAX_DOTENV_CHARACTERS)],
  ])(
    'of the largest size and made of %s is read within seconds',
    (_name, written) => {
      const started = performance.now();
      readCommentedEntries(read(written));
      expect(performance.now() - started).toBeLessThan(5000);
    },
    30_000,
  );

  test('says where each value stands', () => {
    const { entries } = read('# top\nexport A="1 2" # x\n\nB=3#4\n');
    expect(entries).toEqual([
      {
        key: 'A',
        value: '1 2',
        raw: '1 2',
        quote: '"',
        start: 16,
        end: 19,
        line: 2,
        exported: true,
        hashTouches: false,
      },
      expect.objectContaining({ key: 'B', value: '3', line: 4, hashTouches: true }),
    ]);
  });
});

describe('an assignment that is commented out', () => {
  test('is found where it stands', () => {
    const written = 'A=1\r\n  ## export B="x y"\r\n# only words\r\n#C=2';
    const found = readCommentedEntries(read(written));
    expect(found.map(({ key, value, line }) => [key, value, line])).toEqual([
      ['B', 'x y', 2],
      ['C', '2', 4],
    ]);
    for (const { start, end, raw } of found) expect(written.slice(start, end)).toBe(raw);
  });

  test('is none inside a multi-line value', () => {
    expect(readCommentedEntries(read('A="\n# B=1\n"'))).toEqual([]);
  });
});

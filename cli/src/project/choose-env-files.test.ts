import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readEnvVariables } from './choose-env-files.ts';
import type { EnvVariables } from './choose-env-files.ts';
import { findReferences, refuseForeign, referencesOf, toRealValues } from './real-values.ts';
import { SecretText } from './secret-text.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'env-files-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function lay(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const read = (mode: string | null, named: readonly string[] = []): EnvVariables =>
  readEnvVariables({ folder, root: folder, named, mode });

const ONE = 'A=agentguard:one';
const TWO = 'A=agentguard:two';

describe('the file that counts', () => {
  test.each<[string, Readonly<Record<string, string>>, string | null, string | undefined]>([
    ['is .env', { '.env': ONE }, null, 'agentguard:one'],
    ['is .env.local over .env', { '.env': ONE, '.env.local': TWO }, null, 'agentguard:two'],
    [
      'is the plain value over a reference',
      { '.env': ONE, '.env.local': 'A=plain' },
      null,
      'plain',
    ],
    ['is that of the mode', { '.env': ONE, '.env.test': TWO }, 'test', 'agentguard:two'],
    [
      'is not that of another mode',
      { '.env': ONE, '.env.test': TWO },
      'production',
      'agentguard:one',
    ],
    [
      'is the local one of the mode',
      { '.env.production': ONE, '.env.production.local': TWO },
      'production',
      'agentguard:two',
    ],
    [
      'leaves .env.local out of tests',
      { '.env': ONE, '.env.local': TWO },
      'test',
      'agentguard:one',
    ],
    ['is none of a mode without one', { '.env.test': ONE }, null, undefined],
    ['is any when they agree', { '.env': ONE, '.env.test': ONE }, null, 'agentguard:one'],
    ['is no example', { '.env': ONE, '.env.example': TWO }, null, 'agentguard:one'],
    ['is the last of a key', { '.env': `${ONE}\n${TWO}` }, null, 'agentguard:two'],
  ])('%s', (_name, files, mode, value) => {
    lay(files);
    const { settled, unsure } = read(mode);
    expect(settled.get('A')).toBe(value);
    expect(unsure).toEqual([]);
  });

  test.each<[string, Readonly<Record<string, string>>, string | null, readonly string[]]>([
    ['without a mode', { '.env': ONE, '.env.test': TWO }, null, ['.env', '.env.test']],
    [
      'of one rank',
      { '.env.local': ONE, '.env.production': TWO },
      'production',
      ['.env.local', '.env.production'],
    ],
    ['of which one is plain', { '.env': ONE, '.env.test': 'A=plain' }, null, ['.env', '.env.test']],
  ])('is not guessed between two %s', (_name, files, mode, names) => {
    lay(files);
    const { settled, unsure } = read(mode);
    expect(settled.has('A')).toBe(false);
    expect(unsure).toEqual([{ name: 'A', files: names }]);
  });

  test('does not matter where no reference is in question', () => {
    lay({ '.env': 'A=1', '.env.test': 'A=2' });
    expect(read(null).unsure).toEqual([]);
  });

  test('is the one that is named, the last first', () => {
    lay({ 'a.env': `${ONE}\nB=1`, '.env.b': TWO });
    expect([...read(null, ['a.env', '.env.b']).settled]).toEqual([
      ['A', 'agentguard:two'],
      ['B', '1'],
    ]);
    expect(() => read(null, ['none'])).toThrow('there is no file `none`');
  });

  test('is that of the nearest folder, and of none above the project', () => {
    lay({ '.env': ONE, 'apps/web/src/x': '', 'apps/api/.env': TWO });
    const at = (below: string, root: string | null): string | undefined =>
      readEnvVariables({ folder: join(folder, below), root, named: [], mode: null }).settled.get(
        'A',
      );
    expect(at('apps/web/src', folder)).toBe('agentguard:one');
    expect(at('apps/api', folder)).toBe('agentguard:two');
    expect(at('apps/web/src', join(folder, 'apps'))).toBeUndefined();
    expect(at('apps/web/src', null)).toBeUndefined();
  });

  test('that is not read and names something is said', () => {
    lay({ '.env': 'B=1', '.env.test': ONE });
    expect(read(null).unread).toEqual(['.env.test']);
  });
});

describe('real values (P-62)', () => {
  const files = new Map([
    ['A', 'agentguard:one'],
    ['B', 'Bearer agentguard:one'],
    ['D', 'postgresql+x://u:agentguard-placeholder@127.0.0.1:1/shop?schema=s'],
    ['P', 'plain'],
  ]);
  const own = [
    { kind: 'secret', name: 'one' },
    { kind: 'resource', name: 'shop' },
  ] as const;

  test('take the place of references, and of nothing else', () => {
    const variables = findReferences(files, { A: 'of the shell', C: 'agentguard:one' });
    expect(referencesOf(variables)).toHaveLength(2);
    refuseForeign(variables, own, []);
    const revealed = new Map([
      ['secret one', new SecretText('real $1 $& value')],
      ['resource shop', new SecretText(['postgres:', '', 'u:p$&w@h/d'].join('/'))],
    ]);
    expect(toRealValues(variables, revealed)).toEqual({
      B: 'Bearer real $1 $& value',
      C: 'real $1 $& value',
      D: ['postgresql+x:', '', 'u:p$&w@h/d?schema=s'].join('/'),
    });
  });

  test.each([
    ['a secret of another project', 'agentguard:other'],
    ['a database of another project', 'postgres://u:agentguard-placeholder@127.0.0.1:1/other'],
  ])('are refused for %s, unless a person says its name', (_name, value) => {
    const variables = findReferences(new Map([['A', value]]), {});
    expect(() => refuseForeign(variables, own, [])).toThrow('asks for `other`');
    expect(() => refuseForeign(variables, own, ['other'])).not.toThrow();
  });
});

import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PanicSwitch } from './panic-switch.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'panic-'));
  path = join(folder, 'panic.json');
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

describe('the emergency stop (P-41)', () => {
  test('is not pressed at first, and holds for the next start once it is', () => {
    const first = new PanicSwitch(path);
    expect(first.panic).toBeNull();
    first.press({ since: 5, by: 'ana' });
    expect(first.panic).toEqual({ since: 5, by: 'ana' });
    expect(new PanicSwitch(path).panic).toEqual({ since: 5, by: 'ana' });
  });

  test('is released once, and for the next start too', () => {
    const first = new PanicSwitch(path);
    first.press({ since: 5, by: 'ana' });
    expect(first.release()).toBe(true);
    expect(first.panic).toBeNull();
    expect(first.release()).toBe(false);
    expect(existsSync(path)).toBe(false);
    expect(new PanicSwitch(path).panic).toBeNull();
  });

  test.each(['', '{', '{"since":-1,"by":"ana"}', 'null', '{"since":1}'])(
    'counts as pressed when its file says %j',
    (text) => {
      writeFileSync(path, text);
      expect(new PanicSwitch(path).panic).toEqual({ since: 0, by: 'unknown' });
    },
  );

  test('holds in memory when it cannot be written, and says so', () => {
    const inNoFolder = new PanicSwitch(join(folder, 'missing', 'panic.json'));
    expect(() => inNoFolder.press({ since: 5, by: 'ana' })).toThrow(/the stop holds/);
    expect(inNoFolder.panic).toEqual({ since: 5, by: 'ana' });
  });

  test('stays pressed when its file cannot be removed', () => {
    mkdirSync(path);
    writeFileSync(join(path, 'in-the-way'), '');
    const stuck = new PanicSwitch(path);
    expect(stuck.panic).not.toBeNull();
    expect(() => stuck.release()).toThrow(/stays stopped/);
    expect(stuck.panic).not.toBeNull();
  });
});

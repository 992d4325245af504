import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Profile } from './profile.ts';
import { watchForbidden } from './watch-forbidden.ts';

let base: string;
let shop: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'watch-')));
  shop = join(base, 'shop');
  mkdirSync(shop);
});

afterEach(() => {
  rmSync(base, { recursive: true, force: true });
});

function profile(names: readonly string[], link: string | null = null): Profile {
  return {
    workspace: shop,
    rules: [{ path: shop, access: 'writable' }],
    forbidden: names.map((name) => ({
      path: join(shop, name),
      link,
      mayBeRepository: name.endsWith('.git'),
    })),
  };
}

describe.runIf(process.platform === 'linux')('what must not be there (P-52)', () => {
  test('is set aside while the command still runs', async () => {
    const watching = watchForbidden(profile(['.mcp.json', '.vscode']));
    writeFileSync(join(shop, '.mcp.json'), 'planted');
    mkdirSync(join(shop, '.vscode'));
    await expect.poll(() => existsSync(join(shop, '.mcp.json'))).toBe(false);
    await expect.poll(() => existsSync(join(shop, '.vscode'))).toBe(false);
    expect(readFileSync(join(shop, '.mcp.json.set-aside-1'), 'utf8')).toBe('planted');
    expect(watching.end()).toHaveLength(2);
  });

  test('is set aside at the end at the latest, below folders that came later too', () => {
    const watching = watchForbidden(profile(['.github/hooks']));
    mkdirSync(join(shop, '.github/hooks'), { recursive: true });
    writeFileSync(join(shop, '.github/other'), 'x');
    expect(watching.end()).toEqual([
      { path: join(shop, '.github/hooks'), to: join(shop, '.github/hooks.set-aside-1') },
    ]);
    expect(existsSync(join(shop, '.github/other'))).toBe(true);
  });

  test('is not hidden by a name that is taken', () => {
    const watching = watchForbidden(profile(['.mcp.json']));
    writeFileSync(join(shop, '.mcp.json.set-aside-1'), 'x');
    writeFileSync(join(shop, '.mcp.json'), 'planted');
    expect(watching.end().map(({ to }) => to)).toEqual([join(shop, '.mcp.json.set-aside-2')]);
  });

  test('is a link too, and nothing behind it is touched', () => {
    mkdirSync(join(base, 'other/hooks'), { recursive: true });
    const watching = watchForbidden(profile(['.github/hooks']));
    symlinkSync(join(base, 'other'), join(shop, '.github'));
    expect(watching.end().map(({ path }) => path)).toEqual([join(shop, '.github')]);
    expect(existsSync(join(base, 'other/hooks'))).toBe(true);
  });

  test('a link of the person stays, and comes back when it was exchanged', () => {
    symlinkSync('../settings', join(shop, '.vscode'));
    const untouched = watchForbidden(profile(['.vscode'], '../settings'));
    expect(untouched.end()).toEqual([]);
    const watching = watchForbidden(profile(['.vscode'], '../settings'));
    rmSync(join(shop, '.vscode'));
    mkdirSync(join(shop, '.vscode'));
    expect(watching.end()).toHaveLength(1);
    expect(lstatSync(join(shop, '.vscode')).isSymbolicLink()).toBe(true);
    expect(readlinkSync(join(shop, '.vscode'))).toBe('../settings');
  });

  test('a new repository stays until it would run something', async () => {
    const watching = watchForbidden(profile(['.git', 'lib/.git']));
    mkdirSync(join(shop, '.git/hooks'), { recursive: true });
    writeFileSync(join(shop, '.git/config'), '[core]\n\tbare = false\n');
    mkdirSync(join(shop, 'lib/.git'), { recursive: true });
    writeFileSync(join(shop, 'lib/.git/config'), '[core]\n\tfsmonitor = evil\n');
    mkdirSync(join(shop, 'new/.git'), { recursive: true });
    writeFileSync(join(shop, 'new/.git/config'), '[core]\n\tpager = evil\n');
    expect(watching.end().map(({ path }) => path)).toEqual([
      join(shop, 'lib/.git'),
      join(shop, 'new/.git'),
    ]);
    const later = watchForbidden(profile(['.git']));
    writeFileSync(join(shop, '.git/config'), '[core]\n\tfsmonitor = evil\n');
    await expect.poll(() => existsSync(join(shop, '.git'))).toBe(false);
    later.end();
  });

  test('what has another name stays', () => {
    const watching = watchForbidden(profile(['.mcp.json']));
    writeFileSync(join(shop, 'mcp.json'), 'x');
    expect(watching.end()).toEqual([]);
    expect(existsSync(join(shop, 'mcp.json'))).toBe(true);
  });
});

import { describe, expect, test } from 'vitest';
import type { Profile } from './profile.ts';
import { toSeatbeltProfile } from './seatbelt-profile.ts';

const SHOP = '/Users/ana/shop';

const PROFILE: Profile = {
  workspace: SHOP,
  rules: [
    { path: '/Users/ana', access: 'carved', maxBytes: 1, entries: [] },
    { path: '/Users/ana/.ssh', access: 'hidden', kind: 'folder' },
    { path: SHOP, access: 'writable' },
    { path: `${SHOP}/.git/config`, access: 'read-only' },
    { path: '/Users/ana/odd "name\\', access: 'hidden', kind: 'file' },
  ],
  forbidden: [{ path: `${SHOP}/.mcp.json`, link: null, mayBeRepository: false }],
};

const text = toSeatbeltProfile(PROFILE, [{ host: '127.0.0.1', port: 6543 }]);
const lines = text.split('\n');
const place = (line: string): number => lines.indexOf(line);

describe('the text for macOS, which nobody has run', () => {
  test('closes the network, and opens the ports of the guard', () => {
    expect(place('(deny network*)')).toBeGreaterThan(0);
    expect(lines.filter((line) => line.includes('network-outbound'))).toEqual([
      '(allow network-outbound (remote ip "localhost:6543"))',
    ]);
  });

  test('says of each path the last what is deepest', () => {
    const order = [
      '(deny file-write*)',
      '(deny file-write* (subpath "/Users/ana"))',
      `(allow file-read* file-write* (subpath "${SHOP}"))`,
      `(deny file-write* (subpath "${SHOP}/.git/config"))`,
      `(deny file-write* (subpath "${SHOP}/.mcp.json"))`,
    ].map(place);
    expect(order).not.toContain(-1);
    expect(order).toEqual([...order].sort((one, other) => one - other));
  });

  test('hides what is hidden, and closes the services that keep keys', () => {
    expect(text).toContain('(deny file-read* file-write* (subpath "/Users/ana/.ssh"))');
    expect(text).toMatch(/\(deny mach-lookup .*"com\.apple\.SecurityServer"/);
  });

  test('keeps a name from ending its own quotes', () => {
    expect(text).toContain('(subpath "/Users/ana/odd \\"name\\\\")');
  });

  test('has as many opening as closing parentheses', () => {
    const bare = text.replaceAll(/"(?:\\.|[^"\\])*"/g, '');
    expect(bare.split('(').length).toBe(bare.split(')').length);
  });
});

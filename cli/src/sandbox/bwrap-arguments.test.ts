import { describe, expect, test } from 'vitest';
import { toBwrapArguments } from './bwrap-arguments.ts';
import type { PathRule } from './profile.ts';

function make(rules: readonly PathRule[]): { line: string; contents: readonly Buffer[] } {
  const { args, contents } = toBwrapArguments(
    { workspace: '/w', rules, forbidden: [] },
    { filter: Buffer.from('filter'), firstDescriptor: 4, workingFolder: '/w' },
  );
  return { line: args.join(' '), contents };
}

describe('arguments of bubblewrap', () => {
  test.each([
    '--unshare-net',
    '--unshare-pid',
    '--unshare-ipc',
    '--unshare-user-try',
    '--die-with-parent',
    '--cap-drop ALL',
    '--seccomp 4',
    '--ro-bind / /',
    '--ro-bind-try /proc/sys /proc/sys',
  ])('always hold %s (P-53)', (argument) => {
    expect(make([]).line).toContain(argument);
  });

  test('leave the terminal to the command', () => {
    expect(make([]).line).not.toContain('--new-session');
  });

  test('end before the program', () => {
    expect(make([]).line).toMatch(/--chdir \/w --$/);
  });

  test('hand contents over by descriptors, in their order, and never as an argument', () => {
    const { line, contents } = make([
      { path: '/h', access: 'carved', maxBytes: 9, entries: [] },
      { path: '/h/a', access: 'copied', content: 'token one' },
      { path: '/h/b', access: 'copied', content: 'token two' },
    ]);
    expect(line).toContain('--file 5 /h/a');
    expect(line).toContain('--file 6 /h/b');
    expect(contents.map(String)).toEqual(['filter', 'token one', 'token two']);
    expect(line).not.toContain('token');
  });

  test('leave out what a carved folder hides, and cover it elsewhere (P-51)', () => {
    const { line } = make([
      {
        path: '/h',
        access: 'carved',
        maxBytes: 9,
        entries: [
          { name: 'kept', kind: 'file', target: null },
          { name: 'link', kind: 'link', target: '../x' },
          { name: 'open', kind: 'folder', target: null },
        ],
      },
      { path: '/h/.ssh', access: 'hidden', kind: 'folder' },
      { path: '/h/open', access: 'writable' },
      { path: '/h/kept-too/.env', access: 'hidden', kind: 'file' },
      { path: '/srv/keys', access: 'hidden', kind: 'folder' },
    ]);
    expect(line).toContain('--tmpfs /h --ro-bind /h/kept /h/kept --symlink ../x /h/link');
    expect(line).not.toContain('.ssh');
    expect(line).toContain('--bind /h/open /h/open');
    expect(line).toContain('--ro-bind /dev/null /h/kept-too/.env');
    expect(line).toMatch(/--tmpfs \/srv\/keys .*--remount-ro \/srv\/keys/);
  });

  test('close hidden folders only when everything stands in its place', () => {
    const { line } = make([
      { path: '/home/bob', access: 'hidden', kind: 'folder' },
      { path: '/home/bob/shared', access: 'writable' },
    ]);
    expect(line.indexOf('--bind /home/bob/shared')).toBeLessThan(
      line.indexOf('--remount-ro /home/bob'),
    );
  });
});

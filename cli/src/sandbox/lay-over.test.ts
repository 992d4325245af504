import { describe, expect, test } from 'vitest';
import type { FileKind, FileView } from './file-view.ts';
import { layOver } from './lay-over.ts';
import type { Profile } from './profile.ts';

const FILE = { path: '/etc/agent/policy.json', content: '{}' };

function view(more: Readonly<Record<string, FileKind>> = {}): FileView {
  const kinds: Readonly<Record<string, FileKind>> = {
    '/etc': 'folder',
    '/etc/passwd': 'file',
    '/etc/mtab': 'link',
    '/etc/socket': 'other',
    ...more,
  };
  return {
    kindOf: (path) => kinds[path] ?? null,
    realPath: (path) => (path in kinds ? path : null),
    linkTarget: () => '../proc/mounts',
    textOf: () => null,
    entriesOf: (folder) =>
      Object.entries(kinds)
        .filter(([path]) => path.startsWith(`${folder}/`) && !path.slice(5).includes('/'))
        .map(([path, kind]) => ({ name: path.slice(folder.length + 1), kind })),
  };
}

const PROFILE: Profile = {
  workspace: '/home/ana/shop',
  rules: [{ path: '/home/ana/shop', access: 'writable' }],
  forbidden: [],
};

describe('a file that one session sees', () => {
  test('stands in its folder, beside everything that was there, and nothing can be added', () => {
    expect(layOver(PROFILE, [FILE], view()).rules).toEqual([
      {
        path: '/etc',
        access: 'carved',
        maxBytes: 1024 * 1024,
        closed: true,
        entries: [
          { name: 'passwd', kind: 'file', target: null },
          { name: 'mtab', kind: 'link', target: '../proc/mounts' },
        ],
      },
      { path: '/home/ana/shop', access: 'writable' },
      { ...FILE, access: 'laid' },
    ]);
  });

  test.each<[string, Profile, FileView]>([
    ['its folder is there already', PROFILE, view({ '/etc/agent': 'folder' })],
    [
      'the profile has its own word on the folder above',
      { ...PROFILE, rules: [{ path: '/etc', access: 'hidden', kind: 'folder' }] },
      view(),
    ],
  ])('is left out when %s', (_when, profile, seen) => {
    expect(layOver(profile, [FILE], seen)).toBe(profile);
  });
});

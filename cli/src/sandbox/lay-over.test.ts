import { describe, expect, test } from 'vitest';
import { memoryView } from './fixtures/memory-view.ts';
import type { Tree } from './fixtures/memory-view.ts';
import { layOver } from './lay-over.ts';
import type { Profile } from './profile.ts';

const FILE = { path: '/etc/agent/policy.json', content: '{}' };

const ETC: Tree = {
  '/etc/passwd': '',
  '/etc/mtab': '-> ../proc/mounts',
  '/etc/socket': '=',
};

const PROFILE: Profile = {
  workspace: '/home/ana/shop',
  rules: [{ path: '/home/ana/shop', access: 'writable' }],
  forbidden: [],
};

describe('a file that one session sees', () => {
  test('stands in its folder, beside everything that was there, and nothing can be added', () => {
    expect(layOver(PROFILE, [FILE], memoryView(ETC)).rules).toEqual([
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

  test.each<[string, Profile, Tree]>([
    ['its folder is there already', PROFILE, { ...ETC, '/etc/agent': null }],
    [
      'the profile has its own word on the folder above',
      { ...PROFILE, rules: [{ path: '/etc', access: 'hidden', kind: 'folder' }] },
      ETC,
    ],
  ])('is left out when %s', (_when, profile, tree) => {
    expect(layOver(profile, [FILE], memoryView(tree))).toBe(profile);
  });
});

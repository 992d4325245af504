import { describe, expect, test } from 'vitest';
import { memoryView } from './fixtures/memory-view.ts';
import { findWorkspace } from './workspace.ts';

const HOME = '/home/ana';
const VIEW = memoryView({
  [`${HOME}/code/shop/.git/HEAD`]: 'x',
  [`${HOME}/code/shop/apps/web`]: null,
  [`${HOME}/code/plain/sub`]: null,
  [`${HOME}/guard/state`]: null,
  '/workspace/.git/HEAD': 'x',
  '/etc/app': null,
});

function find(folder: string, home = HOME): string {
  const found = findWorkspace(folder, home, [`${HOME}/guard`], VIEW);
  return found.kind === 'found' ? found.path : found.why;
}

test.each([
  [`${HOME}/code/shop`, `${HOME}/code/shop`],
  [`${HOME}/code/shop/apps/web`, `${HOME}/code/shop`],
  [`${HOME}/code/plain/sub`, `${HOME}/code/plain/sub`],
  ['/workspace', '/workspace'],
  ['/srv/app', '/srv/app'],
  ['/tmp/x', '/tmp/x'],
])('from %s it is %s', (folder, workspace) => {
  expect(find(folder)).toBe(workspace);
});

describe('no project is', () => {
  test.each([HOME, '/home', '/', '/tmp', '/var/tmp', '/etc/app', '/usr', `${HOME}/guard/state`])(
    '%s',
    (folder) => {
      expect(find(folder)).toMatch(/^this /);
    },
  );

  test('a home folder that is a repository; a folder in it is one by itself', () => {
    const view = memoryView({ [`${HOME}/.git/HEAD`]: 'x', [`${HOME}/notes`]: null });
    expect(findWorkspace(`${HOME}/notes`, HOME, [], view)).toEqual({
      kind: 'found',
      path: `${HOME}/notes`,
    });
  });
});

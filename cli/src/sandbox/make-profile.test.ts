import { describe, expect, test } from 'vitest';
import { memoryView } from './fixtures/memory-view.ts';
import type { Tree } from './fixtures/memory-view.ts';
import { makeProfile } from './make-profile.ts';
import type { PathRule, Profile, Surroundings } from './profile.ts';

const HOME = '/home/ana';
const SHOP = `${HOME}/code/shop`;
const GUARD = `${HOME}/.local/state/agentguard`;

const AROUND: Surroundings = {
  home: HOME,
  workspace: SHOP,
  guardFolders: [GUARD],
  guardPrograms: [],
  cacheFolder: `${GUARD}/sandbox-cache`,
  foundSecrets: [],
  programFolders: [],
  runtimeFolder: null,
  temporaryBytes: 1000,
};

function profileOf(tree: Tree, around: Partial<Surroundings> = {}): Profile {
  const base: Tree = { '/tmp': null, '/run': null, [SHOP]: null, [GUARD]: null };
  return makeProfile({ ...AROUND, ...around }, memoryView({ ...base, ...tree }));
}

/** What a program inside sees at a path, by the rules alone: the deepest rule that holds it. */
function seen(profile: Profile, path: string): string {
  for (let at = path; ; at = at.slice(0, at.lastIndexOf('/'))) {
    const rule = profile.rules.find((one) => one.path === (at === '' ? '/' : at));
    if (rule !== undefined) return explain(rule, path);
    if (at === '') return 'read-only';
  }
}

function explain(rule: PathRule, path: string): string {
  if (rule.access !== 'carved' || rule.path === path) return rule.access;
  const name = path.slice(rule.path.length + 1).split('/')[0];
  return rule.entries.some((entry) => entry.name === name) ? 'read-only' : 'absent';
}

function see(tree: Tree, path: string, around: Partial<Surroundings> = {}): string {
  return seen(profileOf(tree, around), path);
}

describe('what opens other machines is hidden (P-51)', () => {
  test.each([
    '.ssh/id_ed25519',
    '.aws/credentials',
    '.config/gcloud/credentials.db',
    '.azure/accessTokens.json',
    '.kube/config',
    '.docker/config.json',
    '.config/gh/hosts.yml',
    '.netrc',
    '.pgpass',
    '.git-credentials',
    '.bash_history',
    '.psql_history',
    '.mozilla/firefox/key4.db',
    '.config/google-chrome/Default/Cookies',
    '.config/google-chrome-beta/Default/Cookies',
    '.local/share/keyrings/login.keyring',
    '.gnupg/private-keys-v1.d/x.key',
    '.terraform.d/credentials.tfrc.json',
    'terraform.tfstate',
    '.cargo/credentials.toml',
    '.m2/settings.xml',
    '.local/state/agentguard/vault',
  ])('~/%s', (name) => {
    expect(['absent', 'hidden']).toContain(
      see({ [`${HOME}/${name}`]: 'secret' }, `${HOME}/${name}`),
    );
  });

  test.each([
    '/etc/shadow',
    '/root/.ssh/id_rsa',
    '/home/bob/.env',
    '/var/lib/postgresql/15/main/x',
  ])('%s', (path) => {
    expect(see({ [path]: 'secret' }, path)).toBe('hidden');
  });

  test('what a link leads to is hidden with it, and so is the link', () => {
    const tree = {
      [`${HOME}/.ssh`]: `-> ${HOME}/dotfiles/ssh`,
      [`${HOME}/dotfiles/ssh/id_rsa`]: 'x',
    };
    expect(see(tree, `${HOME}/dotfiles/ssh/id_rsa`)).toBe('hidden');
    expect(see(tree, `${HOME}/.ssh`)).toBe('absent');
  });

  test('also in a home with more names than are shown one by one', () => {
    const many = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`${HOME}/file-${index}`, 'x']),
    );
    const tree = { ...many, [`${HOME}/.ssh/id_rsa`]: 'x', [`${HOME}/.netrc`]: 'x' };
    expect(see(tree, `${HOME}/.ssh/id_rsa`)).toBe('hidden');
    expect(see(tree, `${HOME}/.netrc`)).toBe('hidden');
    expect(see(tree, `${HOME}/file-3`)).toBe('read-only');
  });

  test('what was found is hidden too, wherever it lies', () => {
    const path = `${HOME}/code/other/.env`;
    expect(see({ [path]: 'x' }, path, { foundSecrets: [{ path, kind: 'file' }] })).toBe('hidden');
    expect(see({ [path]: 'x' }, `${HOME}/code/other/package.json`)).toBe('read-only');
  });

  test('a package registry stays known without its token', () => {
    const text = 'registry=https://npm.example/\n//npm.example/:_authToken=secret\n';
    const rule = profileOf({ [`${HOME}/.npmrc`]: text }).rules.find((one) =>
      one.path.endsWith('.npmrc'),
    );
    expect(rule).toMatchObject({ access: 'copied', content: 'registry=https://npm.example/\n' });
  });
});

describe('what is needed for work is there', () => {
  test.each([
    [`${SHOP}/src/app.ts`, 'writable'],
    [`${SHOP}/.env`, 'writable'],
    [`${SHOP}/.git/objects/aa`, 'writable'],
    [`${HOME}/.gitconfig`, 'read-only'],
    [`${HOME}/.nvm/versions/node`, 'read-only'],
    [`${HOME}/.claude/projects/x.jsonl`, 'writable'],
    [`${HOME}/.npm/_cacache/x`, 'replaced'],
    [`${HOME}/.config/git/config`, 'read-only'],
    [`${HOME}/code/library/index.ts`, 'read-only'],
    ['/tmp/x', 'private'],
    ['/usr/bin/psql', 'read-only'],
    ['/etc/hosts', 'read-only'],
  ])('%s is %s', (path, access) => {
    expect(see({ [path]: 'x', [`${SHOP}/.git/HEAD`]: 'x' }, path)).toBe(access);
  });

  test('programs of PATH stay where they are, below folders that are hidden', () => {
    const tree = { '/root/.nvm/bin/node': 'x', '/root/.ssh/id_rsa': 'x' };
    const around = { programFolders: ['/root/.nvm/bin'] };
    expect(see(tree, '/root/.nvm/bin/node', around)).toBe('read-only');
    expect(see(tree, '/root/.ssh/id_rsa', around)).toBe('hidden');
  });

  test('a workspace below a folder that is hidden is there', () => {
    const workspace = '/home/bob/shared';
    expect(see({ [`${workspace}/x`]: 'x' }, `${workspace}/x`, { workspace })).toBe('writable');
    expect(
      see({ '/home/bob/.env': 'x', [`${workspace}/x`]: 'x' }, '/home/bob/.env', { workspace }),
    ).toBe('hidden');
  });
});

describe('what would run outside cannot be changed (P-52)', () => {
  test.each([
    '.git/config',
    '.git/hooks/pre-commit',
    '.claude/settings.json',
    '.claude/settings.local.json',
    '.mcp.json',
    '.cursor/mcp.json',
    '.vscode/tasks.json',
    '.idea/workspace.xml',
    '.codex/config.toml',
    '.gemini/settings.json',
    'opencode.json',
    '.github/hooks/x.json',
    '.devcontainer/devcontainer.json',
    '.husky/pre-commit',
    'agentguard.yaml',
    'packages/a/.git/config',
    '.git/modules/lib/config',
    '.git/modules/group/lib/hooks/post-checkout',
    '.git/worktrees/fix/commondir',
  ])('%s in the workspace', (name) => {
    const tree = {
      [`${SHOP}/.git/HEAD`]: 'x',
      [`${SHOP}/.git/modules/lib/HEAD`]: 'x',
      [`${SHOP}/.git/modules/group/lib/HEAD`]: 'x',
      [`${SHOP}/${name}`]: 'x',
    };
    expect(see(tree, `${SHOP}/${name}`)).toBe('read-only');
  });

  test.each([
    '.claude/settings.json',
    '.claude/hooks/x',
    '.codex/config.toml',
    '.gemini/settings.json',
  ])('~/%s', (name) => {
    expect(see({ [`${HOME}/${name}`]: 'x' }, `${HOME}/${name}`)).toBe('read-only');
  });

  test.each([`${HOME}/.bashrc`, `${HOME}/.profile`, `${HOME}/.zshenv`])(
    '%s, which is not there, ends with the session',
    (path) => {
      expect(see({}, path)).toBe('absent');
    },
  );

  test('folders on the way to a closed path are held in their place', () => {
    const tree = { [`${SHOP}/.git/config`]: 'x', [`${SHOP}/.github/hooks/x`]: 'x' };
    const { rules } = profileOf(tree);
    for (const path of [`${SHOP}/.git`, `${SHOP}/.github`]) {
      expect(rules).toContainEqual({ path, access: 'writable' });
    }
  });

  test('what is not there yet is watched, in the workspace and where an agent keeps its own', () => {
    const { forbidden } = profileOf({ [`${SHOP}/.git/config`]: 'x', [`${HOME}/.claude/x`]: 'x' });
    const paths = forbidden.map(({ path }) => path);
    for (const path of ['.mcp.json', '.vscode', '.git/commondir', '.git/config.worktree']) {
      expect(paths).toContain(`${SHOP}/${path}`);
    }
    expect(paths).toContain(`${HOME}/.claude/settings.json`);
    expect(paths.filter((path) => path.startsWith(`${HOME}/.codex`))).toEqual([]);
  });

  test('settings that the settings of git name are closed, and a folder of hooks wherever it is', () => {
    const config = '[core]\n\thooksPath = tools/hooks\n[include]\n\tpath = ../.gitconfig\n';
    const tree = {
      [`${SHOP}/.git/config`]: config,
      [`${SHOP}/tools/hooks/pre-commit`]: 'x',
      [`${SHOP}/.gitconfig`]: 'x',
    };
    expect(see(tree, `${SHOP}/tools/hooks/pre-commit`)).toBe('read-only');
    expect(see(tree, `${SHOP}/.gitconfig`)).toBe('read-only');
    expect(see(tree, `${SHOP}/tools/other`)).toBe('writable');
  });
});

describe('a working copy whose repository lies elsewhere', () => {
  const common = `${HOME}/code/main/.git`;
  const linked: Tree = {
    [`${SHOP}/.git`]: `gitdir: ${common}/worktrees/shop\n`,
    [`${common}/HEAD`]: 'x',
    [`${common}/config`]: 'x',
    [`${common}/hooks/pre-commit`]: 'x',
    [`${common}/objects`]: null,
    [`${common}/worktrees/shop/commondir`]: '../..\n',
    [`${common}/worktrees/shop/gitdir`]: `${SHOP}/.git\n`,
    [`${common}/worktrees/other/index`]: 'x',
  };

  test.each([
    [`${common}/objects/aa/x`, 'writable'],
    [`${common}/worktrees/shop/index`, 'writable'],
    [`${common}/config`, 'read-only'],
    [`${common}/hooks/pre-commit`, 'read-only'],
    [`${common}/worktrees/shop/commondir`, 'read-only'],
    [`${common}/worktrees/other/index`, 'read-only'],
    [`${SHOP}/.git`, 'read-only'],
    [`${HOME}/code/main/src/x`, 'read-only'],
  ])('%s is %s', (path, access) => {
    expect(see({ ...linked, [path]: linked[path] ?? 'x' }, path)).toBe(access);
  });

  test('a pointer to a repository that does not point back opens nothing', () => {
    const forged = { ...linked, [`${common}/worktrees/shop/gitdir`]: `${HOME}/code/fix/.git\n` };
    expect(see(forged, `${common}/objects/aa/x`)).toBe('read-only');
    const direct = { ...linked, [`${SHOP}/.git`]: `gitdir: ${common}\n` };
    expect(see(direct, `${common}/objects/aa/x`)).toBe('read-only');
  });

  test('the repository of a submodule is opened in that of the folder around it', () => {
    const module = `${HOME}/code/.git/modules/shop`;
    const tree = {
      [`${SHOP}/.git`]: 'gitdir: ../.git/modules/shop\n',
      [`${module}/HEAD`]: 'x',
      [`${module}/config`]: 'x',
    };
    expect(see(tree, `${module}/index`)).toBe('writable');
    expect(see(tree, `${module}/config`)).toBe('read-only');
  });
});

describe('the program that starts the command', () => {
  test.each(['guardPrograms', 'programFolders'] as const)(
    'is seen as it is, and not to be changed, where a package manager has put it into a cache (%s)',
    (which) => {
      const node = `${HOME}/.npm/_npx/3e2d/node_modules/node/bin`;
      const around = { [which]: [node] };
      expect(see({ [node]: null }, `${node}/node`, around)).toBe('read-only');
      expect(see({ [node]: null }, `${HOME}/.npm/_npx/other`, around)).toBe('replaced');
    },
  );
});

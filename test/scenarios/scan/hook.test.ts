/** The check before a real commit: it stops, and after "move it to the vault" the commit passes and the program runs. */

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startGuard } from '../../servers/guard.ts';
import type { Guard } from '../../servers/guard.ts';
import { GitStage, TOKEN } from './git-stage.ts';

const CLI = join(import.meta.dirname, '../../../cli/dist/agentguard.js');
const PASSWORD = ['c4n4ry', 'scan', 'h7Gq2pLx'].join('-');

let guard: Guard;
let stage: GitStage;
beforeAll(async () => {
  guard = await startGuard({ resources: [] });
});
afterAll(() => guard.stop());
beforeEach(() => {
  stage = new GitStage();
  stage.commit('before everything');
});
afterEach(() => {
  stage.remove();
});

interface Ended {
  readonly code: number | null;
  readonly text: string;
}

function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return {
    PATH,
    HOME: guard.home,
    AGENTGUARD_HOME: guard.home,
    GIT_CONFIG_NOSYSTEM: '1',
    CI: '1',
    ...more,
  };
}

function agentguard(...args: readonly string[]): Ended {
  return run(process.execPath, [CLI, ...args]);
}

function run(program: string, args: readonly string[], env = environment()): Ended {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: stage.root,
    env,
    encoding: 'utf8',
  });
  return { code: status, text: stdout + stderr };
}

const commit = (...args: readonly string[]): Ended =>
  run('git', ['commit', '-qm', 'a commit', ...args]);
const commits = (): number => Number(stage.git('rev-list', '--count', 'HEAD'));

describe('a commit with a secret', () => {
  test('P-76: stops, is moved into the vault, passes, and its program still gets the real value', () => {
    expect(agentguard('scan', 'install-hook').code).toBe(0);
    stage.stage('.env', `PORT=3000\nDB_PASSWORD=${PASSWORD}\n`);
    stage.stage(
      'show.mjs',
      'process.stdout.write(process.env.DB_PASSWORD.split("").reverse().join(""))\n',
    );

    const stopped = commit();
    expect(stopped.code).not.toBe(0);
    expect(stopped.text).toContain('.env:2');
    expect(stopped.text).toContain('agentguard scan move --staged');
    expect(stopped.text).not.toContain(PASSWORD);
    expect(commits()).toBe(1);

    const moved = agentguard('scan', 'move', '--staged');
    expect(moved).toMatchObject({ code: 0 });
    expect(moved.text).not.toContain(PASSWORD);
    expect(readFileSync(join(stage.root, '.env'), 'utf8')).toMatch(
      /^PORT=3000\nDB_PASSWORD=agentguard:/,
    );

    const passed = commit();
    expect(passed).toMatchObject({ code: 0 });
    expect(stage.git('show', 'HEAD:.env')).not.toContain(PASSWORD);
    expect(stage.git('status', '--porcelain')).toBe('');

    const printed = agentguard('exec', '--', process.execPath, 'show.mjs');
    expect(Array.from(printed.text).reverse().join('')).toContain(PASSWORD);
  });

  test('stops, is allowed with a reason, and passes; the reason is in the reviewed file', () => {
    agentguard('scan', 'install-hook');
    stage.stage('a.txt', `example ${TOKEN}\n`);
    const fingerprint = /fingerprint ([0-9a-f]{24})/.exec(commit().text)?.[1] ?? '';
    expect(
      agentguard('scan', 'allow', fingerprint, '--reason', 'of a closed account'),
    ).toMatchObject({ code: 0 });
    expect(readFileSync(join(stage.root, 'agentguard.yaml'), 'utf8')).toContain(
      'of a closed account',
    );
    expect(readFileSync(join(stage.root, 'agentguard.yaml'), 'utf8')).not.toContain(TOKEN);
    expect(commit().text).toContain('allowed: 1 by fingerprint (of a closed account)');
    expect(commits()).toBe(2);
    stage.stage('b.txt', `another file ${TOKEN}\n`);
    expect(commit().code).not.toBe(0);
  });

  test('P-77: stops inside of a guarded session, whatever the agent writes into the settings', () => {
    agentguard('scan', 'install-hook');
    stage.stage('a.txt', `k ${TOKEN}\n`);
    const fingerprint = /fingerprint ([0-9a-f]{24})/.exec(commit().text)?.[1] ?? '';
    agentguard('scan', 'allow', fingerprint, '--reason', 'an agent says so');
    stage.stage('.gitleaksignore', 'a.txt:x:1\n');
    stage.git('add', 'agentguard.yaml');
    const inside = environment({ AGENTGUARD_SESSION: 'some-session' });
    const stopped = run('git', ['commit', '-qm', 'x'], inside);
    expect(stopped.code).not.toBe(0);
    expect(stopped.text).toContain('inside of a guarded session no find is allowed');
    const refused = run(
      process.execPath,
      [CLI, 'scan', 'allow', fingerprint, '--reason', 'yes'],
      inside,
    );
    expect(refused.code).not.toBe(0);
  });

  test('stops when all is staged by the commit itself, and when the hook cannot scan', () => {
    agentguard('scan', 'install-hook');
    stage.stage('a.txt', 'x\n');
    commit();
    stage.write('a.txt', `k ${TOKEN}\n`);
    expect(commit('-a').code).not.toBe(0);
    stage.stage('b.txt', 'y\n');
    const id = stage.git('rev-parse', ':b.txt').trim();
    chmodSync(join(stage.root, '.git/objects', id.slice(0, 2), id.slice(2)), 0o600);
    writeFileSync(join(stage.root, '.git/objects', id.slice(0, 2), id.slice(2)), 'damaged');
    expect(commit('--', 'b.txt').code).not.toBe(0);
    expect(commits()).toBe(2);
  });

  test('a commit without one passes without a word', () => {
    agentguard('scan', 'install-hook');
    stage.stage('a.txt', 'x\n');
    expect(commit()).toEqual({ code: 0, text: '' });
  });
});

/** What else starts hooks, as each writes its files. */
const MANAGERS: readonly (readonly [string, string, string, (stage: GitStage) => void])[] = [
  [
    'a hook that is there',
    '.git/hooks/pre-commit',
    '#!/bin/sh\necho earlier > ran\n',
    () => undefined,
  ],
  ['husky', '.husky/pre-commit', 'npm test', (s) => s.git('config', 'core.hooksPath', '.husky/_')],
  [
    'lefthook',
    'lefthook.yml',
    '# ours\npre-commit:\n  parallel: true\n  commands:\n    lint:\n      run: npm run lint\n',
    () => undefined,
  ],
  [
    'lefthook without commands',
    'lefthook.yml',
    'pre-push:\n  commands:\n    a:\n      run: x\n',
    () => undefined,
  ],
  [
    'pre-commit',
    '.pre-commit-config.yaml',
    'repos:\n  # a comment\n  - repo: https://example.com/x\n    rev: v1\n    hooks:\n      - id: a\n',
    () => undefined,
  ],
];

describe('the hook', () => {
  test.each(MANAGERS)('joins %s, and is taken out byte for byte', (_, file, text, prepare) => {
    const path = join(stage.root, file);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text, { mode: 0o755 });
    prepare(stage);
    const mode = statSync(path).mode;
    expect(agentguard('scan', 'install-hook')).toMatchObject({ code: 0 });
    expect(agentguard('scan', 'install-hook')).toMatchObject({ code: 0 });
    expect(readFileSync(path, 'utf8').match(/scan --staged --hook/g)).toHaveLength(1);
    expect(agentguard('scan', 'uninstall-hook')).toMatchObject({ code: 0 });
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(statSync(path).mode).toBe(mode);
    expect(agentguard('scan', 'uninstall-hook').code).toBe(2);
  });

  test('runs what was there before, first', () => {
    const path = join(stage.root, '.git/hooks/pre-commit');
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, '#!/bin/sh\necho earlier > ran\n', { mode: 0o755 });
    agentguard('scan', 'install-hook');
    stage.stage('a.txt', `k ${TOKEN}\n`);
    expect(commit().code).not.toBe(0);
    expect(readFileSync(join(stage.root, 'ran'), 'utf8')).toBe('earlier\n');
  });

  test('stops with a sentence when its program is gone', () => {
    agentguard('scan', 'install-hook');
    const path = join(stage.root, '.git/hooks/pre-commit');
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(/^program=.*$/m, "program='/gone/agentguard.js'"),
    );
    stage.stage('a.txt', 'x\n');
    const { code, text } = commit();
    expect(code).not.toBe(0);
    expect(text).toContain('/gone/agentguard.js is gone');
  });

  test('answers a question at the terminal: moved by one letter', () => {
    if (!existsSync('/usr/bin/script')) return;
    agentguard('scan', 'install-hook');
    stage.stage('.env', `DB_PASSWORD=${PASSWORD}\n`);
    const env = { ...environment() };
    delete env['CI'];
    const out = execFileSync('script', ['-qec', "git commit -qm 'at a terminal'", '/dev/null'], {
      cwd: stage.root,
      env,
      input: 'm\n',
      encoding: 'utf8',
    });
    expect(out).toContain('in the vault');
    expect(commits()).toBe(2);
    expect(stage.git('show', 'HEAD:.env')).toContain('DB_PASSWORD=agentguard:');
  });
});

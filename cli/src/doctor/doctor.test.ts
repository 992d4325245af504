import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Offer } from '../sandbox/choose.ts';
import { checkGuard } from './check-guard.ts';
import type { GuardState } from './check-guard.ts';
import { checkPrograms } from './check-programs.ts';
import { checkProject } from './check-project.ts';
import { checkResources } from './check-resources.ts';
import { isDegraded } from './finding.ts';
import type { Finding } from './finding.ts';

const READY: Offer = { kind: 'ready' };
const NONE: Offer = { kind: 'none', why: 'bubblewrap is not installed', help: 'install it' };

const HEALTHY: GuardState = {
  status: {
    product: '0.1.0',
    control: 1,
    pid: 42,
    startedAt: '2026-01-02T03:04:05.006Z',
    sessions: 0,
    resources: 1,
    pendingApprovals: 0,
    openWindows: 0,
    policyRevision: 'builtin-1',
    listener: { host: '127.0.0.1', port: 6543 },
    audit: { entries: 7, state: 'ok', problem: null },
    panic: null,
  },
  policy: {
    revision: 'builtin-1',
    source: 'builtin',
    file: null,
    problem: null,
    rules: [],
    roles: [],
  },
  secrets: {
    backend: 'keychain',
    chosenBy: 'default',
    state: 'ok',
    problem: null,
    help: null,
    passphrase: null,
    secrets: 3,
  },
};

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function idsOf(findings: readonly Finding[], level: Finding['level']): readonly string[] {
  return findings.filter((one) => one.level === level).map(({ id }) => id);
}

describe('the guard itself', () => {
  test('has nothing open when all is well', () => {
    const findings = checkGuard(HEALTHY);
    expect(isDegraded(findings)).toBe(false);
    expect(idsOf(findings, 'held')).toEqual(['daemon', 'record', 'policy', 'vault-keychain']);
  });

  test.each<[string, GuardState, string]>([
    [
      'a record that fails',
      {
        ...HEALTHY,
        status: { ...HEALTHY.status, audit: { entries: 7, state: 'failed', problem: 'full' } },
      },
      'record-failed',
    ],
    [
      'a policy that cannot be put in force',
      { ...HEALTHY, policy: { ...HEALTHY.policy, source: 'failed', file: '/p', problem: 'x' } },
      'policy-failed',
    ],
    [
      'an edit of the policy that cannot be put in force',
      { ...HEALTHY, policy: { ...HEALTHY.policy, source: 'file', file: '/p', problem: 'x' } },
      'policy-edit',
    ],
    [
      'a locked vault',
      { ...HEALTHY, secrets: { ...HEALTHY.secrets, state: 'failed', problem: 'locked' } },
      'vault-failed',
    ],
    [
      'a closed listener',
      { ...HEALTHY, status: { ...HEALTHY.status, listener: null } },
      'listener-closed',
    ],
  ])('says that %s is open, and what mends it', (_name, state, id) => {
    const found = checkGuard(state).find((one) => one.id === id);
    expect(found?.level).toBe('open');
    expect(found?.mend).not.toBeNull();
  });

  test.each<[string, GuardState, string]>([
    [
      'a stop of everything',
      { ...HEALTHY, status: { ...HEALTHY.status, panic: { since: null, by: 'ana' } } },
      'stopped',
    ],
    [
      'a vault in a file',
      { ...HEALTHY, secrets: { ...HEALTHY.secrets, backend: 'file' } },
      'vault-file',
    ],
  ])('names %s without calling it open', (_name, state, id) => {
    const findings = checkGuard(state);
    expect(idsOf(findings, 'note')).toEqual([id]);
    expect(isDegraded(findings)).toBe(false);
  });
});

describe('resources', () => {
  const SHOP = { name: 'shop', kind: 'postgres', environment: 'unknown' } as const;

  test('are held by the gate, and by the sandbox where there is one', () => {
    const findings = checkResources([SHOP], READY);
    expect(idsOf(findings, 'held')).toEqual(['resource-gate', 'resource-route']);
    expect(findings[0]?.what).toContain('counted as production');
  });

  test('have an open route without a sandbox', () => {
    expect(idsOf(checkResources([SHOP], NONE), 'open')).toEqual(['resource-route-open']);
  });

  test('that do not exist are a way around by themselves', () => {
    expect(idsOf(checkResources([], READY), 'open')).toEqual(['no-resources']);
  });
});

describe('the project', () => {
  test('with a real address in a file of it is open, and its value is not shown', () => {
    writeFileSync(
      join(folder, '.env'),
      'PORT=1\nDATABASE_URL=postgres://a:hunter2x@db.example/x\n',
    );
    const findings = checkProject(folder, join(folder, 'home'), READY);
    expect(findings).toContainEqual({
      id: 'project-secret',
      level: 'open',
      about: '.env line 2',
      layer: null,
      what: 'DATABASE_URL holds a real database address',
      mend: 'agentguard init',
    });
    expect(JSON.stringify(findings)).not.toContain('hunter2x');
  });

  test('without any is held', () => {
    writeFileSync(join(folder, '.env'), 'PORT=1\n');
    expect(idsOf(checkProject(folder, join(folder, 'home'), READY), 'held')).toEqual(['project']);
  });

  test('that is none is said to be unseen', () => {
    expect(idsOf(checkProject('/', folder, READY), 'note')).toEqual(['no-project']);
  });

  test.each([
    ['held where a sandbox hides them', READY, 'held', 'outside-hidden'],
    ['open without one', NONE, 'open', 'outside-readable'],
  ] as const)('names credentials in the home folder: %s', (_name, sandbox, level, id) => {
    const project = join(folder, 'project');
    mkdirSync(join(folder, '.aws'));
    mkdirSync(project);
    writeFileSync(join(folder, '.aws', 'credentials'), 'x');
    const found = checkProject(project, folder, sandbox).find((one) => one.id === id);
    expect(found).toMatchObject({ level, about: '~/.aws/credentials' });
  });
});

describe('programs on the path', () => {
  function install(name: string): string {
    const path = join(folder, name);
    writeFileSync(path, '#!/bin/sh\n');
    chmodSync(path, 0o755);
    return path;
  }

  test('name the agents that are there, guarded or not', () => {
    install('claude');
    const view = { path: folder, own: '/x/agentguard.js', hooks: () => 'installed' as const };
    expect(checkPrograms(view, READY)).toMatchObject([
      { id: 'agent-sandbox', level: 'held', mend: 'agentguard run -- claude' },
      { id: 'agent-hooks', level: 'held', layer: 'hooks' },
    ]);
    expect(idsOf(checkPrograms(view, NONE), 'open')).toEqual(['agent-no-sandbox']);
  });

  test.each(['not installed', 'changed'] as const)(
    'name an agent whose hooks are %s, and the command for it, without calling it open',
    (state) => {
      install('codex');
      const view = { path: folder, own: '/x/agentguard.js', hooks: () => state };
      const found = checkPrograms(view, READY).find(({ id }) => id === 'agent-unhooked');
      expect(found).toMatchObject({ level: 'note', mend: 'agentguard agent install codex' });
    },
  );

  test('tell another program of our name from this one', () => {
    const other = install('agentguard');
    const view = { path: folder, own: join(folder, 'own.js'), hooks: () => 'installed' as const };
    expect(idsOf(checkPrograms(view, READY), 'note')).toEqual(['another-agentguard']);
    symlinkSync(other, join(folder, 'own.js'));
    expect(checkPrograms(view, READY)).toEqual([]);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSqlParser } from '@agentguard/rules';
import type { PolicyState } from '@agentguard/rules';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AcceptedPolicies, revisionOfText } from './accepted-policies.ts';
import { PolicyKeeper } from './policy-keeper.ts';
import type { PolicyChange } from './policy-keeper.ts';
import { readShown } from './read-shown.ts';
import { watchPolicy } from './watch-policy.ts';

const PARSER = await loadSqlParser();
const DENY = 'version: 1\nrules:\n  - { id: no-writes, when: sql.writes, effect: deny }\n';
const PROJECT = 'version: 1\nroles:\n  reader: { tables: { t: [SELECT] } }\n';

let home: string;
let project: string;
let changes: PolicyChange[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'keeper-'));
  project = join(home, 'shop');
  mkdirSync(join(project, 'packages/app'), { recursive: true });
  changes = [];
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

function start(): { readonly keeper: PolicyKeeper; readonly accepted: AcceptedPolicies } {
  const accepted = new AcceptedPolicies(join(home, 'accepted.json'));
  const keeper = new PolicyKeeper({
    path: join(home, 'agentguard.yaml'),
    accepted,
    parser: PARSER,
    onChange: (change) => changes.push(change),
  });
  return { keeper, accepted };
}

function write(text: string, path = join(home, 'agentguard.yaml')): void {
  writeFileSync(path, text);
}

function accept(accepted: AcceptedPolicies, path: string): void {
  const shown = { path, revision: revisionOfText(PROJECT) };
  accepted.accept({ path, text: readShown(shown, PARSER), by: 'ana', at: 0 });
}

function rulesOf(state: PolicyState): readonly string[] {
  return state.kind === 'in force' ? state.policy.rules.map(({ id }) => id) : [state.kind];
}

function rolesOf(state: PolicyState): readonly string[] {
  return state.kind === 'in force' ? [...state.policy.roles.keys()] : [state.kind];
}

describe("the person's own file", () => {
  test('counts as it is, and an edit is in force when it is read', () => {
    const { keeper } = start();
    expect(rulesOf(keeper.stateFor(null))).toEqual([]);
    write(DENY);
    keeper.reload();
    expect(rulesOf(keeper.stateFor(null))).toEqual(['no-writes']);
    expect(changes).toMatchObject([{ problem: null }]);
  });

  test('that breaks leaves the last good version in force and says so, once for each way', () => {
    write(DENY);
    const { keeper } = start();
    write('version: 1\nrulez: []');
    keeper.reload();
    keeper.reload();
    expect(rulesOf(keeper.stateFor(null))).toEqual(['no-writes']);
    expect(changes).toHaveLength(1);
    expect(changes[0]?.problem).toContain('did you mean `rules`?');
    expect(keeper.problem).toContain('line 2');
    write(DENY);
    keeper.reload();
    expect(keeper.problem).toBeNull();
    expect(changes).toHaveLength(2);
  });

  test('that is broken at the start leaves nothing in force, until it is mended (P-19)', () => {
    write('version: [');
    const { keeper } = start();
    expect(keeper.stateFor(null).kind).toBe('broken');
    expect(keeper.stateFor(project).kind).toBe('broken');
    write(DENY);
    keeper.reload();
    expect(rulesOf(keeper.stateFor(null))).toEqual(['no-writes']);
  });

  test('is watched', async () => {
    write(DENY);
    const { keeper } = start();
    const seen = vi.fn(() => keeper.reload());
    const watching = watchPolicy(keeper.path, seen, (error) => {
      throw error;
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    write('version: 1\n');
    await vi.waitFor(() => expect(changes).toHaveLength(1), { timeout: 5000 });
    expect(rulesOf(keeper.stateFor(null))).toEqual([]);
    await watching.close();
  });
});

describe("a project's file (P-73)", () => {
  const file = (): string => join(project, 'agentguard.yaml');

  test('is not in force before a person accepted it', () => {
    write(PROJECT, file());
    expect(rolesOf(start().keeper.stateFor(project))).toEqual([]);
  });

  test('is in force below its folder once it was accepted, and nowhere else', () => {
    write(PROJECT, file());
    const { keeper, accepted } = start();
    accept(accepted, file());
    expect(rolesOf(keeper.stateFor(project))).toEqual(['reader']);
    expect(rolesOf(keeper.stateFor(join(project, 'packages/app')))).toEqual(['reader']);
    expect(rolesOf(keeper.stateFor(home))).toEqual([]);
    expect(rolesOf(keeper.stateFor(null))).toEqual([]);
  });

  test('stays in force as it was accepted, whatever becomes of the file', () => {
    write(PROJECT, file());
    const { accepted } = start();
    accept(accepted, file());
    write('version: 1\nroles:\n  admin: {}\n', file());
    expect(rolesOf(start().keeper.stateFor(project))).toEqual(['reader']);
    rmSync(file());
    expect(rolesOf(start().keeper.stateFor(project))).toEqual(['reader']);
  });

  test('is not hidden by another that lies nearer and was not accepted', () => {
    write(PROJECT, file());
    const { keeper, accepted } = start();
    accept(accepted, file());
    write('version: 1\n', join(project, 'packages/app/agentguard.yaml'));
    expect(rolesOf(keeper.stateFor(join(project, 'packages/app')))).toEqual(['reader']);
  });

  test('is accepted as it was shown or not at all', () => {
    write(PROJECT, file());
    const revision = revisionOfText(PROJECT);
    expect(readShown({ path: file(), revision }, PARSER)).toBe(PROJECT);
    write(`${PROJECT}# and more\n`, file());
    expect(() => readShown({ path: file(), revision }, PARSER)).toThrow(/has changed/);
    write('version: [', file());
    const broken = revisionOfText('version: [');
    expect(() => readShown({ path: file(), revision: broken }, PARSER)).toThrow(/line 1/);
    expect(() => readShown({ path: join(project, 'x'), revision }, PARSER)).toThrow();
    expect(() => readShown({ path: 'agentguard.yaml', revision }, PARSER)).toThrow();
  });

  test("adds its rules to the person's, whose roles stand above", () => {
    write(`${DENY}roles:\n  reader: { tables: { other: [SELECT] } }\n`);
    write(PROJECT, file());
    const { keeper, accepted } = start();
    accept(accepted, file());
    const state = keeper.stateFor(project);
    expect(rulesOf(state)).toEqual(['no-writes']);
    const role = state.kind === 'in force' ? state.policy.roles.get('reader') : undefined;
    expect([...(role?.tables.values() ?? [])].map(({ name }) => name)).toEqual(['other']);
  });
});

/** The policy commands as a person types them, over a real server and a real record. */

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, ROLES, send, startRolesStage, type RolesStage } from './rental-roles.ts';

let stage: RolesStage;
let project: string;

beforeAll(async () => {
  stage = await startRolesStage();
  project = realpathSync(mkdtempSync(join(tmpdir(), 'ag-project-')));
  mkdirSync(join(project, 'src'));
});
afterAll(async () => {
  await stage.stop();
  rmSync(project, { recursive: true });
});

/** Writes the project's file and gives its path. */
function write(text: string): string {
  const path = join(project, 'agentguard.yaml');
  writeFileSync(path, text);
  return path;
}

async function json(args: readonly string[], stdin?: string): Promise<Record<string, unknown>> {
  const { stdout, stderr } = await stage.guard.cli([...args, '--json'], stdin);
  expect(stderr.includes('Error')).toBe(false);
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('check names tables and columns that are not there, each with its place and the nearest one', async () => {
  const path = write(
    ROLES.replace('vehicles: [SELECT]', 'vehicle: [SELECT]').replace(
      'UPDATE: [notes, status]',
      'UPDATE: [notes, stauts]',
    ),
  );
  const { code, stdout } = await stage.guard.cli(['policy', 'check', path]);
  expect(code).toBe(1);
  expect(stdout).toContain(`${path}:8:7: \`roles.agent_readonly.tables.vehicle\``);
  expect(stdout).toContain('did you mean `vehicles`?');
  expect(stdout).toContain('has no column `stauts`; did you mean `status`?');
  const there = ROLES.replace('{ vehicle: [SELECT] }', '{ vehicles: [SELECT] }');
  const good = await stage.guard.cli(['policy', 'check', write(there)]);
  expect(good.code).toBe(0);
  expect(good.stdout).toContain('is good');
});

test('check says line, column, word and the nearest right one of a file that is none', async () => {
  const path = write('version: 1\nrules:\n  - id: a\n    when: sql.dll\n    effect: deny\n');
  const { code, stdout } = await stage.guard.cli(['policy', 'check', path]);
  expect(code).toBe(1);
  expect(stdout).toBe(
    `${path}:4:15: \`rules.0.when\`: the condition of \`a\` cannot be used: no such key: dll; did you mean \`ddl\`?\n`,
  );
});

test("a project's file is in force once it was accepted, as it was accepted (P-73)", async () => {
  const path = write(
    'version: 1\nrules:\n  - { id: no-vehicles, when: \'"public.vehicles" in sql.tables\', effect: deny }\n',
  );
  const attempt = async (): Promise<string> => {
    const session = await stage.guard.session({
      resources: ['rental'],
      workspace: join(project, 'src'),
    });
    const client = await connect(session.url('rental'));
    const { message } = await send(client, 'select * from vehicles');
    await client.end();
    await session.end();
    return message;
  };
  expect(await attempt()).toBe('');
  const accepted = await stage.guard.cli(['policy', 'accept', path, '--operator-key']);
  expect(accepted.code).toBe(0);
  expect(accepted.stderr).toContain('+   - { id: no-vehicles');
  expect(await attempt()).toContain('no-vehicles');
  write('version: 1\n');
  expect(await attempt()).toContain('no-vehicles');
  const again = await stage.guard.cli(['policy', 'accept', path, '--operator-key']);
  expect(again.stderr).toContain('-   - { id: no-vehicles');
  expect(await attempt()).toBe('');
  const events = await stage.guard.audit({ type: 'event', text: 'policy accepted' });
  expect(events).toHaveLength(2);
  const nobody = await stage.guard.cli(['policy', 'accept', path]);
  expect(nobody.code).toBe(3);
});

test('explain says of a recorded decision which role and rule made it', async () => {
  const { secret } = await stage.token('agent_support');
  const client = await connect(stage.guard.urlFor(secret, 'rental'));
  await send(client, 'delete from reservations where id = 2');
  await client.end();
  const [row] = (
    await stage.guard.audit({ verdict: 'deny', text: 'delete from reservations' })
  ).slice(-1);
  const entry = row!.entry as { decision: string };
  const explained = await json(['policy', 'explain', entry.decision]);
  expect(explained).toMatchObject({ role: 'agent_support', recorded: 'deny', verdict: 'deny' });
  expect(explained['steps']).toContainEqual(
    expect.objectContaining({ rule: 'role/agent_support/forbidden', verdict: 'deny' }),
  );
  const missing = await stage.guard.cli(['policy', 'explain', 'dec-none']);
  expect(missing.code).toBe(1);
  expect(missing.stderr).toContain('dec-none');
});

test('explain judges what nobody sent, with the catalog of a database or without', async () => {
  const asReader = ['policy', 'explain', '--role', 'agent_readonly', '--tenant-id', 'acme'];
  const judged = await json([...asReader, '--resource', 'rental', '--sql', 'select purge()']);
  expect(judged).toMatchObject({
    verdict: 'deny',
    rules: expect.arrayContaining(['role/agent_readonly']) as unknown,
  });
  const read = await json([...asReader, '--resource', 'rental', '--sql', 'select * from vehicles']);
  expect(read).toMatchObject({ verdict: 'allow' });
  const bare = await json([
    'policy',
    'explain',
    '--environment',
    'production',
    '--sql',
    'drop table x',
  ]);
  expect(bare).toMatchObject({ verdict: 'ask', rules: ['builtin/drop'] });
});

test('explain judges a batch, one line for each, in order, the broken ones too', async () => {
  const lines = [
    { sql: 'select 1' },
    { sql: 'truncate payments', resource: 'rental' },
    {
      sql: 'select * from payments',
      resource: 'rental',
      role: 'agent_readonly',
      values: { tenant_id: 'acme' },
    },
  ];
  const text = `${lines.map((line) => JSON.stringify(line)).join('\n')}\nnot json\n{"query":1}\n`;
  const { code, stdout } = await stage.guard.cli(['policy', 'explain', '--batch', '-'], text);
  const answers = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { verdict?: string; error?: string });
  expect(
    answers.map(({ verdict, error }) => verdict ?? (error === undefined ? '' : 'error')),
  ).toEqual(['allow', 'ask', 'deny', 'error', 'error']);
  expect(code).toBe(1);
});

test('test lists every recorded decision that a candidate would change, and changes nothing', async () => {
  const session = await stage.guard.session({ resources: ['rental'] });
  const client = await connect(session.url('rental'));
  await send(client, 'select count(*) from payments');
  await send(client, 'select count(*) from vehicles');
  await client.end();
  const candidate = join(project, 'candidate.yaml');
  writeFileSync(
    candidate,
    `${ROLES}rules:\n  - { id: no-payments, when: '"public.payments" in sql.tables', effect: deny }\n`,
  );
  const tried = await json(['policy', 'test', candidate, '--own']);
  expect(tried['problem']).toBeNull();
  const differences = tried['differences'] as {
    statement: string;
    now: string;
    candidate: string;
  }[];
  expect(differences.map(({ statement }) => statement)).toContain('select count(*) from payments');
  expect(differences.every(({ now, candidate: then }) => now !== then)).toBe(true);
  expect(differences.some(({ statement }) => statement.includes('vehicles'))).toBe(false);
  const same = join(project, 'same.yaml');
  writeFileSync(same, ROLES);
  expect(await json(['policy', 'test', same, '--own'])).toMatchObject({ changed: 0 });
  writeFileSync(candidate, 'version: 1\nrulez: []\n');
  const { code, stdout } = await stage.guard.cli(['policy', 'test', candidate]);
  expect(code).toBe(1);
  expect(stdout).toContain('did you mean `rules`?');
});

test('a broken edit of the own file leaves the last good version in force and says so', async () => {
  const own = join(stage.guard.paths.config, 'agentguard.yaml');
  writeFileSync(own, ROLES.replace('forbidden_operations', 'forbiden_operations'));
  const until = Date.now() + 10_000;
  let shown = await stage.guard.person.call('policy.show', {});
  while (shown.problem === null && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    shown = await stage.guard.person.call('policy.show', {});
  }
  expect(shown.problem).toContain('did you mean `forbidden_operations`?');
  expect(shown.roles).toContain('agent_support');
  const { secret } = await stage.token('agent_support');
  const client = await connect(stage.guard.urlFor(secret, 'rental'));
  expect((await send(client, 'delete from payments where id = 1')).message).toContain(
    'DELETE is forbidden',
  );
  await client.end();
  writeFileSync(own, ROLES);
});

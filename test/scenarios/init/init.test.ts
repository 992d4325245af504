/** A project's secrets moved, used and put back, with nothing but the public command line. */

import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { InitStage } from './init-stage.ts';

let stage: InitStage;
let before: string;

beforeAll(async () => {
  stage = await InitStage.open();
});
afterAll(async () => {
  await stage.close();
});
afterEach(async () => {
  await stage.run(['init', '--undo']);
});

function lay(): void {
  stage.lay({
    '.env': `# bookings\r\nexport DATABASE_URL="${stage.url}" # the real one\r\nPORT=3000`,
    '.env.test': `DATABASE_URL=${stage.url.replace('127.0.0.1', 'localhost')}\n`,
    '.mcp.json': JSON.stringify({ mcpServers: { pg: { args: [stage.url] } } }, null, 2),
  });
  chmodSync(join(stage.root, '.env'), 0o640);
  before = stage.digest();
}

const APP = ['--', process.execPath, 'app.mjs'];

describe('a project with a real database', () => {
  test('after init holds the password nowhere; programs of the person and of agents reach the database', async () => {
    lay();
    expect(stage.leaks().length).toBe(3);
    expect(await stage.expect(['init', '--dry-run'])).toContain('rental');
    expect(stage.digest()).toBe(before);

    await stage.expect(['init', '--yes']);
    expect(stage.leaks()).toEqual([]);
    expect(stage.read('.env')).toMatch(
      /^# bookings\r\nexport DATABASE_URL="postgres:\/\/postgres:agentguard-placeholder@127\.0\.0\.1:\d+\/rental" # the real one\r\nPORT=3000$/,
    );

    // A program of the person, with the real URL.
    const real = await stage.run([
      'exec',
      '--env-file',
      '.env',
      ...APP,
      'DATABASE_URL',
      'SELECT current_user AS me',
    ]);
    expect(real).toMatchObject({ code: 0, stdout: '{"me":"postgres"}\n' });
    const port = stage.postgres.port;
    const shown = [
      '--',
      'sh',
      '-c',
      `case "$DATABASE_URL" in *127.0.0.1:${port}/*) echo real;; esac`,
    ];
    expect(await stage.expect(['exec', '--env-file', '.env', ...shown])).toBe('real\n');

    // An agent, through the guard: reading passes, destroying does not.
    const guarded = ['run', '--sandbox', 'off', '--ask-timeout', '0s'];
    expect(await stage.expect([...guarded, ...APP])).toBe('{"bookings":3}\n');
    const denied = await stage.run([...guarded, ...APP, 'DATABASE_URL', 'DELETE FROM bookings']);
    expect(denied).toMatchObject({ code: 1 });
    expect(denied.stderr).toContain('42501');

    await stage.expect(['init', '--undo']);
    expect(stage.digest()).toBe(before);
    expect(await stage.expect(['secret', 'list', '--json'])).toContain('"secrets":[]');
    expect(await stage.expect(['resource', 'list', '--json'])).toBe('{"resources":[]}\n');
  });

  test('what reads the file by itself meets the guard, which says what to do', async () => {
    lay();
    await stage.expect(['init', '--yes']);
    const printed = await stage.run([
      'exec',
      '--env-file',
      '.env',
      '--',
      'env',
      '-u',
      'DATABASE_URL',
      process.execPath,
      'app.mjs',
    ]);
    expect(printed.code).toBe(1);
    expect(printed.stderr).toContain('28P01');
    expect(printed.stderr).toContain('agentguard run');
    expect(printed.stderr).toContain('agentguard exec');
  });

  test('a guarded session gets no real value, whatever it tries (P-62)', async () => {
    lay();
    await stage.expect(['init', '--yes']);
    const [program, script] = stage.guard.command;
    const own = (args: string): string => `'${program}' '${script}' ${args}`;
    const tries = [
      own('exec -- env'),
      `env -u DATABASE_URL ${own('exec --env-file .env -- env')}`,
      `env -u DATABASE_URL -u AGENTGUARD_SESSION ${own('exec --env-file .env -- env')}`,
      `env -u DATABASE_URL setsid -w ${own('exec --env-file .env -- env')}`,
      `(env -u DATABASE_URL ${own('exec --env-file .env -- env')} &) ; sleep 2`,
      own('init --undo'),
      own('init --yes'),
      own('secret list'),
    ];
    const lines = tries.map((attempt) => `${attempt}; echo done`).join('\n');
    const printed = await stage.run(['run', '--sandbox', 'off', '--', 'sh', '-c', lines]);
    expect(printed.stdout).toBe('done\n'.repeat(tries.length));
    expect(printed.stderr.match(/inside a guarded session/g)).toHaveLength(tries.length);
    expect(stage.leaks()).toEqual([]);
    const refused = JSON.stringify(await stage.guard.audit({ text: 'attempt refused' }));
    expect(refused).toContain('secret.reveal');
    expect(refused).toContain('project.key');
  });

  test('what is handed out is on the record, by name and purpose', async () => {
    lay();
    await stage.expect(['init', '--yes']);
    await stage.expect(['exec', '--env-file', '.env', '--', 'true']);
    const rows = JSON.stringify(await stage.guard.audit({ text: 'secrets revealed' }));
    expect(rows).toContain('rental');
    expect(rows).toContain('exec');
  });

  test('a name that did not come from the project is not handed to it (P-62)', async () => {
    lay();
    await stage.expect(['init', '--yes']);
    const set = await stage.guard.cli(
      ['secret', 'set', 'other-project'],
      'a value of another project',
    );
    expect(set.code).toBe(0);
    stage.lay({ '.env': 'LOG_KEY=agentguard:other-project\n' });
    const refused = await stage.run(['exec', '--', 'sh', '-c', 'echo $LOG_KEY']);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('--allow other-project');
    const allowed = await stage.run([
      'exec',
      '--allow',
      'other-project',
      '--',
      'sh',
      '-c',
      'echo $LOG_KEY',
    ]);
    expect(allowed.stdout).toBe('a value of another project\n');
    await stage.guard.cli(['secret', 'remove', 'other-project']);
  });

  test('two files that disagree are not guessed between', async () => {
    lay();
    await stage.expect(['init', '--yes']);
    const unsure = await stage.run(['exec', '--', 'true']);
    expect(unsure.code).toBe(1);
    expect(unsure.stderr).toContain('`.env` and `.env.test`');
    const mode = await stage.run(['exec', ...APP], { NODE_ENV: 'test' });
    expect(mode.stdout).toBe('{"bookings":3}\n');
  });

  test('without a terminal and without --yes nothing is done', async () => {
    lay();
    const printed = await stage.run(['init']);
    expect(printed.code).toBe(2);
    expect(stage.digest()).toBe(before);
  });

  test.each([
    ['sh -c "exit 7"', ['sh', '-c', 'exit 7'], 7],
    ['a signal', ['sh', '-c', 'kill -TERM $$'], 143],
    ['no such command', ['no-such-command-here'], 127],
  ])('exec ends as %s does', async (_name, command, code) => {
    stage.lay({ '.env': 'PORT=1\n' });
    expect((await stage.run(['exec', '--', ...command])).code).toBe(code);
  });
});

test('many secrets, more than one request holds, go through in one go', async () => {
  const names = Array.from({ length: 40 }, (_, at) => `KEY_${at}_TOKEN`);
  const rest = 'x'.repeat(5000);
  const lines = names.map((name) => `${name}=value-of-${name}-${rest}`);
  const long = `LONG_SECRET="${'0123456789abcdef\n'.repeat(1800)}"`;
  stage.lay({ '.env': [...lines, long, `DATABASE_URL=${stage.url}`].join('\n') });
  before = stage.digest();
  await stage.expect(['init', '--yes']);
  expect(stage.read('.env')).not.toContain('value-of');
  const show = 'echo "${KEY_0_TOKEN%%-x*}" "${KEY_39_TOKEN%%-x*}"';
  expect(await stage.expect(['exec', '--', 'sh', '-c', show])).toBe(
    'value-of-KEY_0_TOKEN value-of-KEY_39_TOKEN\n',
  );
  expect(await stage.expect(['exec', '--', 'sh', '-c', 'printf %s "$LONG_SECRET" | wc -c'])).toBe(
    `${17 * 1800}\n`,
  );
  await stage.expect(['init', '--undo']);
  expect(stage.digest()).toBe(before);
}, 120_000);

test('killed at any moment, init loses nothing; init again or --undo finishes (P-63)', async () => {
  for (let delay = 100; delay <= 1000; delay += 150) {
    lay();
    const child = stage.start(['init', '--yes']);
    // A fast machine may be done before.
    const ended = new Promise((resolve) => child.once('close', resolve));
    await sleep(delay);
    child.kill('SIGKILL');
    await ended;
    if (delay % 100 === 0) {
      await stage.expect(['init', '--yes']);
      expect(stage.leaks()).toEqual([]);
      expect(await stage.expect(['exec', '--env-file', '.env', ...APP])).toBe('{"bookings":3}\n');
    }
    const undone = await stage.run(['init', '--undo']);
    expect(undone.code === 0 || undone.stderr.includes('nothing to undo')).toBe(true);
    expect(stage.digest()).toBe(before);
  }
}, 240_000);

/** Ordinary work in a sandbox: as without one, but for what must not be. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPsql } from '../../servers/psql.ts';
import { skipLoudly } from '../../servers/skip.ts';
import { hasSandbox, startSandboxStage } from './sandbox-stage.ts';
import type { SandboxStage } from './sandbox-stage.ts';

const psql = hasPsql() || !skipLoudly('psql inside a sandbox: psql is not installed');

describe.runIf(hasSandbox())('inside a sandbox', () => {
  let stage: SandboxStage;

  beforeAll(async () => {
    stage = await startSandboxStage();
  });

  afterAll(() => stage.stop());

  describe('the guard is reached (P-50)', () => {
    test.runIf(psql)('by psql through DATABASE_URL and through PG*', async () => {
      const done = await stage.run(
        'psql -XAtc "select count(*) from bookings" "$DATABASE_URL"; psql -XAtc "select 7"',
      );
      expect(done).toMatchObject({ code: 0, stdout: '3\n7\n' });
      expect(done.stderr).toContain('2 allowed');
    });

    test('by a program that brings its own socket, also for much at once', async () => {
      const program = `
        const pg = require(process.env.DRIVER);
        (async () => {
          const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 8 });
          const text = "select repeat('x', 1000) as x from generate_series(1, 5000)";
          const all = await Promise.all(Array.from({ length: 8 }, () => pool.query(text)));
          console.log(all.reduce((sum, one) => sum + one.rows.length, 0));
          await pool.end();
        })();`;
      const done = await stage.run('"$NODE" -e "$PROGRAM"', { env: { PROGRAM: program } });
      expect(done).toMatchObject({ code: 0, stdout: '40000\n' });
    });

    test('and so is its proxy, which judges each host', async () => {
      const program = `
        const proxy = new URL(process.env.HTTPS_PROXY);
        const key = Buffer.from(proxy.username + ':' + proxy.password).toString('base64');
        require('node:http').request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT',
          path: 'unlisted.example:443', headers: { Host: 'unlisted.example:443', 'Proxy-Authorization': 'Basic ' + key } })
          .on('connect', (answer, socket) => { console.log(answer.statusCode); socket.destroy(); }).end();`;
      const done = await stage.run('"$NODE" -e "$PROGRAM"', { env: { PROGRAM: program } });
      expect(done).toMatchObject({ code: 0, stdout: '403\n' });
    });

    test('and judges there as everywhere', async () => {
      const program = `
        const client = new (require(process.env.DRIVER).Client)(process.env.DATABASE_URL);
        client.connect().then(() => client.query('truncate bookings'))
          .then(() => process.exit(0), (error) => { console.log(error.code); process.exit(1); });`;
      const done = await stage.run('"$NODE" -e "$PROGRAM"', { env: { PROGRAM: program } });
      expect(done).toMatchObject({ code: 1, stdout: '42501\n' });
    });
  });

  describe('work goes on (P-21)', () => {
    test('a change is committed, by the name of the person', async () => {
      const done = await stage.run(
        'echo second >> app.txt && git add app.txt && git commit -qm change && git log -1 --format=%an',
      );
      expect(done).toMatchObject({ code: 0, stdout: 'Ana\n' });
      const log = spawnSync('git', ['log', '--oneline'], { cwd: stage.workspace });
      expect(log.stdout.toString()).toContain('change');
    });

    test('a new repository is made, and stays', async () => {
      const done = await stage.run(
        'git init -q fresh && cd fresh && echo x > y && git add y && git commit -qm first',
      );
      expect(done).toMatchObject({ code: 0 });
      expect(existsSync(join(stage.workspace, 'fresh/.git/config'))).toBe(true);
    });

    test('in a second working copy of a repository elsewhere too', async () => {
      const copy = join(dirname(stage.workspace), 'fix');
      const made = spawnSync('git', ['worktree', 'add', '-q', copy, '-b', 'fix'], {
        cwd: stage.workspace,
      });
      expect(made.stderr.toString()).toBe('');
      const done = await stage.run('echo x > y; git add y && git commit -qm fix', { cwd: copy });
      expect(done).toMatchObject({ code: 0 });
      const refused = await stage.run('echo evil >> ../shop/.git/config', { cwd: copy });
      expect(refused.code).not.toBe(0);
      expect((await stage.run('echo evil >> ../shop/app.txt', { cwd: copy })).code).not.toBe(0);
    });

    test('temporary files are made, big ones too, and are gone afterwards', async () => {
      const done = await stage.run(
        'f=$(mktemp) && head -c 50000000 /dev/zero > "$f" && stat -c %s "$f" && echo "$f" > name',
      );
      expect(done).toMatchObject({ code: 0, stdout: '50000000\n' });
      const name = readFileSync(join(stage.workspace, 'name'), 'utf8').trim();
      expect(name).toMatch(/^\/tmp\//);
      expect(existsSync(name)).toBe(false);
    });

    const seen =
      !import.meta.dirname.startsWith(realpathSync(tmpdir())) ||
      !skipLoudly('the command line inside a sandbox: this checkout lies where a sandbox hides it');

    test.runIf(seen)('the command line says that it cannot reach the guard', async () => {
      const done = await stage.run('"$NODE" "$GUARD_PROGRAM" approval list', {
        env: { GUARD_PROGRAM: stage.guard.command[1] },
      });
      expect(done.code).toBe(3);
      expect(done.stderr).toContain('the guard cannot be reached from inside a sandbox');
    });

    test('programs inside talk to each other', async () => {
      const program = `
        const net = require('node:net');
        const server = net.createServer((peer) => peer.end('hello')).listen(0, '127.0.0.1', () => {
          net.connect(server.address().port).on('data', (data) => console.log(String(data)))
            .on('close', () => server.close());
        });`;
      const done = await stage.run('"$NODE" -e "$PROGRAM"', { env: { PROGRAM: program } });
      expect(done).toMatchObject({ code: 0, stdout: 'hello\n' });
    });

    test('other projects are read, though not their secrets', async () => {
      expect(await stage.run('cat ../crm/README')).toMatchObject({ stdout: 'another project' });
    });

    test('an agent keeps what it remembers', async () => {
      expect(
        (await stage.run('mkdir -p ~/.claude/projects && echo x > ~/.claude/projects/a')).code,
      ).toBe(0);
      expect(existsSync(join(stage.home, '.claude/projects/a'))).toBe(true);
      const settings = await stage.run(
        'echo {} > ~/.claude.json.new && mv ~/.claude.json.new ~/.claude.json',
      );
      expect(settings.code).toBe(0);
      expect(readFileSync(join(stage.home, '.claude.json'), 'utf8')).toBe('{"mcpServers":{}}');
    });
  });

  describe('a command behaves as without a sandbox', () => {
    test.each([
      ['exit 7', 7],
      ['kill -TERM $$', 143],
      ['kill -KILL $$', 137],
    ])('`%s` ends in %i', async (script, code) => {
      expect((await stage.run(script)).code).toBe(code);
    });

    test('one that is not there ends in 127, and one that cannot be run in 126', () => {
      const { file, args, cwd, env } = stage.command('');
      const end = (command: string): number | null =>
        spawnSync(file, [...args.slice(0, 5), command], { cwd, env }).status;
      expect(end('no-such-command')).toBe(127);
      expect(end('./app.txt')).toBe(126);
    });

    test('what is piped goes in and out unchanged', async () => {
      const stdin = 'x'.repeat(300_000);
      const done = await stage.run('cat; echo problem >&2', { stdin });
      expect({ code: done.code, same: done.stdout === stdin }).toEqual({ code: 0, same: true });
      // An interrupted pipe ends its writer, as every shell expects.
      expect(await stage.run('yes | head -1')).toMatchObject({ stdout: 'y\n' });
      expect((await stage.run('yes | head -1')).stderr).not.toContain('Broken pipe');
    });

    test.each(['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGINT'] as const)(
      '%s that is sent to `run` reaches it, and it decides',
      async (signal) => {
        const { file, args, cwd, env } = stage.command(
          `trap 'echo got; exit 3' ${signal.slice(3)}; echo ready; for i in $(seq 100); do sleep 0.05; done`,
        );
        const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] });
        let text = '';
        child.stdout.on('data', (chunk) => (text += String(chunk)));
        await expect.poll(() => text, { timeout: 30_000 }).toContain('ready');
        child.kill(signal);
        await once(child, 'close');
        expect({ code: child.exitCode, text }).toEqual({ code: 3, text: 'ready\ngot\n' });
      },
    );

    test('everything ends with `run`, however it ends (P-53)', async () => {
      const { file, args, cwd, env } = stage.command(
        'echo ready; while :; do echo x >> alive; sleep 0.05; done',
      );
      const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] });
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await once(child, 'close');
      const alive = join(stage.workspace, 'alive');
      // It writes twenty times a second; a busy machine may take a moment to end it.
      const grown = async (): Promise<number> => {
        const { length } = readFileSync(alive);
        await sleep(300);
        return readFileSync(alive).length - length;
      };
      await expect.poll(grown, { timeout: 10_000 }).toBe(0);
      expect(readFileSync(alive, 'utf8')).not.toBe('');
    });
  });

  describe('at a terminal', () => {
    /** Types into a terminal of its own that `run` stands in; `script` of util-linux makes one. */
    async function atTerminal(
      script: string,
      type: (write: (text: string) => void, text: () => string) => Promise<void>,
      after = 'true',
    ): Promise<string> {
      const { file, args, cwd, env } = stage.command(script);
      const words = [file, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
      const child = spawn(
        'script',
        ['-qefc', `stty cols 91 rows 17; ${words.join(' ')}; ${after}`, '/dev/null'],
        { cwd, env, stdio: 'pipe' },
      );
      let text = '';
      child.stdout.on('data', (chunk) => (text += String(chunk)));
      const closed = once(child, 'close');
      await type(
        (typed) => child.stdin.write(typed),
        () => text,
      );
      child.stdin.end();
      await closed;
      return text;
    }

    const hear = (text: () => string, word: string): Promise<void> =>
      expect.poll(text, { timeout: 30_000 }).toContain(word);

    test('it has one, of the right size', async () => {
      const text = await atTerminal('test -t 0 && stty size; echo done', (_write, said) =>
        hear(said, 'done'),
      );
      expect(text).toContain('17 91');
    });

    test('an interrupt reaches the command, which goes on if it wants', async () => {
      const script = `trap 'echo caught' INT; echo ready; for i in $(seq 40); do sleep 0.05; done; echo end`;
      const text = await atTerminal(script, async (write, said) => {
        await hear(said, 'ready');
        write('\x03');
        await hear(said, 'end');
      });
      expect(text).toContain('caught');
    });

    test('a shell inside has job control', async () => {
      const type = async (write: (text: string) => void, said: () => string): Promise<void> => {
        await hear(said, 'here> ');
        write('sleep 30\n');
        await sleep(300);
        write('\x1a');
        await hear(said, 'Stopped');
        write('kill -9 %1; wait; echo still-$((40+2))\n');
        await hear(said, 'still-42');
        write('exit\n');
        await hear(said, 'denied');
        write('word\n');
        await hear(said, 'heard word');
      };
      // Whoever started `run` has the terminal back afterwards, job control or not.
      const after = 'read heard; echo "heard $heard"';
      const text = await atTerminal('PS1="here> " bash --norc -i', type, after);
      expect(text).not.toContain('no job control');
    });
  });

  describe('what cannot be had (P-54)', () => {
    const NOWHERE = { PATH: '/nonexistent' };

    test('ends the run where it is required, and says how to get it', async () => {
      const done = await stage.run('echo ran', { env: NOWHERE });
      expect(done).toMatchObject({ code: 1, stdout: '' });
      expect(done.stderr).toContain('no sandbox: bubblewrap is not installed');
      expect(done.stderr).toContain('apt install bubblewrap');
    });

    test('is said where it is not', async () => {
      const done = await stage.run('echo ran', { env: NOWHERE, mode: 'auto' });
      expect(done).toMatchObject({ code: 0, stdout: 'ran\n' });
      expect(done.stderr).toContain('no sandbox (bubblewrap is not installed)');
    });

    test('and fails after all never turns into none', async () => {
      const folder = join(stage.home, 'odd');
      mkdirSync(folder);
      const odd = `#!/bin/sh\ncase "$*" in *" /bin/true") exec ${which('bwrap')} "$@";; esac\necho odd >&2; exit 1\n`;
      writeFileSync(join(folder, 'bwrap'), odd);
      chmodSync(join(folder, 'bwrap'), 0o755);
      const env = { PATH: folder };
      const done = await stage.run('echo ran', { env, mode: 'auto' });
      expect(done).toMatchObject({ code: 1, stdout: '' });
      expect(done.stderr).toContain('the sandbox did not start');
    });
  });
});

function which(program: string): string {
  return spawnSync('sh', ['-c', `command -v ${program}`])
    .stdout.toString()
    .trim();
}

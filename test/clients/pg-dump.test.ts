import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installedMajors } from '../servers/binaries.ts';
import { skipLoudly } from '../servers/skip.ts';
import { takeFingerprint } from '../scenarios/rental/fingerprint.ts';
import { DATABASE, startClientStage, type ClientStage } from './client-stage.ts';

const run = promisify(execFile);

/** A dump larger than this is not of the rental database. */
const MAX_DUMP_BYTES = 64 * 1024 * 1024;

const major = majorOfPgDump();
const usable = major === null ? undefined : installedMajors().findLast((one) => one <= major);
const missing =
  usable === undefined && skipLoudly('pg_dump is not installed, or no server is old enough for it');

describe.skipIf(missing)('pg_dump through the guard (P-21)', () => {
  let stage: ClientStage;

  beforeAll(async () => {
    if (usable !== undefined && usable < 18) {
      skipLoudly(
        `pg_dump of PostgreSQL 18; the one here is ${major ?? 0}, against server ${usable}`,
      );
    }
    stage = await startClientStage(usable === undefined ? {} : { major: usable });
    // The options of a user mapping are credentials: reading them is asked about, by pg_dump as by anybody.
    await stage.world.server.sql('drop user mapping for public server elsewhere', DATABASE);
  });
  afterAll(() => stage.stop());

  it.each(['development', 'production'])('dumps the whole of it in %s', async (label) => {
    const { stdout, stderr } = await dump(stage.session.url(label));
    expect(stderr).toBe('');
    expect(stdout).toMatch(/PostgreSQL database dump complete/);
    expect(stdout.match(/^COPY /gm)?.length).toBeGreaterThan(15);
  });

  it('gives byte for byte what a direct dump gives', async () => {
    const guarded = await dump(stage.session.url('production'));
    const direct = await dump(stage.world.server.url(undefined, undefined, DATABASE));
    expect(comparable(guarded.stdout)).toBe(comparable(direct.stdout));
  });

  it('restores to an equal database', async () => {
    const { stdout } = await dump(stage.session.url('development'));
    await stage.world.server.sql('create database restored');
    const url = stage.world.server.url(undefined, undefined, 'restored');
    const restored = spawnSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', url], {
      input: stdout,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });
    expect(restored.stderr).toBe('');
    const rowsOf = async (database: string): Promise<Record<string, string>> => {
      const all = await takeFingerprint(stage.world.server, database);
      return Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith('rows ')));
    };
    expect(await rowsOf('restored')).toEqual(await rowsOf(DATABASE));
  });
});

function dump(url: string): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return run('pg_dump', ['--no-password', url], {
    maxBuffer: MAX_DUMP_BYTES,
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  });
}

/** Newer pg_dump puts a random word around its output, against text that would end it early. */
function comparable(text: string): string {
  return text.replaceAll(/^\\(un)?restrict .*$/gm, '');
}

function majorOfPgDump(): number | null {
  const { stdout } = spawnSync('pg_dump', ['--version'], { encoding: 'utf8' });
  const found = /(\d+)\.\d+/.exec(typeof stdout === 'string' ? stdout : '');
  return found === null ? null : Number(found[1]);
}

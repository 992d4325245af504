/** The same sandbox for an account without any rights, with a daemon of its own. Root may take on another account. */

import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entry } from '../../servers/guard.ts';
import { skipLoudly } from '../../servers/skip.ts';
import { hasSandbox, HOME_CANARY } from './sandbox-stage.ts';

/** The account that owns nothing. */
const NOBODY = 65_534;

function run(
  command: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): { readonly code: number | null; readonly stdout: string; readonly stderr: string } {
  const [file = '', ...args] = command;
  const done = spawnSync(file, args, { ...options, uid: NOBODY, gid: NOBODY, encoding: 'utf8' });
  return { code: done.status, stdout: done.stdout, stderr: done.stderr };
}

function canBeNobody(): boolean {
  if (!hasSandbox()) return false;
  if (process.getuid?.() !== 0) {
    return !skipLoudly('an ordinary user beside root: this is one already, and every test is that');
  }
  const read = run([process.execPath, entry(), '--version'], { cwd: '/', env: {} });
  return read.code === 0 || !skipLoudly('an ordinary user: it cannot read these sources');
}

describe.runIf(canBeNobody())('an ordinary user', () => {
  let base: string;
  let env: NodeJS.ProcessEnv;

  const guarded = (script: string): ReturnType<typeof run> =>
    run([process.execPath, entry(), 'run', '--sandbox', 'require', '--', '/bin/sh', '-c', script], {
      cwd: join(base, 'shop'),
      env,
    });

  beforeAll(() => {
    base = mkdtempSync('/var/agentguard-test-');
    chmodSync(base, 0o755);
    for (const folder of ['shop', '.ssh']) mkdirSync(join(base, folder));
    writeFileSync(join(base, '.ssh/id_ed25519'), HOME_CANARY);
    for (const path of ['', 'shop', '.ssh', '.ssh/id_ed25519']) {
      chownSync(join(base, path), NOBODY, NOBODY);
    }
    env = {
      PATH: process.env['PATH'],
      HOME: base,
      AGENTGUARD_HOME: join(base, '.guard'),
      AGENTGUARD_SECRET_STORE: 'file',
    };
  });

  afterAll(() => {
    run([process.execPath, entry(), 'daemon', 'stop'], { cwd: '/', env });
    rmSync(base, { recursive: true, force: true });
  });

  test('has the same sandbox, and works in it (P-50, P-51, P-53)', () => {
    const done = guarded(
      'id -u; echo x > y && cat y; cat ~/.ssh/id_ed25519; unshare -Ur true; ls /sys/class/net 2>&1; ip link 2>&1 | grep -c state; grep CapEff /proc/self/status; exit 5',
    );
    expect(done.stderr).toContain('no way out but the guard');
    expect(done.code).toBe(5);
    expect(done.stdout).toMatch(/^65534\nx\n/);
    expect(done.stdout).toContain('CapEff:\t0000000000000000');
    expect(done.stdout).not.toContain(HOME_CANARY);
    expect(done.stderr).toMatch(/unshare.*not permitted/);
  });

  test('ends with its session (P-53)', () => {
    guarded('(setsid sleep 300 &) ; sleep 0.1; echo done');
    const left = run(['sh', '-c', 'ls -d /proc/[0-9]*/exe | xargs -n1 readlink | grep -c sleep'], {
      cwd: '/',
      env,
    });
    expect(left.stdout.trim()).toBe('0');
  });
});

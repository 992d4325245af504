/** The way out as a guarded command has it: by its environment, from inside of the sandbox, and no other. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGuard } from '../../servers/guard.ts';
import type { Guard, Printed } from '../../servers/guard.ts';
import { hasSandbox } from '../sandbox/sandbox-stage.ts';
import { runTool } from './run-tool.ts';
import { startHttps } from './web-server.ts';
import type { WebServer } from './web-server.ts';

let web: WebServer;
let guard: Guard;
beforeAll(async () => {
  web = await startHttps(['localhost']);
  guard = await startGuard({
    resources: [],
    policy: `version: 1\negress:\n  hosts:\n    - { host: localhost, port: ${web.port}, private: true }\n`,
  });
});
afterAll(async () => {
  await guard.stop();
  await web.close();
});

/** `--noproxy ''`: the name stands for this machine, which is another one inside. */
function curl(sandbox: string, url: string, ...more: readonly string[]): Promise<Printed> {
  const command = ['curl', '-sSk', '--noproxy', '', '--max-time', '10', ...more, url];
  return guard.cli(['run', '--sandbox', sandbox, '--', ...command]);
}

describe.runIf(hasSandbox())('a command in the sandbox (P-30)', () => {
  test('reaches a listed host by its environment alone', async () => {
    const got = await curl('require', `https://localhost:${web.port}/`);
    expect(got.stderr).toContain('1 allowed');
    expect(got).toMatchObject({ code: 0, stdout: `hello from localhost:${web.port}` });
  });

  test('reaches no other, and the denial is on the record', async () => {
    const got = await curl('require', 'https://elsewhere.example/');
    expect(got.code).not.toBe(0);
    expect(got.stderr).toContain('403');
    expect(got.stderr).toContain('1 denied');
  });

  test('reaches nothing at all beside the proxy', async () => {
    const got = await curl('require', `https://localhost:${web.port}/`, '--proxy', '');
    expect(got.code).not.toBe(0);
    expect(got.stdout).toBe('');
  });

  test('a token that was carried out of it opens nothing, and the attempt is on the record (P-40)', async () => {
    const [program, script] = guard.command;
    const show = 'echo "$HTTPS_PROXY"; exec sleep 60';
    const child = spawn(program, [script, 'run', '--sandbox', 'require', '--', 'sh', '-c', show], {
      env: { ...process.env, AGENTGUARD_HOME: guard.home },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const url = line.toString().trim();
      expect(url).toMatch(/^http:\/\/agent:agt_[\w-]{43}@127\.0\.0\.1:\d+$/);
      const got = await runTool('curl', ['-sSk', '-x', url, `https://localhost:${web.port}/`]);
      expect(got.code).not.toBe(0);
      expect(got.stderr).toContain('407');
      const refusals = async (): Promise<string> =>
        JSON.stringify(await guard.audit({ type: 'event' }));
      await expect
        .poll(refusals, { timeout: 10_000 })
        .toContain('its token was presented from outside');
    } finally {
      child.kill();
      await once(child, 'close');
    }
  });
});

/**
 * Steps that an agent announces by its hook, in a guarded run: what loses files is saved first and not asked about, and what
 * leads to a guarded database is asked about once, where the statement is seen.
 */

import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPsql } from '../../servers/psql.ts';
import { skipLoudly } from '../../servers/skip.ts';
import { hasSandbox, startSandboxStage } from '../sandbox/sandbox-stage.ts';
import type { SandboxStage } from '../sandbox/sandbox-stage.ts';

/** Calls the hook before `$1` as Claude Code does, and prints what it is told. */
const HOOK = `hook() {
  "$NODE" -e '
    const [command, id, event] = process.argv.slice(1);
    fetch(process.env.AGENTGUARD_HOOK_URL + "/hook/claude", {
      method: "POST",
      headers: { authorization: "Bearer " + process.env.AGENTGUARD_TOKEN },
      body: JSON.stringify({ hook_event_name: event, tool_name: "Bash", tool_input: { command }, tool_use_id: id, cwd: process.cwd() }),
    }).then((r) => r.text()).then((t) => console.log("HOOK " + id + " " + event + " " + t), (e) => console.log("HOOK failed " + e.cause));
  ' "$1" "$2" "\${3:-PreToolUse}"
}`;

const ready = hasSandbox();
const psql = ready && (hasPsql() || !skipLoudly('steps that lead to a database: no psql'));

describe.runIf(ready)('a step that an agent announces', () => {
  let stage: SandboxStage;

  beforeAll(async () => {
    stage = await startSandboxStage();
    // A repository in a repository is no part of a save point, and where something is missing the person is asked.
    rmSync(join(stage.workspace, 'vendored'), { recursive: true });
  });
  afterAll(async () => {
    await stage.stop();
  });

  async function run(script: string): Promise<string> {
    const { stdout } = await stage.run(`${HOOK}\n${script}`, {
      env: { NODE: process.execPath },
      askTimeout: '20s',
    });
    return stdout;
  }

  /** Runs an undo command as the person, in the workspace. */
  async function undo(...args: readonly string[]): Promise<string> {
    const [program, entry] = stage.guard.command;
    const { stdout } = await promisify(execFile)(program, [entry, 'undo', ...args], {
      cwd: stage.workspace,
      env: { PATH: process.env['PATH'], HOME: stage.home, AGENTGUARD_HOME: stage.guard.home },
    });
    return stdout;
  }

  test('loses files that can be brought back, and nobody is asked', async () => {
    writeFileSync(join(stage.workspace, 'app.txt'), 'a day of work\n');
    const printed = await run(
      'hook "git reset --hard && rm -f app.txt" t1 && rm -f app.txt && hook "" t1 PostToolUse',
    );
    expect(printed).toContain('HOOK t1 PreToolUse {}');
    const { savePoints } = JSON.parse(await undo('--json')) as {
      savePoints: { id: string; reason: string; detail: string | null }[];
    };
    const before = savePoints.find(({ reason }) => reason === 'before a step');
    expect(before?.detail).toContain('git reset --hard');
    await undo('restore', before?.id ?? '', 'app.txt', '--yes');
    expect(readFileSync(join(stage.workspace, 'app.txt'), 'utf8')).toBe('a day of work\n');
  });

  test('is asked about when a save point would not hold everything', async () => {
    const nested = join(stage.workspace, 'nested');
    execFileSync('git', ['init', '-q', nested]);
    writeFileSync(join(nested, 'kept.txt'), 'not in the save point');
    const asking = stage.guard.answer('deny', 'no');
    const printed = await run('hook "git reset --hard" t4');
    expect((await asking).headline).toContain('git reset --hard');
    expect(printed).toMatch(/HOOK t4 PreToolUse .*deny/);
    rmSync(nested, { recursive: true });
  });

  test('that acts on others is asked about all the same', async () => {
    const asking = stage.guard.answer('deny', 'no');
    const printed = await run('hook "git push --force" t2');
    expect((await asking).headline).toContain('overwrites history');
    expect(printed).toMatch(/HOOK t2 PreToolUse .*deny/);
  });

  test.runIf(psql)('towards a guarded database is asked about once, at the database', async () => {
    const asking = stage.guard.answer('deny', 'no');
    const printed = await run(
      'hook "npx prisma migrate reset --force" t3; psql -XAtc "drop table bookings" "$DATABASE_URL" 2>&1; hook "" t3 PostToolUse',
    );
    const question = await asking;
    expect(question.statement).toBe('drop table bookings');
    expect(question.during.join()).toContain('npx prisma migrate reset --force');
    expect(printed).toContain('HOOK t3 PreToolUse {}');
    expect(printed).toContain('blocked by agentguard');
    const intents = await stage.guard.audit({ type: 'intent' });
    const drop = intents.find(({ entry }) => entry['statement'] === 'drop table bookings');
    expect(drop?.entry['toolUses']).toEqual(['t3']);
    const rows = await stage.server.sql('select count(*)::int as n from bookings');
    expect(rows[0]?.['n']).toBe(3);
  });
});

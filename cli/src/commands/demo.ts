/** `agentguard demo`: a real PostgreSQL, a scripted agent, the guard between them. Leaves nothing behind. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { APPROVED_STEP, DEMO_STEPS, runDemoAgent } from '../demo/agent.ts';
import { runOwnCommand } from '../demo/own-command.ts';
import { startDemoServer } from '../demo/server.ts';
import { tellStory } from '../demo/story.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer } from '../output/print.ts';

/** Plays the demo in a home of its own. */
export async function demo(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'agentguard-demo-'));
  // This process watches for questions itself, so it must look where its commands do.
  process.env['AGENTGUARD_HOME'] = join(folder, 'home');
  // It shows the guard on any machine, with a keychain or without.
  process.env['AGENTGUARD_SECRET_STORE'] = 'file';
  const env = { ...process.env };
  try {
    const server = await startDemoServer();
    try {
      const atTerminal = process.stdin.isTTY && process.stderr.isTTY;
      const well = await tellStory({ server, folder, env, atTerminal });
      return well ? EXIT.done : EXIT.failed;
    } finally {
      await runOwnCommand(['daemon', 'stop'], { env });
      await server.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The agent of the demo, started under `agentguard run`. @param approved it does what somebody says yes to */
export async function demoAgent(approved: boolean): Promise<number> {
  await runDemoAgent(approved ? [APPROVED_STEP] : DEMO_STEPS, printAnswer);
  return EXIT.done;
}

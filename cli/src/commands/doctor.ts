/**
 * `agentguard doctor`: what is guarded, by which layer, and each way around that is still open, with what closes it.
 * It looks and changes nothing; a daemon that does not run is one of the findings and is not started.
 */

import { homedir } from 'node:os';
import { listAgents } from '../agents/installation.ts';
import { agentPlace } from './agent-place.ts';
import { connectRunning } from '../connect.ts';
import { checkGuard, daemonMissing } from '../doctor/check-guard.ts';
import { checkPrograms } from '../doctor/check-programs.ts';
import type { ProgramView } from '../doctor/check-programs.ts';
import { checkProject } from '../doctor/check-project.ts';
import { checkReach } from '../doctor/check-reach.ts';
import { checkResources } from '../doctor/check-resources.ts';
import { isDegraded } from '../doctor/finding.ts';
import type { Finding, FindingLevel } from '../doctor/finding.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import type { Offer } from '../sandbox/choose.ts';
import { offerSandbox } from '../sandbox/sandbox.ts';

/** Exit code when a way around is open. */
const DEGRADED = 2;

/** Looks at everything. */
export async function doctor(options: { readonly json: boolean }): Promise<number> {
  const sandbox = await offerSandbox();
  const findings = [
    ...(await checkDaemon(sandbox)),
    checkSandbox(sandbox),
    ...checkPrograms(lookAtPrograms(), sandbox),
    ...checkProject(process.cwd(), homedir(), sandbox),
    ...(await checkReach(process.cwd(), homedir(), sandbox)),
  ];
  const degraded = isDegraded(findings);
  if (options.json) printJson({ degraded, findings });
  else print(findings);
  return degraded ? DEGRADED : EXIT.done;
}

function lookAtPrograms(): ProgramView {
  const states = new Map(listAgents(agentPlace()).map(({ agent, state }) => [agent, state]));
  return {
    path: process.env['PATH'],
    own: process.argv[1] ?? '',
    hooks: (agent) => states.get(agent) ?? 'not installed',
  };
}

async function checkDaemon(sandbox: Offer): Promise<readonly Finding[]> {
  try {
    const client = await connectRunning();
    const [status, policy, secrets, { resources }] = await Promise.all([
      client.call('status', {}),
      client.call('policy.show', {}),
      client.call('secret.status', {}),
      client.call('resource.list', {}),
    ]);
    return [...checkGuard({ status, policy, secrets }), ...checkResources(resources, sandbox)];
  } catch (error) {
    return [daemonMissing(error instanceof Error ? error.message : 'unknown failure')];
  }
}

function checkSandbox(sandbox: Offer): Finding {
  const about = 'sandbox';
  if (sandbox.kind === 'ready') {
    const what = 'a command runs with no route but the guard, and with credentials hidden';
    return { id: 'sandbox', level: 'held', about, layer: 'sandbox', what, mend: null };
  }
  const what = `there is none: ${sandbox.why}`;
  return { id: 'no-sandbox', level: 'open', about, layer: null, what, mend: sandbox.help };
}

const MARK: Readonly<Record<FindingLevel, string>> = { held: 'ok  ', open: 'OPEN', note: 'note' };

/** What is open comes last, next to where the eye is. */
function print(findings: readonly Finding[]): void {
  for (const level of ['held', 'note', 'open'] as const) {
    for (const finding of findings.filter((one) => one.level === level)) {
      printAnswer(`${MARK[level]} ${makeVisible(`${finding.about}: ${finding.what}`).text}`);
      if (finding.mend !== null && level !== 'held') {
        printAnswer(`       ${makeVisible(finding.mend).text}`);
      }
    }
  }
  const open = findings.filter(({ level }) => level === 'open').length;
  printAnswer(open === 0 ? 'nothing is open' : `${open} open`);
}

/** Says that a project's policy file is not the one in force, since nobody accepted it as it is now. */

import type { ControlClient } from '@agentguard/daemon/control';
import { printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { findProjectPolicy } from './find-policy.ts';

/** Costs a request only where a project has a file. */
export async function sayWaitingPolicy(client: ControlClient): Promise<void> {
  const found = findProjectPolicy();
  if (found === null) return;
  const { text } = await client.call('policy.accepted', { path: found.path });
  if (text === found.text) return;
  const path = makeVisible(found.path).text;
  const which = text === null ? 'is not in force' : 'has changed; the accepted version is in force';
  printNote(`agentguard: ${path} ${which}`);
  printNote('  agentguard policy accept');
}

/**
 * A process that appends until it is killed, for the tests that kill it. Run with a folder, a key and a first
 * number; says `index number` on standard output after each entry that was stored.
 */

import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SecretValue } from '../secrets/secret-value.ts';
import { openAuditLog } from './audit-log.ts';
import { makeIntent, makeOutcome } from './sample-log.ts';
import { loadSigner } from './signing-key.ts';

/** The file to run. */
export const APPENDING_PROCESS = fileURLToPath(import.meta.url);

/** Entries that are under way at the same time. */
const AT_ONCE = [1, 1, 1, 2, 5, 40];

async function appendForEver(folder: string, secret: string, first: number): Promise<never> {
  const log = await openAuditLog({ folder, signer: loadSigner(new SecretValue(secret)) });
  for (const { decision } of log.unfinishedIntents()) {
    await log.append(makeOutcome(decision, { result: 'unknown' }), 'synced');
  }
  for (let next = first, round = 0; ; round += 1) {
    const count = AT_ONCE[round % AT_ONCE.length] ?? 1;
    const some = Array.from({ length: count }, async (_, at) => {
      const decision = `d${next + at}`;
      const durability = (next + at) % 7 === 0 ? 'synced' : 'written';
      const { index } = await log.append(makeIntent(decision), durability);
      writeSync(1, `${index} ${decision}\n`);
      await log.append(makeOutcome(decision), 'written');
    });
    await Promise.all(some);
    next += count;
  }
}

if (import.meta.main) {
  const [folder = '', secret = '', first = '0'] = process.argv.slice(2);
  await appendForEver(folder, secret, Number(first));
}

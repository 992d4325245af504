/**
 * Every bypass technique of the corpus, sent under a role that may only read: nothing on the real server changes.
 * The techniques are proved to do harm without a guard in test/scenarios/bypass.
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGuard, type Guard } from '../../servers/guard.ts';
import { play, type Protocol } from '../bypass/attacker.ts';
import { FAMILY_A } from '../bypass/corpus/family-a.ts';
import { FAMILY_B } from '../bypass/corpus/family-b.ts';
import { CASTS, FAMILY_C } from '../bypass/corpus/family-c.ts';
import { FAMILY_D } from '../bypass/corpus/family-d.ts';
import type { Technique } from '../bypass/technique.ts';
import { differences, takeFingerprint, type Fingerprint } from '../rental/fingerprint.ts';
import { TRAPS_SQL } from '../rental/schema.ts';
import { startRental, type RentalWorld } from '../rental/world.ts';

let world: RentalWorld;
let guard: Guard;
let url: string;
let before: Fingerprint;

beforeAll(async () => {
  world = await startRental({ more: [TRAPS_SQL] });
  await world.restore('guarded');
  // Every table and view that is there, so that no attack fails for want of a name.
  const rows = await world.server.sql(
    `select quote_ident(nspname) as schema, quote_ident(relname) as name from pg_class c join pg_namespace n on n.oid = relnamespace
     where relkind in ('r', 'v', 'm', 'p') and nspname !~ '^pg_' and nspname <> 'information_schema'`,
    'guarded',
  );
  const tables = rows.map((row) => `'${String(row['schema'])}.${String(row['name'])}': [SELECT]`);
  guard = await startGuard({
    resources: [
      {
        name: 'rental',
        environment: 'development',
        url: world.server.url(undefined, undefined, 'guarded'),
      },
    ],
    policy: `version: 1\nroles:\n  reader:\n    tables: { ${tables.join(', ')} }\n`,
  });
  const made = await guard.cli([
    ...['token', 'create', '--role', 'reader', '--expires-in', '1h', '--json'],
  ]);
  url = guard.urlFor((JSON.parse(made.stdout) as { secret: string }).secret, 'rental');
  before = await takeFingerprint(world.server, 'guarded');
});
afterAll(async () => {
  await guard.stop();
  await world.stop();
});

const TECHNIQUES: readonly Technique[] = [
  ...FAMILY_A,
  ...FAMILY_B,
  CASTS,
  ...FAMILY_C,
  ...FAMILY_D,
];

/** Attacks are sent side by side: none of them may change anything, whatever the others do. */
const AT_ONCE = 8;

async function sendAll(technique: Technique, protocol: Protocol): Promise<void> {
  const attacks = technique.attacks.filter((one) => protocol === 'simple' || !one.simpleOnly);
  for (let from = 0; from < attacks.length; from += AT_ONCE) {
    await Promise.all(
      attacks.slice(from, from + AT_ONCE).map(({ steps }) => play(url, steps, { protocol })),
    );
  }
}

test('the role can read, so that what follows proves something', async () => {
  const { errors, answers } = await play(url, ['select count(*) from payments'], {
    protocol: 'simple',
  });
  expect(errors).toEqual([]);
  expect(answers).toHaveLength(1);
});

test.each(TECHNIQUES)('technique $number, $title, changes nothing (P-70)', async (technique) => {
  await sendAll(technique, 'simple');
  await sendAll(technique, 'extended');
  expect(differences(before, await takeFingerprint(world.server, 'guarded'))).toEqual([]);
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGuard, type Guard, type GuardSession } from '../../servers/guard.ts';
import { startRental, type RentalWorld } from '../rental/world.ts';
import { APPLICATIONS } from './corpus/applications.ts';
import { OBJECT_MAPPERS } from './corpus/object-mappers.ts';
import { TOOLS } from './corpus/tools.ts';
import { runOrdinary, type Hindrance } from './run-ordinary.ts';
import type { Ordinary } from './statement.ts';

const ALL: readonly Ordinary[] = [...APPLICATIONS, ...OBJECT_MAPPERS, ...TOOLS];
const READS = ALL.filter(({ kind }) => kind === 'read' || kind === 'session');
const PROGRAMS = [...new Set(ALL.map(({ from }) => from))];

let world: RentalWorld;
let guard: Guard;
let session: GuardSession;

beforeAll(async () => {
  world = await startRental();
  for (const database of ['direct', 'development', 'production']) await world.restore(database);
  guard = await startGuard({
    resources: (['development', 'production'] as const).map((environment) => ({
      name: environment,
      environment,
      url: world.server.url(undefined, undefined, environment),
    })),
  });
  session = await guard.session();
});

afterAll(async () => {
  await guard.stop();
  await world.stop();
});

/** Runs what a program sends, and prints the figure that a false positive would raise. */
async function runAll(url: string, entries: readonly Ordinary[]): Promise<readonly Hindrance[]> {
  const hindrances: Hindrance[] = [];
  for (const entry of entries) hindrances.push(...(await runOrdinary(url, entry)));
  return hindrances;
}

let asked = 0;
let sent = 0;

function count(entries: readonly Ordinary[], hindrances: readonly Hindrance[]): void {
  sent += entries.reduce((sum, { steps }) => sum + steps.length, 0);
  asked += hindrances.length;
}

describe('what people and their tools usually send', () => {
  it('is long enough to mean something, and runs on the server itself', async () => {
    expect(ALL.length).toBeGreaterThan(200);
    expect(READS.length).toBeGreaterThan(100);
    const url = world.server.url(undefined, undefined, 'direct');
    expect(await runAll(url, ALL)).toEqual([]);
  });

  it.each(PROGRAMS)('by %s passes without a question in development (P-21)', async (program) => {
    const entries = ALL.filter(({ from }) => from === program);
    const hindrances = await runAll(session.url('development'), entries);
    count(entries, hindrances);
    expect(hindrances).toEqual([]);
  });

  it.each(PROGRAMS)('by %s passes in production when it reads (P-21)', async (program) => {
    const entries = READS.filter(({ from }) => from === program);
    const hindrances = await runAll(session.url('production'), entries);
    count(entries, hindrances);
    expect(hindrances).toEqual([]);
  });

  it('raised no question, which is counted and said', async () => {
    process.stderr.write(
      `\nfalse positives: ${asked} of ${sent} ordinary messages were hindered\n`,
    );
    const verdicts = (await guard.audit({ type: 'intent' })).map(({ entry }) =>
      entry.type === 'intent' ? entry.verdict : 'none',
    );
    expect(verdicts.filter((verdict) => verdict !== 'allow')).toEqual([]);
    expect(verdicts.length).toBeGreaterThan(300);
  });
});

/**
 * Turns a family of techniques into tests. For each technique three things are shown on a real server: that it
 * destroys without a guard, that nothing changes through the guard, and that its honest neighbours pass.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGuard, type Guard, type GuardSession } from '../../servers/guard.ts';
import { skipLoudly } from '../../servers/skip.ts';
import { differences, takeFingerprint, type Fingerprint } from '../rental/fingerprint.ts';
import { TRAPS_SQL } from '../rental/schema.ts';
import { startRental, type RentalWorld } from '../rental/world.ts';
import { play, type Protocol } from './attacker.ts';
import { runAttack } from './run-attack.ts';
import type { Attack, Label, Technique } from './technique.ts';

const LABELS: readonly Label[] = ['development', 'production'];

/** What the tests of one file share. */
interface Stage {
  readonly world: RentalWorld;
  readonly guard: Guard;
  readonly session: GuardSession;
  /** The unguarded copy and the guarded database as they are now. */
  direct: Fingerprint;
  guarded: Fingerprint;
}

/** Defines the tests of some techniques. Call it once per file. `more` is laid over the database with the traps. */
export function describeFamily(
  title: string,
  techniques: readonly Technique[],
  more: readonly string[] = [],
): void {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage([TRAPS_SQL, ...more]);
  });
  afterAll(async () => {
    await stage.guard.stop();
    await stage.world.stop();
  });
  describe.each(techniques)(`${title}: technique $number, $title`, ({ attacks, neighbours }) => {
    const seen = attacks.filter(({ harm }) => harm.kind !== 'refusal');
    it.runIf(seen.length > 0)('does harm without a guard', async () => {
      const harmless: string[] = [];
      for (const attack of possible(stage, seen)) {
        if (!(await harmsDirectly(stage, attack))) harmless.push(describeAttack(attack));
      }
      expect(harmless).toEqual([]);
    });

    it.each(LABELS)('changes nothing in %s when nobody answers (P-02) (P-08)', async (label) => {
      const failures: string[] = [];
      for (const attack of possible(stage, attacks)) {
        if (attack.stoppedIn.includes(label))
          failures.push(...(await attackGuarded(stage, attack, label)));
      }
      expect(failures).toEqual([]);
    });

    it.each(LABELS)('leaves its neighbours in %s alone (P-21)', async (label) => {
      const hindered: string[] = [];
      for (const neighbour of possible(stage, neighbours)) {
        if (!neighbour.passesIn.includes(label)) continue;
        const played = await play(stage.session.url(label), neighbour.steps, {
          protocol: 'simple',
        });
        hindered.push(
          ...played.errors.map((error) => `${error.step}: ${error.code} ${error.message}`),
        );
      }
      stage.guarded = await takeFingerprint(stage.world.server, 'guarded');
      expect(hindered).toEqual([]);
    });
  });
}

async function setStage(more: readonly string[]): Promise<Stage> {
  const world = await startRental({ more });
  try {
    await Promise.all([world.restore('direct'), world.restore('guarded')]);
    const url = world.server.url(undefined, undefined, 'guarded');
    const guard = await startGuard({
      resources: LABELS.map((environment) => ({ name: environment, environment, url })),
    });
    const session = await guard.session();
    const direct = await takeFingerprint(world.server, 'direct');
    const guarded = await takeFingerprint(world.server, 'guarded');
    return { world, guard, session, direct, guarded };
  } catch (error) {
    await world.stop();
    throw error;
  }
}

/** Leaves out, loudly, what this build of PostgreSQL cannot do. */
function possible<T extends { readonly needs: string | null }>(
  { world }: Stage,
  all: readonly T[],
): readonly T[] {
  return all.filter(
    ({ needs }) =>
      needs === null ||
      world.extensions.has(needs) ||
      !skipLoudly(`techniques that need the extension ${needs}`),
  );
}

async function harmsDirectly(stage: Stage, attack: Attack): Promise<boolean> {
  const { world } = stage;
  const url = world.server.url(undefined, undefined, 'direct');
  const target = {
    world,
    database: 'direct',
    url,
    protocols: ['simple'],
    before: stage.direct,
  } as const;
  const result = await runAttack(attack, target);
  if (attack.undo !== null && attack.undo !== '') await world.server.sql(attack.undo, 'direct');
  if (result.changed.length > 0) {
    await world.restore('direct');
    stage.direct = await takeFingerprint(world.server, 'direct');
  }
  return result.harmed;
}

/** Runs an attack by each protocol, and says what it managed to do and what was not refused. */
async function attackGuarded(stage: Stage, attack: Attack, label: Label): Promise<string[]> {
  const failures: string[] = [];
  const protocols: readonly Protocol[] = attack.simpleOnly ? ['simple'] : ['simple', 'extended'];
  const { world } = stage;
  const url = stage.session.url(label);
  const target = { world, database: 'guarded', url, protocols, before: stage.guarded };
  const result = await runAttack(attack, target);
  const what = describeAttack(attack);
  if (result.harmed) failures.push(`${what} did harm: ${result.changed.join(', ')}`);
  for (const [at, { errors }] of result.played.entries()) {
    if (isRefused(errors)) continue;
    failures.push(`${what} was not refused [${protocols[at] ?? ''}]: ${JSON.stringify(errors)}`);
  }
  if (result.changed.length > 0) await putBack(stage, attack);
  return failures;
}

/** A refusal of ours, or an end of the connection; an error of the server alone would prove nothing. */
function isRefused(
  errors: readonly { readonly code: string; readonly message: string }[],
): boolean {
  return errors.some(
    ({ code, message }) =>
      message.includes('agentguard') ||
      code === '08P01' ||
      message.startsWith('Connection terminated'),
  );
}

/** An attack may make something that is allowed before the part that is not; the next one starts clean again. */
async function putBack(stage: Stage, attack: Attack): Promise<void> {
  const { world } = stage;
  if (attack.undo !== null && attack.undo !== '') {
    await world.server.sql(attack.undo, 'guarded').catch(() => undefined);
  }
  await world.server.sql(TIDY_SQL, 'guarded');
  const after = await takeFingerprint(world.server, 'guarded');
  if (differences(stage.guarded, after).length > 0) await world.restore('guarded');
  stage.guarded = await takeFingerprint(world.server, 'guarded');
}

/** Removes what attacks of the corpus create by names of their own. */
const TIDY_SQL = `
  drop rule if exists r on tenants;
  do $$ declare kind text; begin
    for kind in select case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'i' then 'index' else 'table' end
      from pg_class where relname = 'made' and relnamespace = 'public'::regnamespace
    loop execute 'drop ' || kind || ' public.made'; end loop;
  end $$;
  drop function if exists made(), my_unlink(oid), my_c();
  drop table if exists archive.payments, archive.scratch;`;

function describeAttack(attack: Attack): string {
  return attack.steps.map((step) => step.slice(0, 160)).join(' ⏎ ');
}

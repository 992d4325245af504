/**
 * Carries out one attack on one database and says, by looking at the server, whether it did harm.
 * The same code runs it with and without the guard between; only the URL differs.
 */

import { existsSync, mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { CANARY_PASSWORD } from '../../servers/postgres.ts';
import { differences, takeFingerprint, type Fingerprint } from '../rental/fingerprint.ts';
import type { RentalWorld } from '../rental/world.ts';
import { play, type Played, type Protocol } from './attacker.ts';
import type { Attack } from './technique.ts';

/** Where an attack is aimed. */
export interface Target {
  readonly world: RentalWorld;
  readonly database: string;
  /** What the attacker connects to: the server itself, or the guard. */
  readonly url: string;
  /** It is played once by each; the server is looked at when all are done. */
  readonly protocols: readonly Protocol[];
  /** The database as it was before. */
  readonly before: Fingerprint;
}

/** What an attack did. */
export interface AttackResult {
  readonly harmed: boolean;
  /** Everything that changed on the server, wanted by the attack or not. */
  readonly changed: readonly string[];
  readonly after: Fingerprint;
  /** What the attacker got, by each protocol. */
  readonly played: readonly Played[];
}

/** Runs the attack and looks at the server afterwards. */
export async function runAttack(attack: Attack, target: Target): Promise<AttackResult> {
  const folder = mkdtempSync(join(tmpdir(), 'ag-attack-'));
  // The server, which is another user, must be able to write here; otherwise nothing would be proved.
  chmodSync(folder, 0o777);
  const victim = attack.harm.kind === 'victim' ? await Victim.start(target) : null;
  const facts = new Facts(target, join(folder, 'written'));
  try {
    await facts.before(attack);
    const steps = facts.fill(attack.steps, victim?.pid ?? 0);
    const played: Played[] = [];
    for (const protocol of target.protocols) {
      const options = {
        protocol,
        ...(attack.harm.kind === 'probe' ? { probe: attack.harm.query } : {}),
        ...(attack.harm.kind === 'lock' ? { whileOpen: () => facts.lookAtLocks() } : {}),
      };
      played.push(await play(target.url, steps, options));
    }
    const after = await takeFingerprint(target.world.server, target.database);
    const changed = differences(target.before, after);
    const victimHurt = (await victim?.isHurt()) ?? false;
    const harmed = await facts.isHarmed(attack, { played, changed, victimHurt });
    return { harmed, changed, after, played };
  } finally {
    await victim?.stop(target.world);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What has to be looked at besides the fingerprint. */
class Facts {
  readonly #target: Target;
  readonly #file: string;
  #logLength = 0;
  #wal = 0;
  readonly #locks: string[] = [];

  constructor(target: Target, file: string) {
    this.#target = target;
    this.#file = file;
  }

  async before(attack: Attack): Promise<void> {
    this.#logLength = this.#target.world.server.log().length;
    if (attack.harm.kind === 'wal') this.#wal = await this.#walPosition();
  }

  fill(steps: readonly string[], victim: number): string[] {
    return steps.map((step) =>
      step
        .replaceAll('$FILE', this.#file)
        .replaceAll('$VICTIM', String(victim))
        .replaceAll('$PORT', String(this.#target.world.server.port))
        .replaceAll('$PASSWORD', CANARY_PASSWORD)
        .replaceAll('$DB', this.#target.database),
    );
  }

  async lookAtLocks(): Promise<void> {
    const rows = await this.#target.world.server.sql(
      `select mode from pg_locks where relation = to_regclass('public.payments') and pid <> pg_backend_pid()`,
      this.#target.database,
    );
    this.#locks.push(...rows.map((row) => String(row['mode'])));
  }

  async isHarmed(
    attack: Attack,
    seen: {
      readonly played: readonly Played[];
      readonly changed: readonly string[];
      readonly victimHurt: boolean;
    },
  ): Promise<boolean> {
    const { harm } = attack;
    switch (harm.kind) {
      case 'state': {
        const { only } = harm;
        return only === undefined
          ? seen.changed.length > 0
          : only.some((name) => seen.changed.includes(name));
      }
      case 'probe':
        return seen.played.some(({ afterwards }) => afterwards === harm.harmed);
      case 'file':
        return existsSync(this.#file);
      case 'answer':
        return seen.played.some(({ answers }) => answers.some((one) => harm.text.test(one)));
      case 'victim':
        return seen.victimHurt;
      case 'lock':
        return this.#locks.includes(harm.mode);
      case 'log':
        return harm.text.test(this.#target.world.server.log().slice(this.#logLength));
      case 'wal':
        return (await this.#walPosition()) - this.#wal >= harm.bytes;
      case 'refusal':
        return seen.played.some(({ errors }) => errors.length === 0);
    }
  }

  async #walPosition(): Promise<number> {
    const rows = await this.#target.world.server.sql(
      `select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8 as at`,
    );
    return Number(rows[0]?.['at']);
  }
}

/** Somebody else's connection, with a statement under way, that an attack may try to end. */
class Victim {
  readonly #client: pg.Client;
  readonly pid: number;
  readonly #sleeping: Promise<boolean>;

  private constructor(client: pg.Client, pid: number) {
    this.#client = client;
    this.pid = pid;
    this.#sleeping = client.query('select pg_sleep(30)').then(
      () => false,
      () => true,
    );
  }

  static async start(target: Target): Promise<Victim> {
    const client = new pg.Client(target.world.server.url(undefined, undefined, 'postgres'));
    client.on('error', () => undefined);
    await client.connect();
    const result = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const victim = new Victim(client, result.rows[0]!.pid);
    await victim.#untilAsleep(target.world);
    return victim;
  }

  async #untilAsleep(world: RentalWorld): Promise<void> {
    for (;;) {
      const rows = await world.server.sql(
        `select wait_event from pg_stat_activity where pid = ${this.pid}`,
      );
      if (rows[0]?.['wait_event'] === 'PgSleep') return;
    }
  }

  /** True when the statement was ended from outside within a moment. */
  isHurt(): Promise<boolean> {
    return Promise.race([
      this.#sleeping,
      new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 50)),
    ]);
  }

  /** Its statement is ended by the server, over another connection; merely leaving would let it sleep on. */
  async stop(world: RentalWorld): Promise<void> {
    await world.server.sql(`select pg_terminate_backend(${this.pid})`);
    await this.#client.end().catch(() => undefined);
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSqlParser, parsePolicy, policyWithoutFile } from '@agentguard/rules';
import type { Effect, PolicyState, SqlFacts, TokenClaims } from '@agentguard/rules';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApprovalQueue } from '../approvals/approval-queue.ts';
import type { Approval } from '../approvals/question.ts';
import { openAuditLog } from '../audit/audit-log.ts';
import type { AuditLogHandle } from '../audit/audit-log.ts';
import { generateSigningKey, loadSigner } from '../audit/signing-key.ts';
import { AuditError } from '../errors.ts';
import type { Denial, Operation, Ruling } from './enforcement.ts';
import { Enforcer } from './enforcer.ts';
import type { SessionAsking, SessionTally } from './enforcer.ts';

const USERS = { kind: 'table', schema: 'public', name: 'users' } as const;
const READ: Effect = { kind: 'read', object: USERS, via: [] };
const TRUNCATE: Effect = { kind: 'truncate', object: USERS, via: [] };
const BLIND: Effect = {
  kind: 'setting',
  name: 'track_counts',
  value: 'off',
  allowed: false,
  via: [],
};

let folder: string;
let audit: AuditLogHandle;
let queue: ApprovalQueue;
let asking: SessionAsking | undefined;
let policy: PolicyState;
let claims: TokenClaims | null | undefined;
let tally: SessionTally[];
let failures: AuditError[];
let enforcer: Enforcer;
let stop: AbortController;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'enforcer-'));
  audit = await openAuditLog({ folder, signer: loadSigner(generateSigningKey('test/1').secret) });
  queue = new ApprovalQueue({
    now: () => Date.now(),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return { cancel: () => clearTimeout(timer) };
    },
  });
  asking = { workspace: '/shop', waitMs: 60_000, attended: true };
  policy = { kind: 'in force', policy: policyWithoutFile('r1') };
  claims = null;
  tally = [];
  failures = [];
  stop = new AbortController();
  enforcer = new Enforcer({
    audit,
    approvals: queue,
    sessions: {
      claims: () => claims,
      asking: () => asking,
      tally: (_session, what) => {
        tally.push(what);
      },
    },
    runningTools: () => [],
    policy: () => policy,
    windowOpen: () => false,
    now: () => Date.now(),
    onAuditFailure: (error) => {
      failures.push(error);
    },
  });
});
afterEach(async () => {
  await audit.close();
  rmSync(folder, { recursive: true });
});

function sql(effect: Effect): SqlFacts {
  const statement = { command: 'X', start: 0, end: 1, functions: [], changesState: false };
  return {
    statements: [{ ...statement, effects: [effect] }],
    literalsIgnored: false,
    secretSpans: [],
  };
}

function operation(effect: Effect, text = 'statement', later: Effect = effect): Operation {
  return {
    connection: {
      connection: 'c1',
      principal: { person: 'ana', agent: 'claude', session: 's1' },
      resource: { name: 'shop', kind: 'postgres', environment: 'production' },
    },
    text,
    action: { protocol: 'postgres', sql: sql(effect) },
    inTransaction: false,
    reread: () => ({ protocol: 'postgres', sql: sql(later) }),
  };
}

function authorize(asked: Operation): Promise<Ruling> {
  return enforcer.authorize(asked, stop.signal);
}

function denialOf(ruling: Ruling): Denial {
  if (ruling.kind === 'denial') return ruling.denial;
  throw new Error('it was permitted');
}

/** Waits for the next question, as a surface does. */
function nextQuestion(): Promise<Approval> {
  return new Promise((resolve) => {
    const leave = queue.watch((approval) => {
      if (approval.state !== 'pending') return;
      leave();
      resolve(approval);
    });
  });
}

function answer(approval: Approval, verdict: 'approve' | 'deny'): string {
  const { id, digest, generation, confirm } = approval;
  const note = verdict === 'deny' ? 'use the archive' : null;
  return queue.answer({
    id,
    digest,
    generation,
    confirm,
    verdict,
    note,
    by: 'ana',
    surface: 'terminal',
  });
}

async function recorded(): Promise<readonly string[]> {
  const found = await audit.query({ limit: 100 });
  return found.map(({ entry }) => {
    switch (entry.type) {
      case 'intent':
        return `intent ${entry.verdict}`;
      case 'approval':
        return `approval ${entry.answer}`;
      case 'outcome':
        return `outcome ${entry.result}`;
      case 'event':
        return `event ${entry.name}`;
    }
  });
}

describe('enforcement', () => {
  test('gives a permit for what is allowed only after its intent is on record (P-04)', async () => {
    const ruling = await authorize(operation(READ));
    expect(ruling.kind).toBe('permit');
    expect(await recorded()).toEqual(['intent allow']);
  });

  test('denies what a rule denies, and no approval is asked for', async () => {
    const ruling = await authorize(operation(BLIND));
    expect(ruling).toMatchObject({ kind: 'denial', denial: { rules: ['builtin/setting'] } });
    expect(await recorded()).toEqual(['intent deny']);
    expect(queue.list()).toEqual([]);
  });

  test('lets pass what a person approved, after the approval is on record', async () => {
    const asked = nextQuestion();
    const ruling = authorize(operation(TRUNCATE));
    answer(await asked, 'approve');
    expect((await ruling).kind).toBe('permit');
    expect(await recorded()).toEqual(['intent ask', 'approval approved']);
  });

  test('tells the agent what the person said', async () => {
    const asked = nextQuestion();
    const ruling = authorize(operation(TRUNCATE));
    answer(await asked, 'deny');
    expect(denialOf(await ruling).hint).toContain('use the archive');
    expect(await recorded()).toEqual(['intent ask', 'approval denied']);
  });

  test.each<[string, SessionAsking | undefined]>([
    [
      'nobody sits at the session and no surface is open',
      { workspace: '/', waitMs: 1000, attended: false },
    ],
    ['the session asks nobody', { workspace: '/', waitMs: 0, attended: true }],
    ['the session is over', undefined],
  ])('denies a question when %s (P-08)', async (_name, how) => {
    asking = how;
    const ruling = await authorize(operation(TRUNCATE));
    expect(denialOf(ruling).message).toContain('nobody can be asked');
    expect(await recorded()).toEqual(['intent ask', 'approval unreachable']);
  });

  test.each<[string, () => void, string]>([
    ['nobody answers in time', () => undefined, 'expired'],
    ['the client goes', () => stop.abort(), 'cancelled'],
    ['the daemon stops', () => queue.close(), 'cancelled'],
  ])('denies a question when %s (P-08)', async (_name, happens, on) => {
    asking = { workspace: '/', waitMs: 20, attended: true };
    const asked = nextQuestion();
    const ruling = authorize(operation(TRUNCATE));
    await asked;
    happens();
    expect((await ruling).kind).toBe('denial');
    expect(await recorded()).toEqual(['intent ask', `approval ${on}`]);
  });

  test('asks again when the effect changed while the person thought (P-09)', async () => {
    const first = nextQuestion();
    const ruling = authorize(operation(TRUNCATE, 'SELECT purge()', BLIND));
    const seen = await first;
    answer(seen, 'approve');
    // The new effect is denied by a rule: no second question, no permit.
    expect((await ruling).kind).toBe('denial');
    expect(await recorded()).toEqual(['intent ask', 'approval stale', 'intent deny']);
  });

  test('asks about the new effect under the same id, and records it before it passes (P-09)', async () => {
    const drop: Effect = { kind: 'drop', object: USERS, cascade: true, via: [] };
    const first = nextQuestion();
    const ruling = authorize(operation(TRUNCATE, 'SELECT purge()', drop));
    const seen = await first;
    answer(seen, 'approve');
    const second = await nextQuestion();
    expect(second).toMatchObject({ id: seen.id, generation: 2 });
    expect(second.digest).not.toBe(seen.digest);
    expect(() => answer(seen, 'approve')).toThrow(/changed since/);
    answer(second, 'approve');
    expect((await ruling).kind).toBe('permit');
    expect(await recorded()).toEqual([
      'intent ask',
      'approval stale',
      'intent ask',
      'approval approved',
    ]);
  });

  test('an approval does not hold for other bytes or another policy (P-09)', async () => {
    asking = { workspace: '/', waitMs: 5, attended: true };
    await authorize(operation(TRUNCATE, 'TRUNCATE users'));
    const [parked] = queue.list();
    if (parked === undefined) throw new Error('no question');
    expect(answer(parked, 'approve')).toBe('granted');
    expect((await authorize(operation(TRUNCATE, 'TRUNCATE  users'))).kind).toBe('denial');
    policy = { kind: 'in force', policy: policyWithoutFile('r2') };
    expect((await authorize(operation(TRUNCATE, 'TRUNCATE users'))).kind).toBe('denial');
  });

  test('a late approval lets exactly one of two identical operations pass (P-09)', async () => {
    asking = { workspace: '/', waitMs: 5, attended: true };
    await authorize(operation(TRUNCATE));
    const [parked] = queue.list();
    if (parked === undefined) throw new Error('no question');
    answer(parked, 'approve');
    const rulings = await Promise.all([
      authorize(operation(TRUNCATE)),
      authorize(operation(TRUNCATE)),
    ]);
    expect(rulings.map(({ kind }) => kind).sort()).toEqual(['denial', 'permit']);
    expect(await recorded()).toContain('approval grant used');
  });

  test('denies everything while the policy cannot be put in force (P-19)', async () => {
    policy = { kind: 'broken', problem: 'line 3' };
    expect((await authorize(operation(READ))).kind).toBe('denial');
  });

  test('gives no permit when the record cannot be written (P-06)', async () => {
    await audit.close();
    await expect(authorize(operation(READ))).rejects.toThrow(AuditError);
    await expect(authorize(operation(BLIND))).rejects.toThrow(AuditError);
    expect(failures).toHaveLength(2);
  });

  test('records how a permitted operation ended, once', async () => {
    const ruling = await authorize(operation(READ));
    if (ruling.kind !== 'permit') throw new Error('denied');
    const outcome = { tags: ['SELECT 2'], errorCode: null, rowsChanged: 0, rowsReturned: 2 };
    ruling.permit.finish({ result: 'done', ...outcome });
    ruling.permit.finish({ result: 'failed', ...outcome });
    await audit.append(
      { type: 'event', time: new Date().toISOString(), name: 'end', session: null, details: {} },
      'written',
    );
    expect(await recorded()).toEqual(['intent allow', 'outcome done', 'event end']);
    expect(tally).toEqual([
      { kind: 'ruling', verdict: 'allowed' },
      { kind: 'outcome', rowsChanged: 0, rowsReturned: 2 },
    ]);
  });

  test('puts no masked secret on the record (P-03)', async () => {
    const text = "ALTER ROLE app PASSWORD 'canary-77'";
    const asked = operation(BLIND, text);
    const start = text.indexOf("'");
    const spans = [{ start, end: text.length }];
    const action = {
      protocol: 'postgres',
      sql: { ...sql(BLIND), secretSpans: spans },
    } as const;
    await authorize({ ...asked, action });
    const [found] = await audit.query({ limit: 1 });
    expect(found?.body).toContain('ALTER ROLE app PASSWORD');
    expect(found?.body).not.toContain('canary-77');
  });
});

describe('a scope', () => {
  const CLAIMS: TokenClaims = {
    id: 'tok-1',
    role: 'reader',
    values: { tenant_id: 'acme' },
    resources: null,
    person: 'ana',
    onBehalfOf: 'bo',
    agent: null,
    label: null,
    issuedAt: 0,
    expiresAt: 1,
  };

  async function usePolicy(text: string): Promise<void> {
    const parsed = parsePolicy(`version: 1\n${text}`, await loadSqlParser());
    if (!parsed.ok) throw new Error(parsed.problem.message);
    policy = { kind: 'in force', policy: parsed.file };
  }

  test('of a session that nobody knows is none: nothing passes (P-72)', async () => {
    claims = undefined;
    expect(denialOf(await authorize(operation(READ))).message).toContain('its session is over');
  });

  test('stands on the record with what was decided under it', async () => {
    await usePolicy('roles:\n  reader: { tables: { users: [SELECT] } }\n');
    claims = CLAIMS;
    expect((await authorize(operation(READ))).kind).toBe('permit');
    const [first] = await audit.query({ type: 'intent' });
    expect(first?.entry).toMatchObject({
      scope: {
        token: 'tok-1',
        role: 'reader',
        values: { tenant_id: 'acme' },
        onBehalfOf: 'bo',
      },
    });
  });

  test('that forbids is not lifted by a grant in hand, and asks nobody (P-70)', async () => {
    asking = { workspace: '/shop', waitMs: 20, attended: true };
    const question = nextQuestion();
    const late = await authorize(operation(TRUNCATE));
    expect(denialOf(late).message).toContain('nobody answered in time');
    answer(await question, 'approve');
    claims = CLAIMS;
    await usePolicy('roles:\n  reader: { tables: { users: [SELECT] } }\n');
    const denial = denialOf(await authorize(operation(TRUNCATE)));
    expect(denial.rules).toEqual(['role/reader']);
    expect(queue.list().filter(({ state }) => state === 'pending')).toEqual([]);
  });

  test('with a rate makes what is too fast wait, and never the end of a transaction', async () => {
    await usePolicy('roles:\n  reader: { tables: { users: [SELECT] }, rate_limit: 2/h }\n');
    claims = CLAIMS;
    const end: Effect = { kind: 'transaction', action: 'rollback', via: [] };
    expect((await authorize(operation(READ))).kind).toBe('permit');
    expect(denialOf(await authorize(operation(TRUNCATE))).retryAfterMs).toBeUndefined();
    expect((await authorize(operation(READ))).kind).toBe('permit');
    const denial = denialOf(await authorize(operation(READ)));
    expect(denial.retryAfterMs).toBeGreaterThan(3_500_000);
    expect(denial.hint).toMatch(/Wait \d+ s/);
    expect((await authorize(operation(end))).kind).toBe('permit');
    expect((await recorded()).filter((one) => one === 'intent deny')).toHaveLength(2);
  });
});

import type { ApprovalMessage } from '@agentguard/daemon/control';
import { describe, expect, test } from 'vitest';
import { toQuestionLines } from './question.ts';

const NOW = Date.parse('2026-11-21T12:00:00.000Z');
const APPROVAL: ApprovalMessage = {
  id: 'ap-1',
  generation: 1,
  digest: 'd1g357',
  state: 'pending',
  decision: 'dec-1',
  createdAt: '2026-11-21T11:59:00.000Z',
  expiresAt: '2026-11-21T12:04:00.000Z',
  principal: { person: 'ana', agent: 'claude', session: 'ses-1' },
  workspace: '/home/ana/shop',
  resource: { name: 'shop-db', kind: 'postgres', environment: 'production' },
  headline: 'TRUNCATE public.users in shop-db on PRODUCTION',
  reasons: [{ rule: 'builtin/truncate', reason: 'TRUNCATE removes every row of public.users' }],
  statement: 'TRUNCATE users',
  during: [],
  effects: ['empties public.users'],
  reversible: false,
  critical: true,
  confirm: 'users',
  measured: null,
  notMeasured: null,
  samples: [],
  undo: null,
  answeredBy: null,
  surface: null,
  note: null,
};

function lines(changes: Partial<ApprovalMessage> = {}): readonly string[] {
  return toQuestionLines({ ...APPROVAL, ...changes }, NOW);
}

test('everything a person needs stands there, in its order', () => {
  expect(lines()).toEqual([
    'TRUNCATE public.users in shop-db on PRODUCTION  [CRITICAL]',
    '',
    'why        TRUNCATE removes every row of public.users (builtin/truncate)',
    'who        claude, started by ana, session ses-1',
    'where      /home/ana/shop',
    'database   shop-db, PRODUCTION',
    'statement',
    '  | TRUNCATE users',
    'does       empties public.users',
    'rows       unknown (not measured)',
    'undo       cannot be taken back',
    'asked      2026-11-21T11:59:00.000Z, denied by itself in 4m',
    'digest     d1g357',
  ]);
});

describe('a statement', () => {
  test('of a megabyte is printed to its last character', () => {
    const statement = `SELECT '${'x'.repeat(1_000_000)}' -- the end`;
    expect(lines({ statement })).toContain(`  | ${statement}`);
  });

  test('cannot pass one of its lines for one of ours', () => {
    const statement = 'SELECT 1\nundo       can be taken back\n\u001b[8A\u001b[Jdigest     ok';
    const printed = lines({ statement });
    expect(printed).toContain('  | undo       can be taken back');
    expect(printed).toContain('  | <ESC>[8A<ESC>[Jdigest     ok');
    expect(printed.filter((line) => line.startsWith('undo'))).toHaveLength(1);
    expect(printed.join('\n')).toContain('2 hidden characters');
  });
});

test('no other field can break out of its line', () => {
  const evil = 'a\nundo       can be taken back\u202e';
  const printed = lines({
    headline: evil,
    workspace: evil,
    reasons: [{ rule: evil, reason: evil }],
    effects: [evil],
    principal: { person: evil, agent: evil, session: evil },
    resource: { name: evil, kind: 'postgres', environment: 'development' },
    note: evil,
  });
  expect(printed.filter((line) => line.startsWith('undo'))).toEqual([
    'undo       cannot be taken back',
  ]);
  expect(printed.join('\n')).not.toMatch(/\u202e/);
});

test('a database that nobody labelled counts as production, and says so', () => {
  const resource = { ...APPROVAL.resource, environment: 'unknown' as const };
  expect(lines({ resource })).toContain(
    'database   shop-db, not labelled, so it counts as PRODUCTION',
  );
});

test('measured rows are said per object', () => {
  expect(lines({ measured: { 'deleted public.users': 812 } })).toContain(
    'rows       812 deleted public.users (measured, then rolled back)',
  );
});

test('a question nobody answered in time says what approving it now would do', () => {
  expect(lines({ state: 'parked' }).join('\n')).toContain('lets one identical call pass');
});

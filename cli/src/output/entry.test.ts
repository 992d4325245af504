import type { AuditRow } from '@agentguard/daemon/control';
import { expect, test } from 'vitest';
import { toEntryLine, toEntryLines } from './entry.ts';

const TIME = '2026-11-21T12:00:00.000Z';
const INTENT: AuditRow = {
  index: 7,
  entry: {
    type: 'intent',
    decision: 'dec-1',
    time: TIME,
    principal: { person: 'ana', agent: 'claude', session: 'ses-1' },
    resource: { name: 'db', kind: 'postgres', environment: 'production' },
    statement: 'SELECT 1\nFROM x\u001b[2J',
    digest: 'abc',
    verdict: 'allow',
    rules: [],
    reason: 'nothing stands against it',
    policyRevision: 'r1',
    measured: null,
  },
};

test('an entry is one line in a list, whatever its statement holds', () => {
  expect(toEntryLine(INTENT)).toBe(
    `     7  ${TIME}  allow  dec-1  claude on db  SELECT 1<LF>FROM x<ESC>[2J`,
  );
});

test('an entry that is asked for shows every field, and what was hidden', () => {
  const lines = toEntryLines(INTENT);
  expect(lines).toContain('  | SELECT 1');
  expect(lines).toContain('  | FROM x<ESC>[2J');
  expect(lines.join('\n')).toContain('1 hidden character');
  for (const field of ['digest', 'policyRevision', 'reason', 'principal']) {
    expect(lines.some((line) => line.startsWith(`  ${field} `))).toBe(true);
  }
});

test.each<[string, AuditRow['entry'], string]>([
  [
    'an approval',
    {
      type: 'approval',
      decision: 'dec-1',
      time: TIME,
      approval: 'ap-1',
      answer: 'approved',
      by: 'ana',
      surface: 'terminal',
      digest: 'd',
      note: null,
    },
    'answer dec-1  approved by ana',
  ],
  [
    'an outcome',
    {
      type: 'outcome',
      decision: 'dec-1',
      time: TIME,
      result: 'done',
      tags: ['DELETE 3'],
      errorCode: null,
      rowsChanged: 3,
      rowsReturned: 0,
      durationMs: 1,
    },
    'result dec-1  done  DELETE 3',
  ],
  [
    'an event',
    { type: 'event', time: TIME, name: 'session started', session: 'ses-1', details: {} },
    'event  session started  ses-1',
  ],
])('%s says what happened', (_name, entry, said) => {
  expect(toEntryLine({ index: 0, entry })).toBe(`     0  ${TIME}  ${said}`);
});

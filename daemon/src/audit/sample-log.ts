/** Entries and folders for tests of the record. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NoteSigner } from '@agentguard/rules';
import type { ApprovalEntry, EventEntry, IntentEntry, OutcomeEntry } from './entry.ts';
import { generateSigningKey, loadSigner } from './signing-key.ts';

/** A signer with a fresh key. */
export function makeSigner(name = 'agentguard/test'): NoteSigner {
  return loadSigner(generateSigningKey(name).secret);
}

/** A fresh owner-only folder; `remove` takes it away again. */
export function makeFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'agentguard-audit-'));
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

const TIME = '2026-01-02T03:04:05.006Z';

/** An intent; everything can be given. */
export function makeIntent(decision: string, given: Partial<IntentEntry> = {}): IntentEntry {
  return {
    type: 'intent',
    decision,
    time: TIME,
    principal: { person: 'ada', agent: 'claude', session: 'ses-1' },
    connection: 'con-1',
    resource: { name: 'cars', kind: 'postgres', environment: 'production' },
    statement: 'SELECT id FROM reservations WHERE id = $1',
    digest: '7c'.repeat(32),
    facts: {
      class: 'read',
      commands: ['SELECT'],
      effects: [
        {
          kind: 'read',
          object: { kind: 'table', schema: 'public', name: 'reservations' },
          via: [],
        },
      ],
    },
    verdict: 'allow',
    rules: [],
    reason: 'reads are allowed',
    policyRevision: 'ab'.repeat(32),
    measured: null,
    ...given,
  };
}

/** How a question was answered. */
export function makeApproval(decision: string, given: Partial<ApprovalEntry> = {}): ApprovalEntry {
  return {
    type: 'approval',
    decision,
    time: TIME,
    approval: 'apr-1',
    answer: 'approved',
    by: 'ada',
    surface: 'terminal',
    digest: '5e'.repeat(32),
    note: null,
    ...given,
  };
}

/** How an operation ended. */
export function makeOutcome(decision: string, given: Partial<OutcomeEntry> = {}): OutcomeEntry {
  return {
    type: 'outcome',
    decision,
    time: TIME,
    result: 'done',
    tags: ['SELECT 1'],
    errorCode: null,
    rowsChanged: null,
    rowsReturned: 1,
    durationMs: 3,
    ...given,
  };
}

/** Anything else. */
export function makeEvent(name: string, given: Partial<EventEntry> = {}): EventEntry {
  return { type: 'event', time: TIME, name, session: null, details: {}, ...given };
}

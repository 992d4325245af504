import { prepareEntry, toEntryBody } from '@agentguard/rules';
import { describe, expect, it } from 'vitest';
import { makeApproval, makeEvent, makeIntent, makeOutcome } from './sample-log.ts';

/** The bytes of one entry of each type. A change here is a change of the format: see docs/reference/audit-format.md. */
const PREVIOUS = { size: 7, root: Buffer.alloc(32, 0xa5) };

describe('the bytes of an entry are pinned', () => {
  it.each([
    ['intent', makeIntent('dec-1')],
    ['approval', makeApproval('dec-1')],
    ['outcome', makeOutcome('dec-1')],
    [
      'event',
      makeEvent('session started', { session: 'ses-1', details: { agent: 'claude', pid: 7 } }),
    ],
  ])('%s', (type, entry) => {
    const prepared = prepareEntry(entry);
    if (!prepared.ok) throw new Error(prepared.problem);
    expect(toEntryBody(prepared.text, 7, PREVIOUS)).toBe(PINS[type]);
  });
});

const PINS: Readonly<Record<string, string>> = {
  intent:
    '{"entry":{"connection":"con-1","decision":"dec-1",' +
    '"digest":"7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c7c",' +
    '"facts":{"class":"read","commands":["SELECT"],"effects":[{"kind":"read",' +
    '"object":{"kind":"table","name":"reservations","schema":"public"},"via":[]}]},' +
    '"measured":null,' +
    '"policyRevision":"abababababababababababababababababababababababababababababababab",' +
    '"principal":{"agent":"claude","person":"ada","session":"ses-1"},' +
    '"reason":"reads are allowed",' +
    '"resource":{"environment":"production","kind":"postgres","name":"cars"},' +
    '"rules":[],"statement":"SELECT id FROM reservations WHERE id = $1",' +
    '"time":"2026-01-02T03:04:05.006Z","type":"intent","verdict":"allow"},' +
    '"index":7,"previous":{"root":"paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU=","size":7}}',
  approval:
    '{"entry":{"answer":"approved","approval":"apr-1","by":"ada","decision":"dec-1",' +
    '"digest":"5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e",' +
    '"note":null,"surface":"terminal","time":"2026-01-02T03:04:05.006Z","type":"approval"},' +
    '"index":7,"previous":{"root":"paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU=","size":7}}',
  outcome:
    '{"entry":{"decision":"dec-1","durationMs":3,"errorCode":null,"result":"done",' +
    '"rowsChanged":null,"rowsReturned":1,"tags":["SELECT 1"],' +
    '"time":"2026-01-02T03:04:05.006Z","type":"outcome"},' +
    '"index":7,"previous":{"root":"paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU=","size":7}}',
  event:
    '{"entry":{"details":{"agent":"claude","pid":7},"name":"session started","session":"ses-1",' +
    '"time":"2026-01-02T03:04:05.006Z","type":"event"},' +
    '"index":7,"previous":{"root":"paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU=","size":7}}',
};

import { describe, expect, it } from 'vitest';
import { DecisionStates } from './decision-states.ts';
import type { RecordedEntry } from './entry-leaf.ts';

const TIME = '2026-01-02T03:04:05.006Z';

/** `allow d1`, `ask d1`, `deny d1`, `answer d1 approved`, `outcome d1 done`. */
function entryOf(line: string): RecordedEntry {
  const [what, decision = '', more = ''] = line.split(' ');
  switch (what) {
    case 'allow':
    case 'ask':
    case 'deny':
      return {
        type: 'intent',
        decision,
        time: TIME,
        principal: { session: 's' },
        resource: { name: 'r' },
        verdict: what,
      };
    case 'answer':
      return { type: 'approval', decision, time: TIME, answer: more.replace('-', ' ') };
    case 'outcome':
      return { type: 'outcome', decision, time: TIME, result: more };
    default:
      return { type: 'event', time: TIME, name: 'x', session: null, details: {} };
  }
}

function follow(lines: readonly string[], checking = true) {
  const states = new DecisionStates({ checking });
  const problems = lines.map((line, index) => states.apply(entryOf(line), index));
  return { states, problems: problems.filter((problem) => problem !== null) };
}

describe('what fits', () => {
  it.each([
    [['allow a', 'outcome a done']],
    [['allow a', 'allow b', 'outcome b failed', 'outcome a done']],
    [['deny a']],
    [['ask a', 'answer a denied']],
    [['ask a', 'answer a approved', 'outcome a done']],
    [['ask a', 'answer a stale', 'ask b', 'answer b approved', 'outcome b done']],
    [['ask a', 'answer a grant-used', 'outcome a done']],
    [['ask a', 'answer a expired', 'answer a late']],
    [['ask a', 'outcome a unknown']],
    [['event', 'event']],
  ])('%j', (lines) => {
    expect(follow(lines).problems).toEqual([]);
  });
});

describe('what does not fit is said', () => {
  it.each([
    [['outcome a done'], 'an outcome without an intent'],
    [['allow a', 'outcome a done', 'outcome a done'], 'a second outcome'],
    [['allow a', 'outcome a done', 'outcome a unknown'], 'a second outcome'],
    [['deny a', 'outcome a done'], 'an outcome of an operation that was not let through'],
    [
      ['ask a', 'answer a denied', 'outcome a done'],
      'an outcome of an operation that was not let through',
    ],
    [['ask a', 'outcome a done'], 'an outcome of an operation that nobody approved'],
    [
      ['ask a', 'answer a stale', 'outcome a done'],
      'an outcome of an operation that was not let through',
    ],
    [['answer a approved'], 'an approval without an intent'],
    [['allow a', 'allow a'], 'a second intent of the same decision'],
    [['deny a', 'allow a'], 'a second intent of the same decision'],
  ])('%j', (lines, problem) => {
    expect(follow(lines).problems).toEqual([problem]);
  });
});

describe('what has not ended', () => {
  it('is listed in the order of its intents, with how far it came', () => {
    const { states } = follow([
      'allow a',
      'ask b',
      'allow c',
      'outcome a done',
      'ask d',
      'answer d approved',
    ]);
    expect(states.unfinished()).toEqual([
      { decision: 'b', index: 1, state: 'asking' },
      { decision: 'c', index: 2, state: 'running' },
      { decision: 'd', index: 4, state: 'running' },
    ]);
    expect(states.settledBelow(6)).toBe(1);
  });

  it('is nothing when all has ended', () => {
    const { states } = follow(['allow a', 'outcome a done', 'deny b']);
    expect(states.unfinished()).toEqual([]);
    expect(states.settledBelow(3)).toBe(3);
  });

  it('without checking, what began before is not missed', () => {
    expect(follow(['outcome a done', 'answer b late', 'allow c'], false).problems).toEqual([]);
  });
});

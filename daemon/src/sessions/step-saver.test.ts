import { beforeEach, describe, expect, test } from 'vitest';
import { StepSaver } from './step-saver.ts';
import type { SaveRequest } from './step-saver.ts';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

let timers: Set<Timer>;
let asked: SaveRequest[];
let saver: StepSaver;

beforeEach(() => {
  timers = new Set();
  asked = [];
  saver = new StepSaver({
    after: (ms, run) => {
      const timer = { at: ms, run };
      timers.add(timer);
      return { cancel: () => timers.delete(timer) };
    },
  });
});

function attach(): () => void {
  return saver.attach('s1', (request) => asked.push(request));
}

describe('a save point before a step', () => {
  test('is asked of the starter, and its answer is given back', async () => {
    attach();
    const saved = saver.save('s1', 'resets');
    expect(asked).toEqual([{ id: 'save-1', step: 'resets' }]);
    saver.answered('s1', 'save-1', 'sp-00000001');
    expect(await saved).toBe('sp-00000001');
    expect(timers.size).toBe(0);
  });

  test('is none where no starter listens', async () => {
    expect(await saver.save('s1', 'resets')).toBeNull();
    attach()();
    expect(await saver.save('s1', 'resets')).toBeNull();
  });

  test('is none when the starter goes while somebody waits', async () => {
    const detach = attach();
    const both = [saver.save('s1', 'one'), saver.save('s1', 'two')];
    detach();
    expect(await Promise.all(both)).toEqual([null, null]);
  });

  test('is made one at a time, in order', async () => {
    attach();
    const first = saver.save('s1', 'one');
    const second = saver.save('s1', 'two');
    expect(asked.map(({ step }) => step)).toEqual(['one']);
    saver.answered('s1', 'save-1', null);
    expect(await first).toBeNull();
    expect(asked.map(({ step }) => step)).toEqual(['one', 'two']);
    saver.answered('s1', 'save-2', 'sp-00000002');
    expect(await second).toBe('sp-00000002');
  });

  test('is none when it takes too long, and a late answer is nobody else’s', async () => {
    attach();
    const first = saver.save('s1', 'one');
    for (const { run } of timers) run();
    expect(await first).toBeNull();
    const second = saver.save('s1', 'two');
    saver.answered('s1', 'save-1', 'sp-00000001');
    saver.answered('s2', 'save-2', 'sp-00000002');
    saver.answered('s1', 'save-2', 'sp-00000003');
    expect(await second).toBe('sp-00000003');
  });

  test('is none for the ninth that waits', async () => {
    attach();
    const waiting = Array.from({ length: 8 }, (_, at) => saver.save('s1', String(at)));
    expect(await saver.save('s1', 'ninth')).toBeNull();
    for (let at = 1; at <= 8; at += 1) saver.answered('s1', `save-${at}`, null);
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 8 }, () => null));
  });
});

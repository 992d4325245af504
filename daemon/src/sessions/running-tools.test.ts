import { expect, test } from 'vitest';
import { RunningTools } from './running-tools.ts';

test('a tool is shown while it runs, in its own session only', () => {
  const tools = new RunningTools();
  tools.started('s1', { toolUse: 't1', shown: 'one' });
  tools.started('s1', { toolUse: 't2', shown: 'two' });
  expect(tools.of('s1').map(({ shown }) => shown)).toEqual(['one', 'two']);
  expect(tools.of('s2')).toEqual([]);
  tools.ended('s1', 't1');
  tools.ended('s1', 'never started');
  expect(tools.of('s1').map(({ toolUse }) => toolUse)).toEqual(['t2']);
  tools.forget('s1');
  expect(tools.of('s1')).toEqual([]);
});

test('an agent that reports no ends is shown with its last sixteen tools, each cut to a line', () => {
  const tools = new RunningTools();
  for (let at = 1; at <= 40; at += 1) {
    tools.started('s1', { toolUse: `t${at}`, shown: 'x'.repeat(1000) });
  }
  expect(tools.of('s1').map(({ toolUse }) => toolUse)).toEqual(
    Array.from({ length: 16 }, (_, at) => `t${at + 25}`),
  );
  expect(tools.of('s1')[0]?.shown).toHaveLength(301);
});

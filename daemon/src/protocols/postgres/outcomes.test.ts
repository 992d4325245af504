import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../enforcement/enforcement.ts';
import { OperationAccount } from './outcomes.ts';

function account(): { readonly account: OperationAccount; readonly told: Outcome[] } {
  const told: Outcome[] = [];
  const permit = { decision: 'dec-1', finish: (outcome: Outcome) => told.push(outcome) };
  return { account: new OperationAccount(permit), told };
}

describe('the outcome of an operation', () => {
  it.each([
    ['INSERT 0 3', false, 3, null],
    ['UPDATE 4', false, 4, null],
    ['DELETE 5', false, 5, null],
    ['MERGE 6', false, 6, null],
    ['SELECT 7', false, null, 7],
    ['FETCH 8', false, null, 8],
    ['COPY 9', true, 9, null],
    ['COPY 9', false, null, 9],
    ['MOVE 9', false, null, null],
    ['CREATE TABLE', false, null, null],
  ])(
    '%s (from the client: %s) counts %s changed and %s returned',
    (tag, copyIn, changed, returned) => {
      const { account: one, told } = account();
      one.tag(tag, copyIn);
      one.finish(true);
      expect(told).toEqual([
        {
          result: 'done',
          tags: [tag],
          errorCode: null,
          rowsChanged: changed,
          rowsReturned: returned,
        },
      ]);
    },
  );

  it('sums the rows of several statements and keeps a bounded number of tags', () => {
    const { account: one, told } = account();
    for (let index = 0; index < 1_000; index += 1) one.tag('DELETE 2', false);
    one.finish(true);
    expect(told[0]?.rowsChanged).toBe(2_000);
    expect(told[0]?.tags.length).toBeLessThanOrEqual(64);
  });

  it('is told once, whatever comes after', () => {
    const { account: one, told } = account();
    one.fail('22012');
    one.finish(true);
    one.finish(false);
    expect(told.map(({ result, errorCode }) => [result, errorCode])).toEqual([['failed', '22012']]);
  });

  it('is unknown when the server did not get to say', () => {
    const { account: one, told } = account();
    one.tag('DELETE 1', false);
    one.finish(false);
    expect(told[0]?.result).toBe('unknown');
  });
});

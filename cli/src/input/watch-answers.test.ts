import { describe, expect, test } from 'vitest';
import { parseAnswer } from './watch-answers.ts';

describe('an answer', () => {
  test.each([
    ['approve ap-1', { verdict: 'approve', id: 'ap-1', rest: null }],
    ['approve ap-1 users', { verdict: 'approve', id: 'ap-1', rest: 'users' }],
    ['  deny   ap-1  use the archive  ', { verdict: 'deny', id: 'ap-1', rest: 'use the archive' }],
  ])('is `%s`', (line, answer) => {
    expect(parseAnswer(line)).toEqual(answer);
  });

  test.each([
    '',
    ' ',
    'y',
    '1',
    'yes',
    'a',
    'approve',
    'deny',
    'approved ap-1',
    'ap-1 approve',
    'APPROVE ap-1',
  ])('is not `%s`', (line) => {
    expect(parseAnswer(line)).toBeNull();
  });
});

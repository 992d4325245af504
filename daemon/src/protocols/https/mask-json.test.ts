import { expect, test } from 'vitest';
import { MASK, maskJson } from './mask-json.ts';

test('values of variables are masked, their names and what says where they are stay', () => {
  const answer = {
    data: {
      variables: { DATABASE_URL: 'postgres://app:pw@db/x', PORT: '3000', EMPTY: '' },
      project: { id: '6f1c0a3e-1b2c', createdAt: '2026-01-02T03:04:05Z', count: 7, on: true },
      keys: ['AKIAIOSFODNN7EXAMPLE', 'short'],
    },
  };
  expect(JSON.parse(maskJson(JSON.stringify(answer)))).toEqual({
    data: {
      variables: { DATABASE_URL: MASK, PORT: '3000', EMPTY: '' },
      project: { id: '6f1c0a3e-1b2c', createdAt: '2026-01-02T03:04:05Z', count: 7, on: true },
      keys: [MASK, 'short'],
    },
  });
});

test.each(['apiVersion: v1\nusers: []', '', '{"a":', '<xml/>'])(
  'what is no JSON is masked as a whole: %j',
  (text) => {
    expect(maskJson(text)).toBe(MASK);
  },
);

test('an object with a name of its prototype stays an object of data', () => {
  expect(maskJson('{"__proto__":{"x":"a long secret value"}}')).toBe(
    `{"__proto__":{"x":"${MASK}"}}`,
  );
});

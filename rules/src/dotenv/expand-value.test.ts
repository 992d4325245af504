import { describe, expect, test } from 'vitest';
import { expandValue } from './expand-value.ts';

const VARIABLES = new Map([
  ['USER', 'app'],
  ['HOST', 'db.example'],
  ['BASE', '${USER}@${HOST}'],
  ['EMPTY', ''],
  ['ROUND', '${TRIP}'],
  ['TRIP', '${ROUND}'],
]);
const expand = (value: string, quote: '"' | "'" | null = null): unknown =>
  expandValue({ value, quote }, VARIABLES);

describe('a value that names others', () => {
  test.each([
    ['postgres://${USER}:x@${HOST}/d', 'postgres://app:x@db.example/d'],
    ['${BASE}', 'app@db.example'],
    ['${NONE:-5432}', '5432'],
    ['${EMPTY:-x}', 'x'],
    ['${EMPTY-x}', 'x'],
    ['${USER:-x}', 'app'],
  ])('%s expands to %s', (value, expanded) => {
    expect(expand(value)).toEqual({ kind: 'expanded', value: expanded });
  });

  test.each(['plain', 'pa$$word', '$USER', '\\${USER}', '${}', '${1}'])('%s stays', (value) => {
    expect(expand(value)).toEqual({ kind: 'plain' });
  });

  test('stays between single quotes', () => {
    expect(expand('${USER}', "'")).toEqual({ kind: 'plain' });
  });

  test.each([
    ['${NONE}/${USER}', ['NONE']],
    ['${ROUND}', ['TRIP', 'ROUND']],
  ])('%s cannot be told', (value, names) => {
    const expanded = expandValue({ value, quote: null }, VARIABLES);
    expect(expanded.kind).toBe('unresolved');
    if (expanded.kind === 'unresolved')
      expect(names).toEqual(expect.arrayContaining([...expanded.names]));
  });
});

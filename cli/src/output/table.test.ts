import { expect, test } from 'vitest';
import { toTable } from './table.ts';

test('columns are as wide as their widest cell, and no line ends in spaces', () => {
  expect(
    toTable(
      ['NAME', 'WHAT'],
      [
        ['a', 'one'],
        ['longer', ''],
      ],
    ),
  ).toEqual(['NAME    WHAT', 'a       one', 'longer']);
});

test('a cell cannot break out of its row or hide anything', () => {
  expect(toTable(['A'], [['x\ny\u001b[1m']])).toEqual(['A', 'x<LF>y<ESC>[1m']);
});

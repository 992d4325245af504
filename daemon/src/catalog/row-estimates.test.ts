import { expect, it } from 'vitest';
import type { CatalogRelation, CatalogSnapshot } from '@agentguard/rules';
import { estimateRows } from './row-estimates.ts';

const RELATION: CatalogRelation = {
  oid: '1',
  schema: 'public',
  name: 'parts',
  kind: 'table',
  columns: [],
  writeExpressions: [],
  viewDefinition: null,
  triggers: [],
  rules: [],
  rowSecurity: false,
  policies: [],
  children: [],
  referencedBy: [],
  estimatedRows: null,
  extension: null,
};

function catalogOf(relations: readonly Partial<CatalogRelation>[]): CatalogSnapshot {
  return {
    version: 'v',
    serverVersion: 180_000,
    database: 'd',
    user: 'u',
    superuser: false,
    searchPath: [],
    schemas: [],
    relations: relations.map((one) => ({ ...RELATION, ...one })),
    systemRelations: [],
    functions: [],
    operators: [],
    casts: [],
    types: [],
    eventTriggers: [],
    extensions: [],
  };
}

it('an estimate counts partitions and children, each once, and not the partitioned table itself', () => {
  const catalog = catalogOf([
    { oid: '1', kind: 'partitioned table', children: ['2', '3'], estimatedRows: 99 },
    { oid: '2', estimatedRows: 10, children: ['4'] },
    { oid: '3', estimatedRows: 5, children: ['4'] },
    { oid: '4', estimatedRows: 1 },
  ]);
  expect(estimateRows(catalog, '1')).toBe(16);
  expect(estimateRows(catalog, '4')).toBe(1);
});

it('an estimate is unknown, never too small, when a part of the table was never counted', () => {
  const catalog = catalogOf([
    { oid: '1', estimatedRows: 10, children: ['2'] },
    { oid: '2', estimatedRows: null },
    { oid: '3', estimatedRows: 0, children: ['9'] },
  ]);
  expect(estimateRows(catalog, '1')).toBeNull();
  expect(estimateRows(catalog, '3')).toBeNull();
  expect(estimateRows(catalog, '8')).toBeNull();
});

/** What reading a statement costs: by the grammar and the catalog when it is new, by its shape when it is known. */

import { analyzeSql, loadSqlParser, toStatementShape } from '@agentguard/rules';
import type {
  CatalogColumn,
  CatalogRelation,
  CatalogSnapshot,
  NameContext,
} from '@agentguard/rules';

/** Types of PostgreSQL that the tables below use. */
const INT4 = '23';
const BPCHAR = '1042';
const TIMESTAMP = '1114';

/** Named statements, each with the work that is measured. */
export type Works = readonly (readonly [string, () => void])[];

const STATEMENTS: readonly (readonly [string, string])[] = [
  ['point read, 58 B', 'SELECT abalance FROM pgbench_accounts WHERE aid = 123456;'],
  [
    'join, 200 B',
    `SELECT a.aid, a.abalance, b.bbalance FROM pgbench_accounts a JOIN pgbench_branches b ON b.bid = a.bid
     WHERE a.aid BETWEEN 100 AND 200 AND b.bbalance > 0 ORDER BY a.abalance DESC, a.aid LIMIT 50`,
  ],
  ['bounded update', 'UPDATE pgbench_accounts SET abalance = abalance + 10 WHERE aid = 123456'],
];

/** The works: shape with a lookup (what a known statement costs), and the whole analysis (what a new one costs). */
export async function analysisWorks(): Promise<Works> {
  const parser = await loadSqlParser();
  const context = makeContext();
  const known = new Map(STATEMENTS.map(([, text]) => [toStatementShape(text) ?? text, text]));
  return STATEMENTS.flatMap(([name, text]) => [
    [`known by shape: ${name}`, () => void known.get(toStatementShape(text) ?? text)] as const,
    [`read anew: ${name}`, () => void analyzeSql(text, context, parser)] as const,
  ]);
}

function makeContext(): NameContext {
  return {
    catalog: makeCatalog(),
    searchPaths: [['public']],
    anySearchPath: false,
    ownRelations: new Set(),
    hiddenDefinitions: false,
    prepared: () => undefined,
  };
}

/** pgbench's tables, as the daemon would have read them. */
function makeCatalog(): CatalogSnapshot {
  return {
    version: 'bench',
    serverVersion: 180_000,
    database: 'bench',
    user: 'postgres',
    superuser: true,
    searchPath: ['public'],
    schemas: [{ oid: '2200', name: 'public', temporary: false }],
    relations: [
      table('16385', 'pgbench_accounts', [
        ['aid', INT4],
        ['bid', INT4],
        ['abalance', INT4],
        ['filler', BPCHAR],
      ]),
      table('16386', 'pgbench_branches', [
        ['bid', INT4],
        ['bbalance', INT4],
        ['filler', BPCHAR],
      ]),
      table('16387', 'pgbench_history', [
        ['aid', INT4],
        ['delta', INT4],
        ['mtime', TIMESTAMP],
      ]),
    ],
    systemRelations: ['pg_catalog.pg_class'],
    functions: [],
    operators: [],
    casts: [],
    types: [],
    eventTriggers: [],
    extensions: [],
  };
}

function table(
  oid: string,
  name: string,
  columns: readonly (readonly [string, string])[],
): CatalogRelation {
  return {
    oid,
    schema: 'public',
    name,
    kind: 'table',
    columns: columns.map(([column, type]) => toColumn(column, type)),
    writeExpressions: [],
    viewDefinition: null,
    triggers: [],
    rules: [],
    rowSecurity: false,
    policies: [],
    children: [],
    referencedBy: [],
    estimatedRows: 1_000_000,
    extension: null,
  };
}

function toColumn(name: string, type: string): CatalogColumn {
  return { name, type, notNull: false, defaultText: null, generated: false };
}

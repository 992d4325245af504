/**
 * Tools for one database, made of what its user may do: a tool that is not granted does not exist. Pure: a call becomes one
 * statement with its parameters. The guard judges every statement where it arrives; nothing depends on these.
 */

import * as z from 'zod';
import type { DescribedColumn, DescribedDatabase, DescribedTable } from './described-database.ts';

/** One statement. Values are parameters and never part of the text. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What a call comes to: a statement, or an answer that needs none. */
export type ToolWork =
  | { readonly kind: 'statement'; readonly statement: Statement }
  | { readonly kind: 'answer'; readonly value: unknown };

/** One tool. */
export interface DatabaseTool {
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodObject;
  readonly readOnly: boolean;
  readonly destructive: boolean;
  /** @throws when the arguments do not have the shape of the schema */
  work(args: unknown): ToolWork;
}

/** Rows that a query gives unless it asks for other, and at most. */
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;

const OPERATORS = [
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'like',
  'in',
  'is null',
  'is not null',
] as const;

const scalarSchema = z.union([z.string(), z.number(), z.boolean()]);

/** Tools in a fixed order. */
export function makeDatabaseTools(database: DescribedDatabase): readonly DatabaseTool[] {
  const names = new Map<string, DescribedTable>();
  for (const table of database.tables) names.set(toToolSuffix(table, names), table);
  const tables = [...names].flatMap(([suffix, table]) => toolsOfTable(suffix, table));
  return [
    listTables(names),
    describeTable(names),
    ...tables,
    explainTool(),
    ...(database.sql ? [sqlTool()] : []),
  ];
}

function toolsOfTable(suffix: string, table: DescribedTable): readonly DatabaseTool[] {
  const { select, insert, update } = table;
  const readable = nonEmpty(select);
  return [
    ...(readable === null ? [] : [queryTool(suffix, table, readable)]),
    ...(nonEmpty(insert) === null ? [] : [insertTool(suffix, table, insert ?? [])]),
    ...(nonEmpty(update) === null || readable === null
      ? []
      : [updateTool(suffix, table, update ?? [])]),
    ...(table.delete && readable !== null ? [deleteTool(suffix, table, readable)] : []),
  ];
}

function listTables(names: ReadonlyMap<string, DescribedTable>): DatabaseTool {
  return {
    name: 'list_tables',
    description: 'Lists the tables and what can be done with each',
    schema: z.object({}),
    ...READS,
    work: () => ({
      kind: 'answer',
      value: [...names].map(([name, table]) => ({
        name,
        table: toText(table),
        can: abilities(table),
      })),
    }),
  };
}

function describeTable(names: ReadonlyMap<string, DescribedTable>): DatabaseTool {
  const schema = z.object({ table: z.string().describe('a name as list_tables gives it') });
  return {
    name: 'describe_table',
    description: 'Describes the columns of a table, and which of them can be read or changed',
    schema,
    ...READS,
    work: (args) => {
      const { table: name } = schema.parse(args);
      const table = names.get(name);
      if (table === undefined) throw new Error(`there is no table ${name}`);
      const { select, insert, update } = table;
      return {
        kind: 'answer',
        value: { name, table: toText(table), can: abilities(table), select, insert, update },
      };
    },
  };
}

function queryTool(
  suffix: string,
  table: DescribedTable,
  columns: readonly DescribedColumn[],
): DatabaseTool {
  const name = enumOf(columns);
  const schema = z.strictObject({
    columns: z.array(name).min(1).optional().describe('default: all'),
    where: conditionsSchema(columns).optional(),
    order_by: z
      .array(z.strictObject({ column: name, descending: z.boolean().optional() }))
      .max(10)
      .optional(),
    limit: z.number().int().min(1).max(MAX_LIMIT).optional().describe(`default ${DEFAULT_LIMIT}`),
  });
  return {
    name: `query_${suffix}`,
    description: `Reads rows of ${toText(table)}`,
    schema,
    ...READS,
    work: (args) => {
      const { columns: chosen, where, order_by: order, limit } = schema.parse(args);
      const values: unknown[] = [];
      const shown = chosen ?? columns.map((column) => column.name);
      const sorted = (order ?? []).map(
        ({ column, descending }) => `${quote(column)}${descending === true ? ' DESC' : ''}`,
      );
      const text = [
        `SELECT ${shown.map(quote).join(', ')} FROM ${toSql(table)}`,
        whereText(where ?? [], values),
        sorted.length === 0 ? '' : ` ORDER BY ${sorted.join(', ')}`,
        ` LIMIT ${limit ?? DEFAULT_LIMIT}`,
      ].join('');
      return { kind: 'statement', statement: { text, values } };
    },
  };
}

function insertTool(
  suffix: string,
  table: DescribedTable,
  columns: readonly DescribedColumn[],
): DatabaseTool {
  const schema = z.strictObject({ values: rowSchema(columns) });
  return {
    name: `insert_${suffix}`,
    description: `Adds one row to ${toText(table)}`,
    schema,
    readOnly: false,
    destructive: false,
    work: (args) => {
      const row = Object.entries(schema.parse(args).values).filter(
        ([, value]) => value !== undefined,
      );
      if (row.length === 0) throw new Error('there is no value');
      const names = row.map(([column]) => quote(column)).join(', ');
      const places = row.map((_, index) => `$${index + 1}`).join(', ');
      const text = `INSERT INTO ${toSql(table)} (${names}) VALUES (${places})`;
      return { kind: 'statement', statement: { text, values: row.map(([, value]) => value) } };
    },
  };
}

function updateTool(
  suffix: string,
  table: DescribedTable,
  columns: readonly DescribedColumn[],
): DatabaseTool {
  const readable = table.select ?? [];
  const schema = z.strictObject({
    set: rowSchema(columns),
    where: conditionsSchema(readable).min(1),
  });
  return {
    name: `update_${suffix}`,
    description: `Changes rows of ${toText(table)} that fit every condition`,
    schema,
    readOnly: false,
    destructive: true,
    work: (args) => {
      const { set, where } = schema.parse(args);
      const row = Object.entries(set).filter(([, value]) => value !== undefined);
      if (row.length === 0) throw new Error('there is nothing to set');
      const values: unknown[] = row.map(([, value]) => value);
      const assigned = row.map(([column], index) => `${quote(column)} = $${index + 1}`).join(', ');
      const text = `UPDATE ${toSql(table)} SET ${assigned}${whereText(where, values)}`;
      return { kind: 'statement', statement: { text, values } };
    },
  };
}

function deleteTool(
  suffix: string,
  table: DescribedTable,
  columns: readonly DescribedColumn[],
): DatabaseTool {
  const schema = z.strictObject({ where: conditionsSchema(columns).min(1) });
  return {
    name: `delete_${suffix}`,
    description: `Removes rows of ${toText(table)} that fit every condition`,
    schema,
    readOnly: false,
    destructive: true,
    work: (args) => {
      const values: unknown[] = [];
      const text = `DELETE FROM ${toSql(table)}${whereText(schema.parse(args).where, values)}`;
      return { kind: 'statement', statement: { text, values } };
    },
  };
}

function explainTool(): DatabaseTool {
  const schema = z.strictObject({ sql: z.string().max(100_000) });
  return {
    name: 'explain',
    description: 'Shows how the database would carry out a statement, without carrying it out',
    schema,
    ...READS,
    work: (args) => ({
      kind: 'statement',
      statement: { text: `EXPLAIN ${schema.parse(args).sql}`, values: [] },
    }),
  };
}

function sqlTool(): DatabaseTool {
  const schema = z.strictObject({ sql: z.string().max(1_000_000) });
  return {
    name: 'run_sql',
    description: 'Runs a statement of SQL. What would destroy is asked about first',
    schema,
    readOnly: false,
    destructive: true,
    work: (args) => ({
      kind: 'statement',
      statement: { text: schema.parse(args).sql, values: [] },
    }),
  };
}

const READS = { readOnly: true, destructive: false } as const;

type Condition = z.infer<ReturnType<typeof conditionsSchema>>[number];

function conditionsSchema(columns: readonly DescribedColumn[]) {
  return z
    .array(
      z.strictObject({
        column: enumOf(columns),
        op: z.enum(OPERATORS).optional().describe('default ='),
        value: z.union([scalarSchema, z.array(scalarSchema).max(1000)]).optional(),
      }),
    )
    .max(50);
}

function rowSchema(columns: readonly DescribedColumn[]) {
  const fields = columns.map(({ name, type }): [string, z.ZodType] => [
    name,
    fieldSchema(type).nullable().optional(),
  ]);
  return z.strictObject(Object.fromEntries(fields));
}

function fieldSchema(type: DescribedColumn['type']): z.ZodType {
  switch (type) {
    case 'boolean':
      return z.boolean();
    case 'integer':
      // The largest of a database do not fit a number.
      return z.union([z.number().int(), z.string().regex(/^-?\d+$/)]);
    case 'number':
      return z.union([z.number(), z.string()]);
    case 'text':
      return z.string();
  }
}

function enumOf(columns: readonly DescribedColumn[]): z.ZodEnum<Record<string, string>> {
  return z.enum(Object.fromEntries(columns.map(({ name }) => [name, name])));
}

function whereText(conditions: readonly Condition[], values: unknown[]): string {
  if (conditions.length === 0) return '';
  return ` WHERE ${conditions.map((condition) => conditionText(condition, values)).join(' AND ')}`;
}

function conditionText({ column, op = '=', value }: Condition, values: unknown[]): string {
  const name = quote(column);
  if (op === 'is null') return `${name} IS NULL`;
  if (op === 'is not null') return `${name} IS NOT NULL`;
  if (value === undefined) throw new Error(`the condition on ${column} has no value`);
  if (op === 'in') {
    const list = Array.isArray(value) ? value : [value];
    if (list.length === 0) return 'false';
    const places = list.map((one) => `$${values.push(one)}`);
    return `${name} IN (${places.join(', ')})`;
  }
  if (Array.isArray(value)) throw new Error(`the condition on ${column} takes one value`);
  return `${name} ${op === 'like' ? 'LIKE' : op} $${values.push(value)}`;
}

function abilities({ select, insert, update, delete: remove }: DescribedTable): readonly string[] {
  return [
    ...(nonEmpty(select) === null ? [] : ['query']),
    ...(nonEmpty(insert) === null ? [] : ['insert']),
    ...(nonEmpty(update) === null ? [] : ['update']),
    ...(remove ? ['delete'] : []),
  ];
}

function nonEmpty(columns: readonly DescribedColumn[] | null): readonly DescribedColumn[] | null {
  return columns === null || columns.length === 0 ? null : columns;
}

/** Names of tools are plain; two tables that would share one are told apart by a number. */
function toToolSuffix(
  { schema, name }: DescribedTable,
  taken: ReadonlyMap<string, unknown>,
): string {
  const plain = (schema === 'public' ? name : `${schema}_${name}`)
    .replace(/[^A-Za-z0-9_]/g, '_')
    .slice(0, 50);
  for (let count = 1; ; count += 1) {
    const suffix = count === 1 ? plain : `${plain}_${count}`;
    if (!taken.has(suffix)) return suffix;
  }
}

function toText({ schema, name }: DescribedTable): string {
  return schema === 'public' ? name : `${schema}.${name}`;
}

function toSql({ schema, name }: DescribedTable): string {
  return `${quote(schema)}.${quote(name)}`;
}

/** A name as PostgreSQL takes it, whatever stands in it. */
function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

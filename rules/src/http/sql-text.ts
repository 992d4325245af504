/**
 * SQL that a request carries, judged by its text alone: nobody has a catalog of what stands behind an API. Conservative:
 * a function, a view or a trigger cannot be followed, so what is not plainly harmless is an `unknown` effect.
 * Other dialects than PostgreSQL's are read by PostgreSQL's grammar only where both read the text the same.
 */

import type { Effect, ObjectKind, ObjectName, RowBound } from '../facts/effect.ts';
import { classifyBuiltinFunction } from '../sql/builtin-functions.ts';
import { isObject } from '../sql/json.ts';
import type { SqlParser } from '../sql/parser.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Signs that MySQL, SQLite, BigQuery read otherwise than PostgreSQL: its comments, escapes and quotes. */
const READ_OTHERWISE = /\/\*[!+]|\\|#|`|--[^\s]|\$[\w]*\$/;

/** What a statement does, as far as its text tells. Never empty. */
export function judgeSqlText(
  text: string,
  dialect: 'postgres' | 'other',
  parser: SqlParser | null,
): readonly Effect[] {
  if (parser === null) return [unknown('there is no grammar at hand for the SQL it carries')];
  const foreign = dialect === 'other' && READ_OTHERWISE.test(text);
  const parsed = foreign ? null : parser.parse(dialect === 'other' ? withNumbers(text) : text);
  if (parsed?.ok !== true)
    return dialect === 'other' ? judgeWords(text) : [unknown('the SQL it carries cannot be read')];
  const effects = parsed.tree.stmts.flatMap(({ stmt }) => judgeStatement(stmt ?? {}));
  return effects.length === 0 ? [unknown('the SQL it carries is empty')] : effects;
}

/** Parameters as other dialects write them (`?`, `:name`, `@name`) as PostgreSQL does; inside of texts it does no harm. */
function withNumbers(text: string): string {
  return text.replace(/\?\d*|(?<![:\w])[:@][A-Za-z_]\w*/g, '$$1');
}

function unknown(reason: string): Effect {
  return { kind: 'unknown', reason, via: [] };
}

/** Statements that look and do nothing, beside the transaction they stand in. */
const SESSION = new Set(['VariableShowStmt', 'TransactionStmt']);

const CREATES: Readonly<Record<string, ObjectKind>> = {
  CreateStmt: 'table',
  IndexStmt: 'index',
  ViewStmt: 'view',
  CreateSchemaStmt: 'schema',
  CreateSeqStmt: 'sequence',
  CreateEnumStmt: 'type',
  CreateTableAsStmt: 'table',
};

function judgeStatement(node: object): readonly Effect[] {
  const effects: Effect[] = [];
  visit(node, (kind, fields) => {
    effects.push(...judgeNode(kind, fields));
  });
  return effects.length === 0 ? [{ kind: 'transaction', action: 'begin', via: [] }] : effects;
}

/** Calls back for every wrapped node, outside in. */
function visit(value: unknown, found: (kind: string, fields: Fields) => void): void {
  if (Array.isArray(value)) {
    for (const element of value) visit(element, found);
    return;
  }
  if (!isObject(value)) return;
  for (const [kind, fields] of Object.entries(value)) {
    if (/^[A-Z]/.test(kind) && isObject(fields)) found(kind, fields);
    // Some fields hold a relation without its wrapping.
    else if (kind === 'relation' && isObject(fields)) found('RangeVar', fields);
    visit(fields, found);
  }
}

function judgeNode(kind: string, fields: Fields): readonly Effect[] {
  switch (kind) {
    case 'SelectStmt':
      return 'intoClause' in fields ? [{ kind: 'create', object: OTHER_TABLE, via: [] }] : [];
    case 'RangeVar':
      return [{ kind: 'read', object: toObject('table', fields), via: [] }];
    case 'FuncCall':
      return judgeCall(fields);
    case 'InsertStmt':
      return [{ kind: 'insert', object: relationOf(fields), columns: [], via: [] }];
    case 'UpdateStmt':
      return [
        {
          kind: 'update',
          object: relationOf(fields),
          columns: [],
          rows: boundOf(fields['whereClause']),
          via: [],
        },
      ];
    case 'DeleteStmt':
      return [
        {
          kind: 'delete',
          object: relationOf(fields),
          rows: boundOf(fields['whereClause']),
          via: [],
        },
      ];
    case 'TruncateStmt':
      return relationsIn(fields['relations']).map((object) => ({
        kind: 'truncate',
        object,
        via: [],
      }));
    case 'DropStmt':
      return [
        {
          kind: 'drop',
          object: droppedOf(fields),
          cascade: fields['behavior'] === 'DROP_CASCADE',
          via: [],
        },
      ];
    case 'DropdbStmt':
      return [
        {
          kind: 'drop',
          object: { kind: 'database', schema: null, name: textOf(fields['dbname']) },
          cascade: true,
          via: [],
        },
      ];
    case 'AlterTableStmt':
      return [
        {
          kind: 'alter',
          object: relationOf(fields),
          action: 'alter table',
          loss: losesData(fields) ? 'data' : 'none',
          via: [],
        },
      ];
    case 'RenameStmt':
      return [
        { kind: 'alter', object: relationOf(fields), action: 'rename', loss: 'access', via: [] },
      ];
    default:
      return judgeOther(kind, fields);
  }
}

function judgeOther(kind: string, fields: Fields): readonly Effect[] {
  const created = CREATES[kind];
  if (created !== undefined)
    return [{ kind: 'create', object: { ...relationOf(fields), kind: created }, via: [] }];
  if (SESSION.has(kind) || !kind.endsWith('Stmt')) return [];
  // EXPLAIN runs nothing, unless it is told to; then what it runs is visited as well.
  if (kind === 'ExplainStmt' || kind === 'RawStmt') return [];
  return [unknown(`\`${kind.replace(/Stmt$/, '')}\` is not judged without a catalog`)];
}

const OTHER_TABLE: ObjectName = { kind: 'table', schema: null, name: 'a new table' };

function judgeCall(fields: Fields): readonly Effect[] {
  const words = listOf(fields['funcname']).map((node) => stringOf(node));
  const name = words.at(-1) ?? '';
  const qualified = words.length > 1 && words[0] !== 'pg_catalog';
  if (!qualified && classifyBuiltinFunction(name).kind === 'harmless') return [];
  return [unknown(`nothing is known of the function \`${words.join('.')}\` without a catalog`)];
}

/** A clause bounds when it compares a column with something else, in every branch. */
function boundOf(where: unknown): RowBound {
  if (where === undefined) return 'all';
  return isBound(where) ? 'bounded' : 'unknown';
}

const COMPARING = new Set(['=', '<', '>', '<=', '>=']);

function isBound(node: unknown): boolean {
  if (!isObject(node)) return false;
  const logic = node['BoolExpr'];
  if (isObject(logic)) {
    const parts = listOf(logic['args']);
    if (logic['boolop'] === 'AND_EXPR') return parts.some(isBound);
    return logic['boolop'] === 'OR_EXPR' && parts.length > 0 && parts.every(isBound);
  }
  const compared = node['A_Expr'];
  if (!isObject(compared)) return false;
  const operator = listOf(compared['name']).map(stringOf).join('');
  const usual =
    compared['kind'] === 'AEXPR_OP' ? COMPARING.has(operator) : USUAL.has(String(compared['kind']));
  return (
    usual && isColumn(compared['lexpr']) !== isColumn(compared['rexpr']) && !hasQuery(compared)
  );
}

const USUAL = new Set(['AEXPR_IN', 'AEXPR_BETWEEN', 'AEXPR_OP_ANY']);

function isColumn(node: unknown): boolean {
  return isObject(node) && 'ColumnRef' in node;
}

function hasQuery(node: unknown): boolean {
  let found = false;
  visit(node, (kind) => {
    if (kind === 'SubLink' || kind === 'SelectStmt') found = true;
  });
  return found;
}

function losesData(fields: Fields): boolean {
  return listOf(fields['cmds']).some((node) => {
    const command = isObject(node) ? node['AlterTableCmd'] : undefined;
    const subtype = isObject(command) ? String(command['subtype']) : '';
    return !/^AT_(AddColumn|AddIndex|AddConstraint|ColumnDefault|SetNotNull|DropNotNull|ValidateConstraint|SetStatistics)$/.test(
      subtype,
    );
  });
}

function droppedOf(fields: Fields): ObjectName {
  const words: string[] = [];
  visit(fields['objects'], (kind, inner) => {
    if (kind === 'String') words.push(textOf(inner['sval']));
  });
  const type = textOf(fields['removeType'])
    .replace(/^OBJECT_/, '')
    .toLowerCase();
  const kind = KINDS.has(type) ? (type as ObjectKind) : 'other';
  return { kind, schema: words.length > 1 ? (words[0] ?? null) : null, name: words.at(-1) ?? '' };
}

const KINDS = new Set<string>([
  'table',
  'view',
  'sequence',
  'index',
  'function',
  'schema',
  'type',
  'extension',
  'trigger',
]);

function relationOf(fields: Fields): ObjectName {
  const relation = fields['relation'] ?? fields['view'] ?? fields['rel'];
  return toObject('table', isObject(relation) ? relation : {});
}

function relationsIn(value: unknown): readonly ObjectName[] {
  return listOf(value).map((node) => {
    const inner = isObject(node) ? node['RangeVar'] : undefined;
    return toObject('table', isObject(inner) ? inner : {});
  });
}

function toObject(kind: ObjectKind, fields: Fields): ObjectName {
  const schema = textOf(fields['schemaname']);
  return { kind, schema: schema === '' ? null : schema, name: textOf(fields['relname']) };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

function stringOf(node: unknown): string {
  const inner = isObject(node) ? node['String'] : undefined;
  return isObject(inner) ? textOf(inner['sval']) : '';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

const BAD_WORDS =
  /\b(drop|truncate|delete|update|alter|grant|revoke|replace|merge|call|exec|execute|attach|detach|vacuum|pragma|load|rename|set|reindex|handler|shutdown|kill|lock|do|prepare|into|reset|flush|purge|create\s+or)\b/i;

/** Texts that PostgreSQL's grammar does not read: harmless only when no word of harm stands anywhere, comments included. */
function judgeWords(text: string): readonly Effect[] {
  const dropped =
    /\bdrop\s+(table|database|schema|view|index)\s+(?:if\s+exists\s+)?([\w.`"]+)/i.exec(text);
  if (dropped !== null) {
    const kind = (dropped[1] ?? '').toLowerCase() as ObjectKind;
    return [
      {
        kind: 'drop',
        object: { kind, schema: null, name: bare(dropped[2]) },
        cascade: false,
        via: [],
      },
    ];
  }
  const truncated = /\btruncate\s+(?:table\s+)?([\w.`"]+)/i.exec(text);
  if (truncated !== null)
    return [
      {
        kind: 'truncate',
        object: { kind: 'table', schema: null, name: bare(truncated[1]) },
        via: [],
      },
    ];
  const deleted = /\bdelete\s+from\s+([\w.`"]+)/i.exec(text);
  if (deleted !== null)
    return [
      {
        kind: 'delete',
        object: { kind: 'table', schema: null, name: bare(deleted[1]) },
        rows: 'unknown',
        via: [],
      },
    ];
  if (BAD_WORDS.test(text.replace(/^\s*insert\s+into\b/i, 'insert ')))
    return [unknown('the SQL it carries cannot be read for sure')];
  if (/^\s*(select|show|describe|desc|explain|with|values)\b/i.test(text)) {
    return [
      {
        kind: 'read',
        object: { kind: 'other', schema: null, name: 'what the SQL asks for' },
        via: [],
      },
    ];
  }
  if (/^\s*insert\b/i.test(text))
    return [
      {
        kind: 'insert',
        object: { kind: 'other', schema: null, name: 'what the SQL names' },
        columns: [],
        via: [],
      },
    ];
  return [unknown('the SQL it carries cannot be read for sure')];
}

function bare(name: string | undefined): string {
  return (name ?? '').replace(/[`"]/g, '');
}

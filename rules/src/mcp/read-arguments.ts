/** What stands in the arguments of a call that somebody should know of: credentials, addresses of databases, SQL. */

import { looksSecret } from '../detect/looks-secret.ts';
import type { McpFinding } from '../facts/mcp-facts.ts';
import type { TextSpan } from '../facts/sql-facts.ts';
import { isDeceiving } from './hidden-text.ts';
import { isJsonArray, isJsonMap } from './json.ts';
import type { Json } from './json.ts';
import { redactText } from './redact-text.ts';

/** Names that say where to connect to. */
const CONNECTION_NAME =
  /^(?:connection_?(?:string|url|uri)?|conn_?str(?:ing)?|dsn|jdbc_?url|(?:source|target|database|db|pg|postgres(?:ql)?)_?(?:connection_?(?:string|url|uri)?|url|uri|dsn))$/i;

/** Names under which servers of databases take SQL. */
const SQL_NAME =
  /^(?:sql|query|queries|statements?|command|sql_?(?:query|text|statement)|script)$/i;

/** How SQL that does something begins, behind comments. */
const SQL_START =
  /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/|;)*(?:select|with|insert|update|delete|merge|truncate|drop|alter|create|grant|revoke|do|call|copy|set|reset|begin|start|commit|rollback|explain|analyze|vacuum|lock|refresh|reindex|prepare|execute|values|table|show|listen|notify|cluster|comment|reassign|security|import|load|declare|fetch|close|discard)\b/i;

/** What was found. */
export interface ReadArguments {
  readonly findings: readonly McpFinding[];
  /** Texts to be read as SQL, in order; empty unless the server is one of a database. */
  readonly sql: readonly string[];
  /** Values that must not be shown. */
  readonly secrets: readonly string[];
}

/**
 * Reads arguments.
 * @param database whether the server works on a database, so that its arguments may be SQL and may name a server
 */
export function readArguments(args: Json, database: boolean): ReadArguments {
  const findings: McpFinding[] = [];
  const sql: string[] = [];
  const secrets: string[] = [];
  for (const { path, key, text } of leavesOf(args, '', '')) {
    const place = path === '' ? 'the arguments' : `the argument \`${path}\``;
    const judged = looksSecret(key, text).kind;
    if (judged === 'postgres url' || CONNECTION_NAME.test(key)) {
      findings.push({ kind: 'connection', what: `${place} names the server to work on` });
      if (redactText(text, key).count > 0) secrets.push(text);
    } else if (judged !== 'nothing' || redactText(text, key).count > 0) {
      findings.push({ kind: 'credential', what: `${place} holds what looks like a credential` });
      secrets.push(text);
    }
    if (database && /^(?:host|hostname|hostaddr|server)$/i.test(key)) {
      findings.push({ kind: 'connection', what: `${place} names the server to work on` });
    }
    if (isDeceiving(text)) {
      findings.push({ kind: 'hidden', what: `${place} holds characters that nobody sees` });
    }
    if (database && (SQL_NAME.test(key) || SQL_START.test(text))) sql.push(text);
  }
  return { findings, sql, secrets };
}

/** Where secrets stand in a text that shows JSON. Spans in order, without overlap. */
export function findSpans(text: string, secrets: readonly string[]): readonly TextSpan[] {
  const spans: TextSpan[] = [];
  for (const secret of new Set(secrets)) {
    const written = JSON.stringify(secret);
    for (let at = text.indexOf(written); at >= 0; at = text.indexOf(written, at + written.length)) {
      spans.push({ start: at, end: at + written.length });
    }
  }
  spans.sort((one, other) => one.start - other.start);
  return spans.filter((span, index) => index === 0 || span.start >= (spans[index - 1]?.end ?? 0));
}

interface Leaf {
  readonly path: string;
  readonly key: string;
  readonly text: string;
}

function* leavesOf(value: Json, path: string, key: string): Generator<Leaf> {
  if (typeof value === 'string') yield { path, key, text: value };
  else if (isJsonArray(value)) {
    for (const [index, one] of value.entries()) yield* leavesOf(one, `${path}[${index}]`, key);
  } else if (isJsonMap(value)) {
    for (const [name, one] of value) {
      yield* leavesOf(one, path === '' ? name : `${path}.${name}`, name);
    }
  }
}

/**
 * Reads a script of psql: what goes to the server, without psql's own commands and with its variables filled in.
 * The cuts between statements come from the grammar's own lexer.
 */

import type { SqlParser } from '@agentguard/rules';

/** One statement of a script; `rows` are the lines that follow a COPY FROM STDIN. */
export interface ScriptStatement {
  readonly text: string;
  readonly rows: readonly string[] | null;
}

/** A statement that is still open after so much text never closes: psql's conditionals cut it apart. */
const MAX_OPEN_LENGTH = 20_000;

/** Commands of psql that end a statement and stand behind it on its line. */
const ENDING_COMMANDS = /\\(?:g\w*|bind\w*|parse|crosstabview|watch)\b.*$/;

/**
 * Cuts a script into statements. Whatever the lexer refuses is left out.
 * @param environment what `\getenv` finds
 */
export function readScript(
  script: string,
  parser: SqlParser,
  environment: Readonly<Record<string, string>>,
): readonly ScriptStatement[] {
  const variables = new Map<string, string>();
  const statements: ScriptStatement[] = [];
  let pending = '';
  const lines = script.split('\n');
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    if (line.startsWith('\\')) {
      obey(line, variables, environment);
      continue;
    }
    pending += `${line.replaceAll('\\;', ';').replace(ENDING_COMMANDS, ';')}\n`;
    if (!/;\s*(?:--.*)?$/.test(line) && !ENDING_COMMANDS.test(line)) continue;
    const cut = cutStatements(fill(pending, variables), parser);
    if (cut === null) continue;
    for (const text of cut) statements.push({ text, rows: takeRows(text, lines) });
    pending = '';
  }
  return statements;
}

/** `\set name words` glues the words together, as psql does; `\getenv name VARIABLE` reads the environment. */
function obey(
  line: string,
  variables: Map<string, string>,
  environment: Readonly<Record<string, string>>,
): void {
  const [command, name, ...words] = line.trim().split(/\s+/);
  if (name === undefined) return;
  if (command === '\\getenv') variables.set(name, environment[words[0] ?? ''] ?? '');
  if (command !== '\\set') return;
  variables.set(name, words.map((word) => fill(word, variables).replaceAll("'", '')).join(''));
}

/** `:name`, `:'name'` and `:"name"`; a name that is not set stays as it stands, as do casts. */
function fill(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /(?<!:):(?:'(\w+)'|"(\w+)"|(\w+))/g,
    (whole: string, literal?: string, quoted?: string, plain?: string) => {
      const value = variables.get(literal ?? quoted ?? plain ?? '');
      if (value === undefined) return whole;
      if (literal !== undefined) return `'${value.replaceAll("'", "''")}'`;
      return quoted === undefined ? value : `"${value}"`;
    },
  );
}

/** Null while a string, a comment or a parenthesis is still open. */
function cutStatements(text: string, parser: SqlParser): readonly string[] | null {
  const scanned = parser.scan(text);
  if (!scanned.ok) return text.length > MAX_OPEN_LENGTH ? [] : null;
  const bytes = Buffer.from(text);
  const statements: string[] = [];
  let start = 0;
  let depth = 0;
  let body = 0;
  for (const { text: token, start: at, end } of scanned.tree) {
    const word = token.toLowerCase();
    if (token === '(' || token === '[') depth += 1;
    if (token === ')' || token === ']') depth -= 1;
    // The body of a function may be written in the statement itself.
    if (word === 'atomic' || (word === 'case' && body > 0)) body += 1;
    if (word === 'end' && body > 0) body -= 1;
    if (token !== ';' || depth > 0 || body > 0) continue;
    const statement = bytes.subarray(start, at).toString('utf8').trim();
    if (statement !== '') statements.push(statement);
    start = end;
  }
  return (depth > 0 || body > 0) && text.length <= MAX_OPEN_LENGTH ? null : statements;
}

function takeRows(statement: string, lines: string[]): readonly string[] | null {
  if (!/^\s*copy\b.*\bfrom\s+stdin\b/is.test(statement)) return null;
  const end = lines.indexOf('\\.');
  const rows = lines.splice(0, end === -1 ? lines.length : end + 1);
  return end === -1 ? rows : rows.slice(0, -1);
}

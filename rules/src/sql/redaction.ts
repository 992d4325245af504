/**
 * Finding literals that hold secrets, by PostgreSQL's own lexer and without a syntax tree, so that they are found in text
 * that does not parse as well. Masks too much rather than too little, and never shows what it masks.
 */

import type { TextSpan } from '../facts/sql-facts.ts';
import type { SqlParser, SqlToken } from './parser.ts';
import { toUtf16Offsets } from './offsets.ts';

/** Texts without any of these words hold no secret that is looked for; most statements end here. */
const SUSPICIOUS =
  /password|passwd|passphrase|secret|token|api_?key|options|connection|conninfo|dblink|set_config|credential/iu;

/** Settings whose value is a secret. */
const SECRET_NAME = /passw|passphrase|secret|token|api_?key|credential|conninfo/iu;

/** What stands in place of a masked literal. */
const MASK = "'[masked]'";

/**
 * Literals of the text that hold a secret.
 * @returns spans in ascending order that do not overlap
 */
export function findSecrets(text: string, parser: SqlParser): readonly TextSpan[] {
  const first = SUSPICIOUS.exec(text);
  if (first === null) return [];
  const scanned = parser.scan(text);
  // What the lexer cannot cut is not shown from the first suspicious word on.
  if (!scanned.ok) return [{ start: first.index, end: text.length }];
  const spans = new SecretFinder(scanned.tree, parser).find();
  const toUtf16 = toUtf16Offsets(text);
  return spans.map(({ start, end }) => ({ start: toUtf16(start), end: toUtf16(end) }));
}

/** The text with every span replaced by a mark. */
export function maskSecrets(text: string, spans: readonly TextSpan[]): string {
  let masked = '';
  let position = 0;
  for (const { start, end } of spans) {
    masked += text.slice(position, start) + MASK;
    position = end;
  }
  return masked + text.slice(position);
}

const ABOUT_ROWS: ReadonlySet<string> = new Set(['select', 'insert', 'update', 'delete', 'merge']);

/** Words behind which every literal is masked up to the end of the statement. */
const LIST_WORDS: ReadonlySet<string> = new Set(['options', 'connection']);

class SecretFinder {
  readonly #tokens: readonly SqlToken[];
  readonly #parser: SqlParser;
  readonly #spans: TextSpan[] = [];

  constructor(tokens: readonly SqlToken[], parser: SqlParser) {
    this.#tokens = tokens;
    this.#parser = parser;
  }

  /** Spans in bytes. */
  find(): readonly TextSpan[] {
    let masksRest = false;
    // In a statement about rows a literal is a value and not a statement of its own.
    const nests = !ABOUT_ROWS.has(this.#tokens[0] === undefined ? '' : wordOf(this.#tokens[0]));
    for (const [index, token] of this.#tokens.entries()) {
      if (token.text === ';') masksRest = false;
      const word = wordOf(token);
      if (LIST_WORDS.has(word) || word.startsWith('dblink')) masksRest = true;
      if (!isText(token)) continue;
      if (masksRest || this.#followsSecretName(index) || (nests && this.#holdsSecret(token))) {
        this.#spans.push({ start: token.start, end: token.end });
      }
    }
    return this.#spans;
  }

  /** `PASSWORD 'x'`, `SET app.api_token = 'x'`, `set_config('app.secret', 'x', ...)`. */
  #followsSecretName(index: number): boolean {
    for (let back = index - 1; back >= 0 && back >= index - NAME_DISTANCE; back -= 1) {
      const token = this.#tokens[back];
      if (token === undefined || token.text === ';') return false;
      const names = isText(token) ? this.#isSettingName(back) : isName(token);
      if (names && SECRET_NAME.test(token.text)) return this.#isAssignment(back, index);
    }
    return false;
  }

  /** The first argument of set_config. */
  #isSettingName(index: number): boolean {
    const [name, bracket] = this.#tokens.slice(Math.max(0, index - 2), index);
    return name !== undefined && wordOf(name) === 'set_config' && bracket?.text === '(';
  }

  /** Whether nothing but the signs of an assignment stands between a name and a literal. */
  #isAssignment(name: number, literal: number): boolean {
    const between = this.#tokens.slice(name + 1, literal).map(wordOf);
    return between.every((word) => ASSIGNING.has(word));
  }

  /** A body or a text that holds statements with secrets in them. */
  #holdsSecret(token: SqlToken): boolean {
    const inner = contentOf(token.text);
    return (
      inner.length > 0 && SUSPICIOUS.test(inner) && findSecrets(inner, this.#parser).length > 0
    );
  }
}

/** How far before a literal its name may stand: `x . api_token = `. */
const NAME_DISTANCE = 4;

const ASSIGNING: ReadonlySet<string> = new Set(['=', 'to', ',', ':=', '=>', '||', '(']);

function wordOf(token: SqlToken): string {
  return token.text.toLowerCase();
}

function isText({ tokenName }: SqlToken): boolean {
  return tokenName === 'SCONST' || tokenName === 'USCONST';
}

function isName({ text }: SqlToken): boolean {
  return /^["a-z_]/iu.test(text);
}

/** What a literal holds, near enough for looking into it. */
function contentOf(text: string): string {
  const dollar = /^\$[^$]*\$/u.exec(text)?.[0];
  if (dollar !== undefined) return text.slice(dollar.length, -dollar.length);
  const open = text.indexOf("'");
  return text.slice(open + 1, -1).replaceAll("''", "'");
}

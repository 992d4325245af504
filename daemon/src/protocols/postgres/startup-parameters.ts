/**
 * Rebuilds the parameters that go into our own startup message from what a client asked for.
 * An allow list: a parameter that is not on it is refused by name, because a setting can change how the server
 * reads a statement that we have read already.
 */

/** What a client may set at start, and for each how its value is checked. Keys are lower case, as the server compares them. */
const ALLOWED: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ['application_name', anyText],
  ['datestyle', isPlain],
  ['timezone', isPlain],
  ['intervalstyle', isPlain],
  ['extra_float_digits', isNumber],
  ['bytea_output', isPlain],
  ['statement_timeout', isDuration],
  ['lock_timeout', isDuration],
  ['idle_in_transaction_session_timeout', isDuration],
]);

/** Names for the message of a refusal, in the spelling people know. */
const ALLOWED_NAMES =
  'application_name, client_encoding (UTF8), DateStyle, TimeZone, IntervalStyle, extra_float_digits, bytea_output, ' +
  'search_path, statement_timeout, lock_timeout, idle_in_transaction_session_timeout';

/**
 * SECURITY(P-15): the only encoding that is spoken upstream. Under SJIS, BIG5, GBK or GB18030 the second byte of a
 * character can be a backslash or a quote, and the server would see another statement than the parser.
 * SQL_ASCII is what libpq announces under the C locale: such a client makes no demand, and gets UTF8.
 */
const UTF8_SPELLINGS = new Set(['utf8', 'unicode', 'sqlascii', 'auto']);

/** Values that mean "no replication": libpq sends one of them when asked to be explicit. */
const NO_REPLICATION = new Set(['', 'false', 'off', 'no', '0', 'f', 'n']);

/** What the startup packet comes down to. */
export type StartupRequest =
  | {
      readonly ok: true;
      readonly user: string;
      readonly database: string;
      /** For our own startup message; `client_encoding` and `standard_conforming_strings` are pinned by whoever builds it. */
      readonly settings: ReadonlyMap<string, string>;
      /** Protocol options (`_pq_.`) that are not known here. */
      readonly unknownOptions: readonly string[];
    }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly hint: string | undefined;
    };

/**
 * Rebuilds the parameters of a startup packet.
 * @param searchPathAllowed whether the resource lets a client choose its search_path
 */
export function toStartupRequest(
  parameters: ReadonlyMap<string, string>,
  searchPathAllowed: boolean,
): StartupRequest {
  const settings = new Map<string, string>();
  const unknownOptions: string[] = [];
  for (const [name, value] of parameters) {
    if (name === 'user' || name === 'database') continue;
    if (name.startsWith('_pq_.')) {
      unknownOptions.push(name);
      continue;
    }
    const problem =
      name === 'options'
        ? addOptions(settings, value, searchPathAllowed)
        : addSetting(settings, { name, value, searchPathAllowed });
    if (problem !== null) return problem;
  }
  const user = parameters.get('user') ?? '';
  if (user === '') return refuse('28000', 'no user name in the startup packet');
  const database = parameters.get('database') ?? '';
  return { ok: true, user, database: database === '' ? user : database, settings, unknownOptions };
}

interface Setting {
  readonly name: string;
  readonly value: string;
  readonly searchPathAllowed: boolean;
}

type Refusal = Extract<StartupRequest, { ok: false }>;

/** Adds one setting, or says why not. */
function addSetting(settings: Map<string, string>, setting: Setting): Refusal | null {
  const { value } = setting;
  const name = setting.name.toLowerCase();
  switch (name) {
    case 'client_encoding':
      return isUtf8Spelling(value)
        ? null
        : refuse(
            '22023',
            'agentguard speaks client_encoding UTF8 only',
            'Set client_encoding to UTF8.',
          );
    case 'standard_conforming_strings':
      return isOn(value)
        ? null
        : refuse('42501', 'agentguard keeps standard_conforming_strings on');
    case 'replication':
      return NO_REPLICATION.has(value.toLowerCase())
        ? null
        : refuse('42501', 'replication connections are refused by agentguard');
    case 'search_path':
      if (!setting.searchPathAllowed) {
        return refuse('42501', 'the search_path of this database is fixed');
      }
      settings.set(name, value);
      return null;
    default:
      break;
  }
  const fits = ALLOWED.get(name);
  if (fits === undefined) {
    return refuse(
      '42501',
      `the startup parameter \`${toShown(setting.name)}\` is not allowed through agentguard`,
      `Allowed are ${ALLOWED_NAMES}.`,
    );
  }
  if (!fits(value)) {
    return refuse('22023', `the value of the startup parameter \`${name}\` is not understood`);
  }
  settings.set(name, value);
  return null;
}

/** Adds the settings of an `options` string: `-c name=value`, `-cname=value` and `--name=value`, nothing else. */
function addOptions(
  settings: Map<string, string>,
  options: string,
  searchPathAllowed: boolean,
): Refusal | null {
  const words = splitOptions(options);
  for (let index = 0; index < words.length; index += 1) {
    let word = words[index] ?? '';
    if (word === '-c') {
      index += 1;
      word = `-c${words[index] ?? ''}`;
    }
    const parsed = /^(?:-c|--)([A-Za-z_][A-Za-z0-9_.-]*)=(.*)$/s.exec(word);
    if (parsed === null) {
      return refuse(
        '42501',
        `the startup option \`${toShown(word)}\` is not allowed through agentguard`,
        'Write options as `-c name=value`.',
      );
    }
    // The server reads dashes in a name as underscores (ParseLongOption in guc.c).
    const name = (parsed[1] ?? '').replaceAll('-', '_');
    const problem = addSetting(settings, { name, value: parsed[2] ?? '', searchPathAllowed });
    if (problem !== null) return problem;
  }
  return null;
}

/** Cuts at whitespace; a backslash takes the next character as it is (pg_split_opts in postinit.c). */
function splitOptions(options: string): readonly string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (let index = 0; index < options.length; index += 1) {
    let letter = options.charAt(index);
    if (/[ \t\n\r\f\v]/.test(letter)) {
      if (word !== null) words.push(word);
      word = null;
      continue;
    }
    if (letter === '\\') {
      index += 1;
      letter = options.charAt(index);
    }
    word = (word ?? '') + letter;
  }
  if (word !== null) words.push(word);
  return words;
}

/** `UTF8`, `utf-8`, `'utf-8'` (node-postgres and postgres.js send quotes), `UNICODE`: the server ignores case and punctuation. */
function isUtf8Spelling(value: string): boolean {
  return UTF8_SPELLINGS.has(value.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
}

function isOn(value: string): boolean {
  return ['on', 'true', 'yes', '1'].includes(value.toLowerCase());
}

function anyText(): boolean {
  return true;
}

/** Names of zones and styles; nothing that would need quoting. */
function isPlain(value: string): boolean {
  return /^[\w ,/+:.<>-]{0,128}$/.test(value);
}

function isNumber(value: string): boolean {
  return /^-?\d{1,4}$/.test(value);
}

function isDuration(value: string): boolean {
  return /^\d{1,12} ?(?:us|ms|s|min|h|d)?$/.test(value);
}

/** As much of a client's own word as an error message may hold. */
function toShown(word: string): string {
  return word.slice(0, 64).replaceAll(/[^\x20-\x7e]/g, '?');
}

function refuse(code: string, message: string, hint?: string): Refusal {
  return { ok: false, code, message, hint };
}

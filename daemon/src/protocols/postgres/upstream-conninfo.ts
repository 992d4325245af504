/**
 * The two texts in which PostgreSQL connections are written, a URL and `keyword=value` pairs, cut into
 * parameters exactly as libpq cuts them (`conninfo_uri_parse` and `conninfo_parse` in fe-connect.c).
 * A problem names a parameter or a place, never a value: any piece may be part of a password.
 */

/** Parameters by name; of a repeated one the last counts. */
export type ConninfoResult =
  | { readonly ok: true; readonly parameters: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly problem: string };

/** Longer than any real connection text, short enough to scan without a thought. */
const MAX_CONNINFO_CHARACTERS = 16_384;

const URL_SCHEME = /^(jdbc:)?postgres(?:ql)?:\/\//;

/** Carries a problem out of the scanners; never leaves this file. */
class Problem extends Error {}

/** Cuts a connection text into its parameters. Which of them are known is not its business. */
export function parseConninfo(text: string): ConninfoResult {
  try {
    return { ok: true, parameters: parse(text) };
  } catch (error) {
    if (error instanceof Problem) return { ok: false, problem: error.message };
    throw error;
  }
}

function parse(text: string): Map<string, string> {
  if (text.length > MAX_CONNINFO_CHARACTERS) throw new Problem('the connection text is too long');
  if (text.includes('\0')) throw new Problem('the connection text contains a zero byte');
  // A text read from a file or a prompt ends with a newline.
  const trimmed = text.trim();
  const url = URL_SCHEME.exec(trimmed);
  if (url !== null) {
    const parameters = parseUrl(trimmed.slice(url[0].length));
    return settleSsl(parameters, url[1] === undefined ? 'require' : 'verify-full');
  }
  if (/^[a-z][a-z0-9+.:-]*:\/\//i.test(trimmed)) {
    throw new Problem('the URL must begin with `postgres://` or `postgresql://`');
  }
  return parsePairs(trimmed);
}

/**
 * libpq reads `ssl=true` of a URL as `require`, JDBC as full verification. The other spellings are
 * those of node-postgres. An `sslmode` beside it counts more.
 */
function settleSsl(parameters: Map<string, string>, whenTrue: string): Map<string, string> {
  const ssl = parameters.get('ssl');
  parameters.delete('ssl');
  if (ssl === undefined || parameters.has('sslmode')) return parameters;
  const on = ssl === 'true' || ssl === '1' || ssl === '';
  if (!on && ssl !== 'false' && ssl !== '0') {
    throw new Problem('parameter `ssl` must be true or false');
  }
  return parameters.set('sslmode', on ? whenTrue : 'disable');
}

/** `[user[:password]@][host][:port][,...][/dbname][?name=value[&...]]` */
function parseUrl(text: string): Map<string, string> {
  const parameters = new Map<string, string>();
  const set = (name: string, value: string): void => {
    if (value !== '') parameters.set(name, decode(value, name));
  };
  let rest = text;
  const end = /[@/]/.exec(rest);
  if (end?.[0] === '@') {
    const credentials = rest.slice(0, end.index);
    const colon = credentials.indexOf(':');
    set('user', colon < 0 ? credentials : credentials.slice(0, colon));
    if (colon >= 0) set('password', credentials.slice(colon + 1));
    rest = rest.slice(end.index + 1);
  }
  const hosts = parseHosts(rest);
  set('host', hosts.hosts.join(','));
  if (hosts.ports.some((port) => port !== '')) set('port', hosts.ports.join(','));
  rest = hosts.rest;
  const question = rest.indexOf('?');
  const path = question < 0 ? rest : rest.slice(0, question);
  set('dbname', path.replace(/^\//, ''));
  if (question >= 0) parseQuery(rest.slice(question + 1), parameters);
  return parameters;
}

function parseHosts(text: string): { hosts: string[]; ports: string[]; rest: string } {
  const hosts: string[] = [];
  const ports: string[] = [];
  let rest = text;
  for (;;) {
    const bracketed = rest.startsWith('[');
    const match = bracketed ? /^\[([^\]]+)\](?=[:/?,]|$)/.exec(rest) : /^([^:/?,]*)/.exec(rest);
    if (match === null) throw new Problem('the IPv6 address in the URL is not well formed');
    hosts.push(match[1] ?? '');
    rest = rest.slice(match[0].length);
    const port = /^:([^/?,]*)/.exec(rest);
    ports.push(port?.[1] ?? '');
    rest = rest.slice(port?.[0].length ?? 0);
    if (!rest.startsWith(',')) return { hosts, ports, rest };
    rest = rest.slice(1);
  }
}

function parseQuery(text: string, parameters: Map<string, string>): void {
  if (text === '') return;
  for (const pair of text.split('&')) {
    const pieces = pair.split('=');
    const [name, value] = pieces;
    if (name === undefined || value === undefined || pieces.length !== 2) {
      throw new Problem('a query parameter of the URL is not of the form name=value');
    }
    const decoded = decode(name, 'name of a query parameter');
    parameters.set(decoded, decode(value, 'value of a query parameter'));
  }
}

/** Percent decoding as libpq does it: a bare `%` and `%00` are errors, `+` is a plus. */
function decode(text: string, part: string): string {
  if (/%(?![0-9a-f]{2})/i.test(text) || /%00/.test(text)) {
    throw new Problem(`the ${part} is not well percent-encoded`);
  }
  try {
    return decodeURIComponent(text);
  } catch {
    // Valid escapes that are not UTF-8.
    throw new Problem(`the ${part} is not valid UTF-8`);
  }
}

/** `name = value` pairs; a value may stand in single quotes, and a backslash escapes in both forms. */
function parsePairs(text: string): Map<string, string> {
  const parameters = new Map<string, string>();
  let at = 0;
  for (let number = 1; ; number += 1) {
    const name = /^\s*([^=\s]*)\s*=\s*/.exec(text.slice(at));
    if (name === null) {
      if (text.slice(at).trim() === '') return parameters;
      throw new Problem(`parameter number ${number} is not of the form name=value`);
    }
    at += name[0].length;
    const value = /^(?:'((?:[^'\\]|\\.)*)'|((?!')(?:[^\s\\]|\\.)*))/su.exec(text.slice(at));
    if (value === null) throw new Problem(`the quotes of parameter number ${number} do not close`);
    at += value[0].length;
    const raw = value[1] ?? value[2] ?? '';
    parameters.set(name[1] ?? '', raw.replaceAll(/\\(.)/gsu, '$1'));
  }
}

/** Takes the URL of a PostgreSQL database apart, for the guard on one side and the program on the other. */

/** A URL that can be put behind the guard. */
export interface DatabaseUrl {
  /** As the program wrote it: `postgres`, `postgresql+asyncpg`. */
  readonly scheme: string;
  readonly user: string;
  readonly database: string;
  /** What the guard connects with: a scheme and parameters that libpq knows. Holds the password. */
  readonly upstream: string;
  /** What only the program's driver knows. Holds no secret. */
  readonly driverQuery: string;
}

export type ParsedDatabaseUrl =
  { readonly ok: true; readonly url: DatabaseUrl } | { readonly ok: false; readonly why: string };

const URL_PARTS =
  /^(postgres(?:ql)?(?:\+\w+)?):\/\/(?:([^:@/?#\s]*)(?::([^@/?#\s]*))?@)?([^/?#\s@]*)(?:\/([^?#\s]*))?(?:\?([^#\s]*))?$/i;

/** Parameters of drivers that have no meaning to the server: they stay with the program. */
const DRIVER_PARAMETERS = new Set([
  ...['schema', 'currentschema', 'search_path', 'connection_limit', 'pool_timeout', 'pgbouncer'],
  ...['socket_timeout', 'statement_cache_size', 'uselibpqcompat', 'max', 'idle_timeout'],
  ...['preparethreshold', 'logintimeout', 'pool_size', 'max_overflow', 'serverversion', 'charset'],
]);

/** What libpq knows and the guard keeps. */
const SERVER_PARAMETERS =
  /^(?:host|hostaddr|port|dbname|user|ssl\w*|application_name|fallback_application_name|options|connect_timeout|channel_binding|require_auth|target_session_attrs|keepalives\w*|tcp_user_timeout|gssencmode|client_encoding)$/;

/** `ssl=true` of some drivers, in the word that libpq has for it. */
const SSL_WORDS: ReadonlyMap<string, string> = new Map([
  ['true', 'require'],
  ['1', 'require'],
  ['require', 'require'],
  ['false', 'disable'],
  ['0', 'disable'],
]);

/** Reads a URL; why not, when the guard could not connect with it. */
export function parseDatabaseUrl(text: string): ParsedDatabaseUrl {
  const [, scheme, user = '', password, host = '', database = '', query = ''] =
    URL_PARTS.exec(text) ?? [];
  if (scheme === undefined)
    return { ok: false, why: 'it is not written as a URL that we can read' };
  if (user === '') return { ok: false, why: 'it names no user' };
  if (host === '') return { ok: false, why: 'it names no host' };
  if (host.includes(',')) return { ok: false, why: 'it names several hosts' };
  const parameters = sortParameters(query);
  if (!parameters.ok) return parameters;
  const login = password === undefined ? user : `${user}:${password}`;
  const upstream = `postgres://${login}@${host}${database === '' ? '' : `/${database}`}`;
  const server = parameters.server.join('&');
  return {
    ok: true,
    url: {
      scheme: scheme.toLowerCase(),
      user: /^[\w.-]+$/.test(user) ? user : 'agent',
      database: database === '' ? user : database,
      upstream: server === '' ? upstream : `${upstream}?${server}`,
      driverQuery: parameters.driver.join('&'),
    },
  };
}

/**
 * The URL that a program gets outside of the guard.
 * @param upstream as the guard has it
 */
export function toProgramUrl(
  upstream: string,
  { scheme, query }: { readonly scheme: string; readonly query: string },
): string {
  const renamed = upstream.replace(/^[a-z+]+:\/\//i, () => `${scheme}://`);
  if (query === '') return renamed;
  return `${renamed}${renamed.includes('?') ? '&' : '?'}${query}`;
}

type SortedParameters =
  | { readonly ok: true; readonly server: readonly string[]; readonly driver: readonly string[] }
  | { readonly ok: false; readonly why: string };

function sortParameters(query: string): SortedParameters {
  const server: string[] = [];
  const driver: string[] = [];
  for (const parameter of query.split('&').filter((part) => part !== '')) {
    const name = parameter.split('=')[0] ?? '';
    const value = parameter.slice(name.length + 1);
    const known = name.toLowerCase();
    const ssl = known === 'ssl' ? SSL_WORDS.get(value.toLowerCase()) : undefined;
    if (ssl !== undefined) server.push(`sslmode=${ssl}`);
    else if (known !== 'ssl' && SERVER_PARAMETERS.test(known)) server.push(parameter);
    else if (DRIVER_PARAMETERS.has(known) && /^[\w,.-]*$/.test(value)) driver.push(parameter);
    else return { ok: false, why: 'it has a parameter that the guard does not know' };
  }
  return { ok: true, server, driver };
}

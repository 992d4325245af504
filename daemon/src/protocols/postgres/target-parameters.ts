/**
 * The parameters of a connection text, taken out one by one. Whatever is left at the end is refused:
 * leaving a parameter out would connect otherwise than somebody meant.
 */

/** Carries a problem out of the readers to `parseUpstreamTarget`; its message names parameters only. */
export class TargetProblem extends Error {}

/** Understood, and without meaning here: no GSS is spoken, and the socket's own settings suffice. */
const IGNORED: readonly string[] = [
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'tcp_user_timeout',
  'sslcompression',
  'krbsrvname',
  'gsslib',
  'gssdelegation',
];

/** Refused because leaving it out would mean something else than what was asked for. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['sslpassword', 'store the key without a passphrase, readable by you alone'],
  ['sslcrl', 'revocation lists are not supported'],
  ['sslcrldir', 'revocation lists are not supported'],
  ['sslkeylogfile', 'TLS keys are not written to a file'],
  ['requirepeer', 'the owner of a Unix socket cannot be checked'],
  ['passfile', 'give the password itself, it is kept in the vault'],
  ['service', 'give the parameters themselves'],
  ['servicefile', 'give the parameters themselves'],
  ['replication', 'replication is not guarded'],
  ['scram_client_key', 'give the password itself, it is kept in the vault'],
  ['scram_server_key', 'give the password itself, it is kept in the vault'],
  ['oauth_issuer', 'OAuth is not supported'],
  ['oauth_client_id', 'OAuth is not supported'],
  ['oauth_client_secret', 'OAuth is not supported'],
  ['oauth_scope', 'OAuth is not supported'],
]);

/** Parameters of other drivers, so that a message can name them; any other name may be a piece of a password. */
const FOREIGN: readonly string[] = [
  'ssl',
  'schema',
  'currentSchema',
  'search_path',
  'connection_limit',
  'pool_timeout',
  'pgbouncer',
  'socket_timeout',
  'statement_cache_size',
  'sslaccept',
  'sslidentity',
  'uselibpqcompat',
  'max',
  'idle_timeout',
  'prepareThreshold',
  'sslfactory',
  'loginTimeout',
];

/** The parameters, taken out one by one; what is left at the end is not known. */
export class TargetParameters {
  readonly #left: Map<string, string>;

  constructor(parameters: ReadonlyMap<string, string>) {
    this.#left = new Map(parameters);
  }

  /** The value, or null when it is missing or empty; libpq treats both alike. */
  take(name: string): string | null {
    const value = this.#left.get(name);
    this.#left.delete(name);
    return value === undefined || value === '' ? null : value;
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | null {
    const value = this.take(name);
    if (value === null) return null;
    const choice = choices.find((each) => each === value);
    if (choice === undefined) {
      throw new TargetProblem(`parameter \`${name}\` must be one of ${choices.join(', ')}`);
    }
    return choice;
  }

  integer(name: string, least: number, most: number): number | null {
    const value = this.take(name);
    if (value === null) return null;
    const number = /^\s*[+-]?\d{1,10}\s*$/.test(value) ? Number(value) : NaN;
    if (!(number >= least && number <= most)) {
      throw new TargetProblem(
        `parameter \`${name}\` must be a whole number from ${least} to ${most}`,
      );
    }
    return number;
  }

  refuseTheRest(): void {
    for (const name of IGNORED) this.#left.delete(name);
    for (const [name, value] of this.#left) {
      const why = REFUSED.get(name);
      if (why !== undefined) {
        if (value !== '') throw new TargetProblem(`parameter \`${name}\` is not supported: ${why}`);
      } else if (FOREIGN.includes(name)) {
        throw new TargetProblem(`parameter \`${name}\` is not one of PostgreSQL's: remove it`);
      } else {
        throw new TargetProblem(
          "a parameter is not one of PostgreSQL's; a `/`, `?` or `@` in a password must be percent-encoded",
        );
      }
    }
  }
}

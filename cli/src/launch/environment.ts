/**
 * The environment of a guarded command: the guard's own addresses in, every other way to a database out, and with them
 * whatever looks like a secret.
 * SECURITY(P-01): removing too much shows at once; leaving one in does not, so names and values are both looked at.
 */

import type { CallResult } from '@agentguard/daemon/control';
import { SESSION_MARKER } from '@agentguard/daemon/control';
import { judgeVariable } from './variables.ts';
import type { Occasion } from './variables.ts';

type CreatedSession = CallResult<'session.create'>;
type SessionResource = CreatedSession['resources'][number];

/** Everything that libpq and its relatives read. */
const LIBPQ_NAME = /^PG[A-Z0-9_]*$/;

/** `DATABASE_URL`, `SHADOW_DATABASE_URL`, `POSTGRES_PRISMA_URL`, `DB_DSN`, `SQLALCHEMY_DATABASE_URI`. */
const ADDRESS_NAME =
  /(^|_)(DATABASE|DB|POSTGRES|POSTGRESQL|PGSQL)(_[A-Z0-9]+)*_?(URL|URI|DSN|CONN|CONNECTION|CONNECTION_?STRING)(_[A-Z0-9]+)*$/;

/** Passwords and keys of databases: `POSTGRES_PASSWORD`, `DB_PASS`, `MY_DATABASE_TOKEN`, `NEON_API_KEY`. */
const SECRET_NAME =
  /(^|_)(DATABASE|DB|POSTGRES|POSTGRESQL|PGSQL|SQL|MYSQL|MARIADB|MONGO|MONGODB|REDIS|SUPABASE|NEON|RDS|COCKROACH|TIMESCALE)_([A-Z0-9]+_)*(PASSWORD|PASSWD|PASS|PWD|TOKEN|SECRET|KEY)(_[A-Z0-9]+)*$/;

/** The address of a database, whether or not a password stands in it. */
const ADDRESS_VALUE = /^\s*["']?(jdbc:)?(postgres|postgresql|cockroachdb|redshift)(\+\w+)?:/i;

/** An address with a password, anywhere in the value: in a list, in JSON, in an option string. */
const SECRET_IN_VALUE =
  /\b(postgres|postgresql|cockroachdb|redshift|mysql|mariadb|mongodb|redis|rediss|sqlserver|mssql)(\+\w+)?:\/\/[^\s/@:]*:[^\s/@]+@/i;

/** `host=db password=x`, as libpq takes it in one string. */
const CONNINFO_PASSWORD = /(^|\s)password\s*=/i;
const CONNINFO_PLACE = /(^|\s)(host|hostaddr|dbname|user|service)\s*=/i;

/** Ours: a session never inherits the marker of another one. */
const OWN_NAME = new Set<string>([SESSION_MARKER]);

/** What references in the vault lead to, and where its passphrase lies: for the daemon alone. */
const VAULT_NAME = /^AGENTGUARD_(SECRET|VAULT)_/;

/** What goes into a guarded environment. */
export interface GuardedEnvironment {
  readonly env: Readonly<Record<string, string>>;
  /** Names of what was removed and not set anew, sorted: ways to databases, secrets, and what nobody can tell. */
  readonly removed: readonly string[];
}

/** What the environment depends on beside the session. */
export interface EnvironmentOptions extends Occasion {
  /** A path where no file is, for settings that would otherwise fall back to a file in the home folder. */
  readonly noFile: string;
}

/**
 * Builds the environment.
 * @param inherited of the person's shell
 */
export function buildEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  session: CreatedSession,
  options: EnvironmentOptions,
): GuardedEnvironment {
  const kept: Record<string, string> = {};
  const scrubbed: string[] = [];
  for (const [name, value] of Object.entries(inherited)) {
    if (value === undefined) continue;
    // SECURITY(P-42): a database's own variables go even when the person lets others through.
    const goes =
      leadsToDatabase(name, value) || judgeVariable(name, value, options).kind !== 'kept';
    if (goes) scrubbed.push(name);
    else kept[name] = value;
  }
  const set = toVariables(session, options.noFile);
  const removed = scrubbed.filter((name) => !Object.hasOwn(set, name)).sort();
  return { env: { ...kept, ...set }, removed };
}

/** Whether a variable holds a way to a database, or a part of one. */
export function leadsToDatabase(name: string, value: string): boolean {
  const upper = name.toUpperCase();
  if (OWN_NAME.has(upper) || VAULT_NAME.test(upper) || LIBPQ_NAME.test(upper)) return true;
  if (ADDRESS_NAME.test(upper) || SECRET_NAME.test(upper)) return true;
  if (ADDRESS_VALUE.test(value) || SECRET_IN_VALUE.test(value)) return true;
  return CONNINFO_PASSWORD.test(value) && CONNINFO_PLACE.test(value);
}

function toVariables(session: CreatedSession, noFile: string): Record<string, string> {
  const [first] = session.resources;
  const addresses = session.resources.map((resource): [string, string] => [
    toVariableName(resource.name),
    toUrl(resource, session.token),
  ]);
  return {
    ...Object.fromEntries(addresses),
    ...(first === undefined ? {} : firstResource(first, session.token)),
    // Without these, libpq would look for real passwords in the home folder.
    PGPASSFILE: noFile,
    PGSERVICEFILE: noFile,
    [SESSION_MARKER]: session.session,
  };
}

function firstResource(resource: SessionResource, token: string): Record<string, string> {
  return {
    DATABASE_URL: toUrl(resource, token),
    PGHOST: resource.host,
    PGPORT: String(resource.port),
    PGUSER: resource.user,
    PGPASSWORD: token,
    PGDATABASE: resource.database,
    PGSSLMODE: resource.sslmode,
  };
}

/** `reservations-db` becomes `RESERVATIONS_DB_DATABASE_URL`. */
export function toVariableName(resource: string): string {
  return `${resource.toUpperCase().replaceAll('-', '_')}_DATABASE_URL`;
}

/** The address of a resource with the token in the place of the password. */
export function toUrl(resource: SessionResource, token: string): string {
  const { host, port, database, user, sslmode } = resource;
  const name = host.includes(':') ? `[${host}]` : host;
  const address = `postgres://${encodeURIComponent(user)}:${token}@${name}:${port}/${database}`;
  // Not every driver takes the parameter, so it stands only where leaving it out would weaken the way.
  return sslmode === 'require' ? `${address}?sslmode=require` : address;
}

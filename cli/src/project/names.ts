/** Names for what goes into the vault: told from the project, the variable and the database. Deterministic. */

/** Names of databases that say nothing about what is in them. */
const NAMELESS = new Set([
  ...['postgres', 'template1', 'app', 'main', 'db', 'database', 'data', 'default', 'defaultdb'],
  ...['neondb', 'railway', 'verceldb', 'prod', 'production', 'dev', 'development', 'test', 'local'],
  ...['user', 'root', 'admin', 'public', 'staging'],
]);

/** A resource's name may have 63 characters; some are left for what tells two apart. */
const MAX_RESOURCE_NAME = 48;
const MAX_SECRET_NAME = 100;

/**
 * The name of a resource: of the database when it says something, else of the project.
 * @param environment appended when it is not production, so that the dangerous one has the plain name
 */
export function resourceName(
  project: string,
  database: string,
  environment: 'production' | 'staging' | 'development',
): string {
  const own = toWord(decode(database), MAX_RESOURCE_NAME);
  const base = own === '' || NAMELESS.has(own) ? toWord(project, MAX_RESOURCE_NAME) : own;
  const name = startsWithLetter(base === '' ? 'database' : base);
  return environment === 'production' || name.includes(environment)
    ? name
    : `${name}-${environment}`;
}

/** The name of a secret: `shop-STRIPE_SECRET_KEY` for the variable of a project. */
export function secretName(project: string, variable: string): string {
  const own = variable.replaceAll(/[^A-Za-z0-9_.-]+/g, '_').slice(0, MAX_SECRET_NAME);
  const prefix = startsWithLetter(toWord(project, 24) || 'project');
  return `${prefix}-${own}`.slice(0, MAX_SECRET_NAME + 25);
}

/** The first of `name`, `name-2`, `name-3` ... that is free. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  if (!isTaken(name)) return name;
  for (let number = 2; ; number += 1) {
    const next = `${name}-${number}`;
    if (!isTaken(next)) return next;
  }
}

function toWord(text: string, length: number): string {
  const word = text.toLowerCase().replaceAll(/[^a-z0-9_]+/g, '-');
  return word.slice(0, length).replaceAll(/^[-_]+|[-_]+$/g, '');
}

function startsWithLetter(word: string): string {
  return /^[a-z]/.test(word) ? word : `p-${word}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

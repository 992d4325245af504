/**
 * Names in the vault. Those of people hold no colon, those of the daemon's own entries do,
 * so that neither can ever be taken for the other.
 */

/** As environment variables and resources are named, so that either can be a secret's name. */
export const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/;

const RESOURCE_PREFIX = 'resource:';

/** Where the URL of a resource is kept that was given with the resource itself. */
export function resourceSecret(resource: string): string {
  return `${RESOURCE_PREFIX}${resource}`;
}

const PROJECT_PREFIX = 'project:';

/** Where the key is kept that seals the originals of a project's files. */
export function projectSecret(project: string): string {
  return `${PROJECT_PREFIX}${project}`;
}

/** Whether it is the daemon's own and nobody's to see: neither a person's secret nor the URL of a resource. */
export function isInternal(name: string): boolean {
  return (
    name === RECORD_KEY_SECRET ||
    name === TOKEN_KEY_SECRET ||
    name === ROWS_KEY_SECRET ||
    name.startsWith(PROJECT_PREFIX)
  );
}

/** The key that signs scoped tokens. */
export const TOKEN_KEY_SECRET = 'token:signing-key';

/** The key that rows are saved under before they are changed. */
export const ROWS_KEY_SECRET = 'rows:key';

/** The key that signs the record. */
export const RECORD_KEY_SECRET = 'record:signing-key';

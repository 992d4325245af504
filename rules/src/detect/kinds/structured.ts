/** Kinds that are found by taking a text apart: addresses, keys in PEM, signed tokens, settings, whole files. */

import type { Door, SecretKind, Tier } from '../secret-kind.ts';

function kinds(rows: readonly (readonly [string, string, Door, Tier?])[]): readonly SecretKind[] {
  return rows.map(([id, title, opens, tier = 'block']) => ({ id, title, opens, tier }));
}

export const STRUCTURED = kinds([
  ['url-postgres', 'PostgreSQL address with a password', 'data'],
  ['url-mysql', 'MySQL address with a password', 'data'],
  ['url-mongodb', 'MongoDB address with a password', 'data'],
  ['url-redis', 'Redis address with a password', 'data'],
  ['url-sqlserver', 'SQL Server address with a password', 'data'],
  ['url-database', 'database address with a password', 'data'],
  ['url-amqp', 'message broker address with a password', 'data'],
  ['url-git', 'git address with a token or password', 'code'],
  ['url-mail', 'mail server address with a password', 'messages'],
  ['url-ftp', 'file server address with a password', 'infrastructure'],
  ['url-ldap', 'directory address with a password', 'identity'],
  ['url-web', 'web address with a password', 'service'],
  ['url-other', 'address with a password', 'service'],
  ['connection-string-password', 'connection string with a password', 'data'],
  ['private-key', 'private key', 'infrastructure'],
  ['private-key-ssh', 'SSH private key', 'infrastructure'],
  ['private-key-pgp', 'PGP private key', 'identity'],
  ['private-key-putty', 'PuTTY private key', 'infrastructure'],
  ['private-key-encrypted', 'private key under a passphrase', 'infrastructure', 'warn'],
  ['private-key-broken', 'private key that does not parse', 'infrastructure', 'warn'],
  ['jwt', 'signed token (JWT)', 'identity'],
  ['jwk-private', 'private key (JWK)', 'identity'],
  ['nkey-seed', 'NATS key seed', 'infrastructure'],
  ['header-bearer', 'Authorization header with a bearer token', 'service'],
  ['header-basic', 'Authorization header with a password', 'service'],
  ['header-key', 'header with a key', 'service'],
  ['command-password', 'password in a command', 'service'],
  ['netrc-password', 'password in .netrc', 'service'],
  ['pgpass-password', 'password in .pgpass', 'data'],
  ['password-hash', 'password hash', 'identity'],
  ['docker-auth', 'registry password in a Docker configuration', 'code'],
  ['npmrc-auth', 'registry token in .npmrc', 'code'],
  ['kubeconfig-credential', 'credential in a kubeconfig', 'infrastructure'],
  ['kubernetes-secret', 'value of a Kubernetes secret', 'infrastructure'],
  ['terraform-state-secret', 'secret in a Terraform state', 'infrastructure'],
  ['master-key-file', 'key file', 'infrastructure'],
  ['file-password', 'password in a credential file', 'service'],
  ['file-key', 'key in a credential file', 'service'],
  ['env-password', 'password in an environment file', 'data'],
  ['env-key', 'key in an environment file', 'service'],
  ['assigned-password', 'password in an assignment', 'service', 'warn'],
  ['assigned-key', 'key or token in an assignment', 'service', 'warn'],
  ['known-value', 'value of the vault', 'infrastructure'],
]);

/** The environment of an MCP server: what every program needs, what a person named for it, and nothing else. */

import type { SecretValue } from '../secrets/secret-value.ts';
import type { StoredServer } from './server-file.ts';

/** What is passed to every server. None of it is ever a secret. */
export const PASSED_TO_SERVERS: readonly string[] = [
  ...[
    'HOME',
    'USER',
    'LOGNAME',
    'SHELL',
    'LANG',
    'LC_ALL',
    'LC_CTYPE',
    'TZ',
    'TMPDIR',
    'TERM',
    'PATH',
  ],
  ...[
    'SYSTEMROOT',
    'SYSTEMDRIVE',
    'WINDIR',
    'COMSPEC',
    'PATHEXT',
    'USERPROFILE',
    'HOMEDRIVE',
    'HOMEPATH',
  ],
  ...['APPDATA', 'LOCALAPPDATA', 'PROGRAMFILES', 'TEMP', 'TMP'],
];

/** Inside of a sandbox a program finds its way out by these; their token is that of the session that starts it. */
export const PASSED_BESIDE: readonly string[] = [
  ...[
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'ALL_PROXY',
    'NO_PROXY',
    'http_proxy',
    'https_proxy',
    'all_proxy',
    'no_proxy',
  ],
  ...['NODE_EXTRA_CA_CERTS', 'NODE_USE_ENV_PROXY', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
];

/**
 * The environment of a server that is a child of the daemon.
 * SECURITY(P-93): the only place where a secret meets a server, and it is handed to that one process.
 * @param inherited of the daemon
 */
export async function environmentHere(
  server: StoredServer,
  inherited: Readonly<Record<string, string | undefined>>,
  secret: (name: string) => Promise<SecretValue>,
): Promise<Readonly<Record<string, string>>> {
  const env: Record<string, string> = {};
  for (const name of [...PASSED_TO_SERVERS, ...server.passes]) {
    const value = inherited[name];
    if (value !== undefined) env[name] = value;
  }
  env['PATH'] = server.path;
  Object.assign(env, server.env);
  for (const [variable, name] of Object.entries(server.secrets)) {
    env[variable] = (await secret(name)).unsafeReveal();
  }
  return env;
}

/**
 * The variables by which programs find the session's way to the network. They are a courtesy: a program that ignores
 * them finds no way at all inside a sandbox, and without one they bind nobody.
 */

import type { CallResult } from '@agentguard/daemon/control';

type CreatedSession = CallResult<'session.create'>;

/** Any user name will do; the token is the password. */
const PROXY_USER = 'agent';

/** Both spellings are read by somebody; curl reads `http_proxy` in lower case only. */
const PROXY_NAMES = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'] as const;

/** Another way out of the person's own, which a program would prefer or fall back to. */
const OTHER_WAY = /^((all|ftp|rsync|socks|socks5|no)_proxy|(http|https)_proxy)$/i;

/** Servers that the command itself starts, under the names they are reached by. */
const NOT_PROXIED = 'localhost,127.0.0.1,::1';

/**
 * Puts the session's proxy in place of every other one.
 * @param env of the command
 * @returns the same variables when the daemon has no proxy
 */
export function withProxyVariables(
  env: Readonly<Record<string, string>>,
  session: Pick<CreatedSession, 'token' | 'proxy'>,
): Readonly<Record<string, string>> {
  const { proxy, token } = session;
  if (proxy === undefined) return env;
  const host = proxy.host.includes(':') ? `[${proxy.host}]` : proxy.host;
  const url = `http://${PROXY_USER}:${token}@${host}:${proxy.port}`;
  const kept = Object.entries(env).filter(([name]) => !OTHER_WAY.test(name));
  return {
    ...Object.fromEntries(kept),
    ...Object.fromEntries(PROXY_NAMES.map((name) => [name, url])),
    NO_PROXY: NOT_PROXIED,
    no_proxy: NOT_PROXIED,
    // Node 24 and newer look at the variables only when they are told to.
    NODE_USE_ENV_PROXY: '1',
  };
}

/**
 * The variables by which programs use guarded APIs: a stand-in where the credential would be, and whom to trust in place of the
 * hosts. Pure; whoever writes the bundle of certificates tells where it is.
 */

import type { CallResult } from '@agentguard/daemon/control';

type CreatedSession = CallResult<'session.create'>;

/** Variables that name a bundle which replaces the program's own, by the programs that read them. */
const BUNDLES = [
  // OpenSSL and what is built on it, Go
  'SSL_CERT_FILE',
  // Python requests, pip, httplib2
  'REQUESTS_CA_BUNDLE',
  'PIP_CERT',
  'HTTPLIB2_CA_CERTS',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'AWS_CA_BUNDLE',
  'CARGO_HTTP_CAINFO',
  'DENO_CERT',
  'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE',
  'NIX_SSL_CERT_FILE',
  'BUNDLE_SSL_CA_CERT',
  // Node adds it to its own
  'NODE_EXTRA_CA_CERTS',
] as const;

/**
 * Adds them.
 * @param bundle path of the bundle as the command sees it; null where there is none
 */
export function withApiVariables(
  env: Readonly<Record<string, string>>,
  { apis = [] }: Pick<CreatedSession, 'apis'>,
  bundle: string | null,
): Readonly<Record<string, string>> {
  if (apis.length === 0) return env;
  const placeholders = apis.flatMap(({ variables, placeholder }) =>
    variables.map((name) => [name, placeholder] as const),
  );
  const trusted = bundle === null ? [] : BUNDLES.map((name) => [name, bundle] as const);
  return { ...env, ...Object.fromEntries([...placeholders, ...trusted]) };
}

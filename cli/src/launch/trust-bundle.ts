/**
 * The certificates that a guarded command trusts: everything the person's programs trust, and the local authority of the guard.
 * It is written for the command alone and never put into a store of the system.
 */

import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';

/** Variables by which a person has named a bundle of their own. */
const OWN = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'] as const;

/** The bundle, PEM. @param authority the guard's own certificate */
export function makeTrustBundle(authority: string, env: NodeJS.ProcessEnv): string {
  const own = OWN.flatMap((name) => readBundle(env[name]));
  const parts = [
    ...getCACertificates('system'),
    ...getCACertificates('bundled'),
    ...own,
    authority,
  ];
  return `${[...new Set(parts.map((part) => part.trim()))].join('\n')}\n`;
}

function readBundle(path: string | undefined): readonly string[] {
  if (path === undefined || path === '') return [];
  try {
    const text = readFileSync(path, 'utf8');
    return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  } catch {
    // The person's programs do not find it either.
    return [];
  }
}

/** tls-server-end-point with every kind of certificate that a server may have, against a real one, beside psql. */

import { describe, expect, it } from 'vitest';
import type { SignatureKind } from '../servers/certificates.ts';
import { CANARY_PASSWORD, startPostgres } from '../servers/postgres.ts';
import { hasPsql, runPsql } from '../servers/psql.ts';
import { skipLoudly } from '../servers/skip.ts';
import { whoAmI } from './open.ts';

if (!hasPsql()) skipLoudly('psql is not installed: channel binding is not compared with it');

const SIGNATURES: readonly SignatureKind[] = [
  'ecdsa-sha256',
  'ecdsa-sha384',
  'rsa-sha1',
  'rsa-sha256',
  'rsa-sha512',
  'rsa-pss',
  'ed25519',
];

describe('channel binding to a certificate', () => {
  it.each(SIGNATURES)('signed with %s works as it does for psql', async (signature) => {
    const server = await startPostgres({ tls: { signature } });
    const text = `host=localhost port=${server.port} user=postgres password=${CANARY_PASSWORD} sslmode=require channel_binding=require`;
    const ours = await whoAmI(text);
    const expected = signature === 'ed25519' ? 'allows no channel binding' : 'postgres tls=true';
    expect(ours).toContain(expected);
    if (hasPsql()) {
      const theirs = await runPsql(text, 'select 1');
      expect(theirs.ok, theirs.errors).toBe(signature !== 'ed25519');
    }
    await server.stop();
  });
});

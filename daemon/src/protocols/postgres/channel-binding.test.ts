import 'reflect-metadata';
import { createHash, webcrypto } from 'node:crypto';
import { X509CertificateGenerator } from '@peculiar/x509';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toChannelBinding } from './channel-binding.ts';

const RSA = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };

async function certificate(key: object, signing: object): Promise<Buffer> {
  const keys = await webcrypto.subtle.generateKey(key as webcrypto.RsaHashedKeyGenParams, true, [
    'sign',
    'verify',
  ]);
  const made = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=a',
    keys,
    signingAlgorithm: signing as webcrypto.Algorithm,
  });
  return Buffer.from(made.rawData);
}

describe('the tls-server-end-point value', () => {
  it.each([
    ['RSASSA-PKCS1-v1_5', { hash: 'SHA-1', ...RSA }, {}, 'sha256'],
    ['RSASSA-PKCS1-v1_5', { hash: 'SHA-256', ...RSA }, {}, 'sha256'],
    ['RSASSA-PKCS1-v1_5', { hash: 'SHA-384', ...RSA }, {}, 'sha384'],
    ['RSASSA-PKCS1-v1_5', { hash: 'SHA-512', ...RSA }, {}, 'sha512'],
    ['RSA-PSS', { hash: 'SHA-1', ...RSA }, { saltLength: 20 }, 'sha256'],
    ['RSA-PSS', { hash: 'SHA-256', ...RSA }, { saltLength: 32 }, 'sha256'],
    ['RSA-PSS', { hash: 'SHA-384', ...RSA }, { saltLength: 48 }, 'sha384'],
    ['RSA-PSS', { hash: 'SHA-512', ...RSA }, { saltLength: 64 }, 'sha512'],
    ['ECDSA', { namedCurve: 'P-256' }, { hash: 'SHA-256' }, 'sha256'],
    ['ECDSA', { namedCurve: 'P-384' }, { hash: 'SHA-384' }, 'sha384'],
    ['ECDSA', { namedCurve: 'P-521' }, { hash: 'SHA-512' }, 'sha512'],
    ['ECDSA', { namedCurve: 'P-256' }, { hash: 'SHA-1' }, 'sha256'],
  ])('of %s %j %j is hashed with %s', async (name, key, signing, hash) => {
    const der = await certificate({ name, ...key }, { name, ...signing });
    expect(toChannelBinding(der)).toEqual({
      ok: true,
      data: createHash(hash).update(der).digest(),
    });
  });

  it('does not exist for a signature without a hash function', async () => {
    const der = await certificate({ name: 'Ed25519' }, { name: 'Ed25519' });
    expect(toChannelBinding(der).ok).toBe(false);
  });

  it('does not exist for what is no certificate, and nothing throws', async () => {
    const der = await certificate(
      { name: 'ECDSA', namedCurve: 'P-256' },
      { name: 'ECDSA', hash: 'SHA-256' },
    );
    // Cut anywhere before the end of the signature algorithm, there is nothing to read.
    for (let size = 0; size < der.length; size += 1) {
      expect(toChannelBinding(der.subarray(0, size)).ok).toBe(false);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(toChannelBinding(Buffer.from(bytes)).ok).toBe(false);
      }),
    );
  });
});

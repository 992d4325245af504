/**
 * Mints the certificate with which a listener offers TLS to local clients. The key exists in this
 * process only, is new at every start, and is never written anywhere.
 */

import 'reflect-metadata'; // @peculiar/x509 registers its parts through it, so it comes first
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate and its key, ready for `tls.createSecureContext`. */
export interface Leaf {
  /** PEM; not secret. A client that wants to check it can be given this as its root certificate. */
  readonly certificate: string;
  /** DER of the same, for channel binding. */
  readonly der: Buffer;
  /** PEM, PKCS #8. It leaves this object only into a TLS context. */
  readonly key: string;
}

/** The ways to say "this machine" that listeners are bound to. */
const LOCAL_NAMES = [
  { type: 'dns', value: 'localhost' },
  { type: 'ip', value: '127.0.0.1' },
  { type: 'ip', value: '::1' },
] as const;

/** ECDSA on P-256: native and fast (RSA in JavaScript takes 40 to 100 ms), and known to every client. */
const KEY = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Clocks of containers and virtual machines on one desktop differ a little. */
const BACKDATE_MS = HOUR_MS;

/** A daemon that runs longer than a year is restarted by then; clients of some platforms refuse more than 398 days. */
const LIFETIME_MS = 397 * DAY_MS;

/** Makes a new key and a certificate for `localhost`, `127.0.0.1` and `::1`, signed by itself. */
export async function mintLeaf(now: Date): Promise<Leaf> {
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=localhost, O=agentguard',
    notBefore: new Date(now.getTime() - BACKDATE_MS),
    notAfter: new Date(now.getTime() + LIFETIME_MS),
    signingAlgorithm: KEY,
    keys,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([...LOCAL_NAMES]),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certificate: certificate.toString('pem'),
    der: Buffer.from(certificate.rawData),
    key: PemConverter.encode(key, 'PRIVATE KEY'),
  };
}

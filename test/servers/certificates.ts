/**
 * A local authority and certificates for the servers of the tests. Keys live in the server's own
 * temporary folder and die with it.
 */

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';
import { join } from 'node:path';
import 'reflect-metadata'; // @peculiar/x509 registers its parts through it, so it comes first
import * as x509 from '@peculiar/x509';

/** How a server's certificate differs from the ordinary one. */
export interface TlsOptions {
  /** Subject alternative names. Default `localhost`, `127.0.0.1`, `::1`. */
  readonly names?: readonly string[];
  /** Common name. Default the first name. */
  readonly commonName?: string;
  /** Kind of the authority's key, which decides the signature algorithm of the certificate. */
  readonly signature?: SignatureKind;
}

/** The signature algorithms that channel binding tells apart. */
export type SignatureKind =
  | 'ecdsa-sha256'
  | 'ecdsa-sha384'
  | 'rsa-sha1'
  | 'rsa-sha256'
  | 'rsa-sha512'
  | 'rsa-pss'
  | 'ed25519';

/** Paths of the files. Every file may be read by us; the server's key belongs to the server. */
export interface TestTls {
  readonly caFile: string;
  readonly serverCertFile: string;
  readonly serverKeyFile: string;
  /** An authority that signed nothing here, for "wrong authority". */
  readonly otherCaFile: string;
  /** Makes a client certificate with this common name, which is the database user's name. */
  client(commonName: string): Promise<{ readonly certFile: string; readonly keyFile: string }>;
}

type KeyAlgorithm =
  webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams | { name: 'Ed25519' };

const LEAF_KEY = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

function authorityKey(kind: SignatureKind): KeyAlgorithm {
  const rsa = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  switch (kind) {
    case 'ecdsa-sha256':
      return { name: 'ECDSA', namedCurve: 'P-256' };
    case 'ecdsa-sha384':
      return { name: 'ECDSA', namedCurve: 'P-384' };
    case 'rsa-sha1':
      return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1', ...rsa };
    case 'rsa-sha256':
      return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', ...rsa };
    case 'rsa-sha512':
      return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512', ...rsa };
    case 'rsa-pss':
      return { name: 'RSA-PSS', hash: 'SHA-256', ...rsa };
    case 'ed25519':
      return { name: 'Ed25519' };
  }
}

function signing(kind: SignatureKind): {
  readonly name: string;
  readonly hash?: string;
  readonly saltLength?: number;
} {
  switch (kind) {
    case 'rsa-pss':
      return { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32 };
    case 'ecdsa-sha256':
      return { name: 'ECDSA', hash: 'SHA-256' };
    case 'ecdsa-sha384':
      return { name: 'ECDSA', hash: 'SHA-384' };
    default:
      return { name: authorityKey(kind).name };
  }
}

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly kind: SignatureKind;
}

/** Writes the authority, another authority, and the server's certificate into `folder`. */
export async function makeTestTls(folder: string, options: TlsOptions): Promise<TestTls> {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  chmodSync(folder, 0o755);
  const names = options.names ?? ['localhost', '127.0.0.1', '::1'];
  const authority = await makeAuthority('agentguard test authority', options.signature);
  const other = await makeAuthority('another authority', options.signature);
  const leaf = await makeLeaf(authority, {
    commonName: options.commonName ?? names[0] ?? 'nameless',
    names,
    usage: x509.ExtendedKeyUsage.serverAuth,
  });
  const write = (name: string, text: string, mode: number): string => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode });
    return file;
  };
  return {
    caFile: write('ca.pem', authority.certificate.toString('pem'), 0o644),
    otherCaFile: write('other-ca.pem', other.certificate.toString('pem'), 0o644),
    serverCertFile: write('server.pem', leaf.certificate, 0o644),
    serverKeyFile: write('server.key', leaf.key, 0o600),
    client: async (commonName) => {
      const usage = x509.ExtendedKeyUsage.clientAuth;
      const made = await makeLeaf(authority, { commonName, names: [], usage });
      return {
        certFile: write(`client-${commonName}.pem`, made.certificate, 0o644),
        keyFile: write(`client-${commonName}.key`, made.key, 0o600),
      };
    },
  };
}

async function makeKeys(algorithm: KeyAlgorithm): Promise<webcrypto.CryptoKeyPair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  return keys as webcrypto.CryptoKeyPair;
}

async function makeAuthority(
  name: string,
  kind: SignatureKind = 'ecdsa-sha256',
): Promise<Authority> {
  const keys = await makeKeys(authorityKey(kind));
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    signingAlgorithm: signing(kind),
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return { certificate, keys, kind };
}

async function makeLeaf(
  authority: Authority,
  subject: {
    readonly commonName: string;
    readonly names: readonly string[];
    readonly usage: x509.ExtendedKeyUsage;
  },
): Promise<{ readonly certificate: string; readonly key: string }> {
  const keys = await makeKeys(LEAF_KEY);
  const names = subject.names.map((value) => ({
    type: /^[\d.]+$|:/.test(value) ? ('ip' as const) : ('dns' as const),
    value,
  }));
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [subject.commonName] }],
    issuer: authority.certificate.subject,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: signing(authority.kind),
    extensions: [
      new x509.ExtendedKeyUsageExtension([subject.usage]),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certificate: certificate.toString('pem'),
    key: x509.PemConverter.encode(key, 'PRIVATE KEY'),
  };
}

/**
 * SECURITY(P-37). The local authority: signs certificates for the hosts whose requests are read. Its key exists in this process only, is new
 * at every start and is never written; only a guarded command is told to trust it, and never the system.
 * RFC 5280; a leaf names one host and lives a day.
 */

import 'reflect-metadata'; // @peculiar/x509 registers its parts through it, so it comes first
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { X509Certificate } from '@peculiar/x509';

/** ECDSA on P-256: native and fast, and known to every client. */
const KEY = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Clocks of containers and virtual machines on one desktop differ a little. */
const BACKDATE_MS = HOUR_MS;

/** A daemon is started anew long before; then there is another authority. */
const AUTHORITY_LIFETIME_MS = 397 * DAY_MS;
const LEAF_LIFETIME_MS = DAY_MS;

/** A leaf that would expire during a long request is not handed out any more. */
const LEAF_RENEW_MS = HOUR_MS;

/** Hosts that are named by resources; more are a fault of some script. */
const MAX_LEAVES = 1000;

const AUTHORITY_NAME = 'CN=agentguard local authority, O=agentguard';

/** What a server that stands for a host speaks TLS with. */
export interface HostLeaf {
  /** PEM, with the authority behind it. */
  readonly cert: string;
  /** PEM, PKCS #8. It leaves this object only into a TLS server. */
  readonly key: string;
}

interface KeptLeaf {
  readonly leaf: Promise<HostLeaf>;
  readonly expiresAt: number;
}

/** Signs for hosts. */
export class LocalAuthority {
  /** PEM; not secret. */
  readonly certificate: string;
  readonly #issuer: X509Certificate;
  readonly #keys: CryptoKeyPair;
  /** One key for all leaves: whoever could read it could read them all. */
  readonly #leafKeys: CryptoKeyPair;
  readonly #leafKey: string;
  readonly #now: () => number;
  readonly #leaves = new Map<string, KeptLeaf>();

  private constructor(made: MadeAuthority) {
    this.certificate = made.issuer.toString('pem');
    this.#issuer = made.issuer;
    this.#keys = made.keys;
    this.#leafKeys = made.leafKeys;
    this.#leafKey = made.leafKey;
    this.#now = made.now;
  }

  /** Makes an authority with a new key. @param now milliseconds since the epoch */
  static async make(now: () => number): Promise<LocalAuthority> {
    const keys = await makeKeys();
    const leafKeys = await makeKeys();
    const issuer = await X509CertificateGenerator.createSelfSigned({
      serialNumber: makeSerial(),
      name: AUTHORITY_NAME,
      notBefore: new Date(now() - BACKDATE_MS),
      notAfter: new Date(now() + AUTHORITY_LIFETIME_MS),
      signingAlgorithm: KEY,
      keys,
      extensions: [
        // It signs leaves and no further authority.
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', leafKeys.privateKey);
    const leafKey = PemConverter.encode(pkcs8, 'PRIVATE KEY');
    return new LocalAuthority({ issuer, keys, leafKeys, leafKey, now });
  }

  /** The leaf of a host, the same until it is about to expire. @param host name or address, in lower case */
  leafFor(host: string): Promise<HostLeaf> {
    const kept = this.#leaves.get(host);
    if (kept !== undefined && kept.expiresAt - this.#now() > LEAF_RENEW_MS) return kept.leaf;
    if (this.#leaves.size >= MAX_LEAVES) this.#leaves.clear();
    const leaf = this.#sign(host);
    this.#leaves.set(host, { leaf, expiresAt: this.#now() + LEAF_LIFETIME_MS });
    leaf.catch(() => this.#leaves.delete(host));
    return leaf;
  }

  async #sign(host: string): Promise<HostLeaf> {
    const leaf = await X509CertificateGenerator.create({
      serialNumber: makeSerial(),
      subject: 'O=agentguard',
      issuer: this.#issuer.subject,
      notBefore: new Date(this.#now() - BACKDATE_MS),
      notAfter: new Date(this.#now() + LEAF_LIFETIME_MS),
      signingAlgorithm: KEY,
      publicKey: this.#leafKeys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        // Critical, since the subject names nothing (RFC 5280 section 4.2.1.6).
        new SubjectAlternativeNameExtension(
          [{ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }],
          true,
        ),
        await AuthorityKeyIdentifierExtension.create(this.#issuer.publicKey),
      ],
    });
    return { cert: `${leaf.toString('pem')}\n${this.certificate}`, key: this.#leafKey };
  }
}

interface MadeAuthority {
  readonly issuer: X509Certificate;
  readonly keys: CryptoKeyPair;
  readonly leafKeys: CryptoKeyPair;
  readonly leafKey: string;
  readonly now: () => number;
}

type CryptoKeyPair = webcrypto.CryptoKeyPair;

function makeKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
}

/** RFC 5280 section 4.1.2.2: positive, at most 20 bytes. */
function makeSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

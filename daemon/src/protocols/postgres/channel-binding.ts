/**
 * The tls-server-end-point value of a certificate (RFC 5929, section 4.1): its hash, with the hash
 * function of its own signature. Only the outline of the certificate is read; checking it is TLS's work.
 */

import { createHash } from 'node:crypto';

/** The value that binds a SCRAM exchange to this certificate, or why it has none. */
export type ChannelBindingResult =
  { readonly ok: true; readonly data: Buffer } | { readonly ok: false; readonly problem: string };

/** Object identifiers as the bytes that stand in a certificate, in hexadecimal. MD5 and SHA-1 become SHA-256 (RFC 5929). */
const SIGNATURE_HASHES: ReadonlyMap<string, string> = new Map([
  ['2a864886f70d010104', 'sha256'], // md5WithRSAEncryption
  ['2a864886f70d010105', 'sha256'], // sha1WithRSAEncryption
  ['2a864886f70d01010e', 'sha224'], // sha224WithRSAEncryption
  ['2a864886f70d01010b', 'sha256'], // sha256WithRSAEncryption
  ['2a864886f70d01010c', 'sha384'], // sha384WithRSAEncryption
  ['2a864886f70d01010d', 'sha512'], // sha512WithRSAEncryption
  ['2a8648ce3d0401', 'sha256'], // ecdsa-with-SHA1
  ['2a8648ce3d040301', 'sha224'], // ecdsa-with-SHA224
  ['2a8648ce3d040302', 'sha256'], // ecdsa-with-SHA256
  ['2a8648ce3d040303', 'sha384'], // ecdsa-with-SHA384
  ['2a8648ce3d040304', 'sha512'], // ecdsa-with-SHA512
]);

const RSA_PSS = '2a864886f70d01010a';

/** Hash functions that RSA-PSS names in its parameters. */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['2b0e03021a', 'sha256'], // SHA-1
  ['608648016503040204', 'sha224'],
  ['608648016503040201', 'sha256'],
  ['608648016503040202', 'sha384'],
  ['608648016503040203', 'sha512'],
]);

/** DER tags (X.690). */
const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;
const FIRST_PARAMETER = 0xa0;

/**
 * @param certificate the server's certificate in DER
 * Signatures without a hash function of their own (Ed25519) have no value; libpq refuses them as well.
 */
export function toChannelBinding(certificate: Buffer): ChannelBindingResult {
  const hash = signatureHash(certificate);
  if (hash === null) {
    return {
      ok: false,
      problem: 'the signature algorithm of the server certificate allows no channel binding',
    };
  }
  return { ok: true, data: createHash(hash).update(certificate).digest() };
}

/** `Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID, parameters }, signature }` */
function signatureHash(certificate: Buffer): string | null {
  const outline = readElement(certificate, SEQUENCE);
  const signed = outline && readElement(outline.content, SEQUENCE);
  const algorithm = signed && readElement(signed.rest, SEQUENCE);
  const identifier = algorithm && readElement(algorithm.content, OBJECT_IDENTIFIER);
  if (!identifier) return null;
  const name = identifier.content.toString('hex');
  return name === RSA_PSS ? pssHash(identifier.rest) : (SIGNATURE_HASHES.get(name) ?? null);
}

/** `RSASSA-PSS-params ::= SEQUENCE { [0] hashAlgorithm DEFAULT sha1, ... }` (RFC 4055, section 3.1) */
function pssHash(parameters: Buffer): string | null {
  const sequence = readElement(parameters, SEQUENCE);
  if (sequence === null) return null;
  if (sequence.content[0] !== FIRST_PARAMETER) return 'sha256';
  const tagged = readElement(sequence.content, FIRST_PARAMETER);
  const algorithm = tagged && readElement(tagged.content, SEQUENCE);
  const identifier = algorithm && readElement(algorithm.content, OBJECT_IDENTIFIER);
  return identifier ? (HASHES.get(identifier.content.toString('hex')) ?? null) : null;
}

/** One DER element of the given tag at the start of `bytes`, and what follows it. */
function readElement(
  bytes: Buffer,
  tag: number,
): { readonly content: Buffer; readonly rest: Buffer } | null {
  const first = bytes[1];
  if (bytes[0] !== tag || first === undefined) return null;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  // Certificates are below 16 MB; an indefinite length is not DER.
  if (first === 0x80 || lengthBytes > 3 || bytes.length < 2 + lengthBytes) return null;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes);
  const start = 2 + lengthBytes;
  if (bytes.length < start + length) return null;
  return {
    content: bytes.subarray(start, start + length),
    rest: bytes.subarray(start + length),
  };
}

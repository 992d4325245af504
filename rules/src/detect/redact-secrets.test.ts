import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formsOf, toKnownValues } from './known-values.ts';
import { MASK_PATTERN } from './mask-secret.ts';
import { SecretRedactor, redactText } from './redact-secrets.ts';
import type { RedactOptions } from './redact-secrets.ts';

const KEY = Buffer.from('a key of this test');
const KNOWN_VALUE = 'Un/likely+value"of the vault';
const OPTIONS: RedactOptions = { key: KEY, known: toKnownValues([KNOWN_VALUE]), generic: true };

/** Put together here, so that no scanner takes this file for a leak. */
const aws = 'AKIA' + 'QYLPMN5HFIQR7XYA';
const openRouter = 'sk-or-' + 'v1-' + '4f0c9d1e7b2a8c3f5d6e0a1b9c8d7e6f'.repeat(2);
const url = 'postgres' + '://shop:' + 'f8Kq2mZx9wLp@db.internal/shop';
const jwt = [
  'eyJ' + 'hbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9',
  'eyJ' + 'zdWIiOiI5OTgxMjciLCJuIjoieCJ9',
  'dBjftJeZ4CVPmB92K27uhbUJU1p1rwW1gFWFOEjXk',
].join('.');

const TEXT = [
  'nothing to see: password is a word, and so is token',
  `{"key":"${aws}","url":"${url}\\n${openRouter}"}`,
  `Authorization: Bearer ${jwt}`,
  `inside ${Buffer.from(`x: ${openRouter}`).toString('base64')} encoded`,
  `known ${KNOWN_VALUE} and ${Buffer.from(`ab${KNOWN_VALUE}cd`).toString('base64')}`,
  `DB_PASSWORD = "k9$wQz7!pLm2"; ünï © ${aws}`,
].join('\n');

function redactIn(pieces: readonly Uint8Array[], options = OPTIONS): string {
  const redactor = new SecretRedactor(options);
  const parts = pieces.map((piece) => Buffer.from(redactor.push(piece)));
  return Buffer.concat([...parts, redactor.end()]).toString('utf8');
}

describe('a text', () => {
  const whole = redactText(TEXT, OPTIONS);

  test('keeps everything but its secrets, which are gone in every form', () => {
    for (const secret of [aws, openRouter, 'f8Kq2mZx9wLp', jwt, ...formsOf(KNOWN_VALUE)]) {
      expect(whole.text).not.toContain(secret);
    }
    expect(whole.text).toContain('nothing to see: password is a word, and so is token');
    expect(whole.text).toContain('ünï ©');
    expect(whole.count).toBeGreaterThanOrEqual(8);
  });

  test('shows by equal marks that two secrets are the same', () => {
    const marks = [...whole.text.matchAll(MASK_PATTERN)].map((match) => match[0]);
    const keys = marks.filter((mark) => mark.includes('aws-access-key-id'));
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    expect(redactText(aws, { key: Buffer.from('another key') }).text).not.toBe(keys[0]);
  });

  test('that was redacted is not changed again', () => {
    expect(redactText(whole.text, OPTIONS).text).toBe(whole.text);
  });

  test('without secrets comes out as it went in', () => {
    const code = 'const password = getPassword();\nfetch(`https://example.com/${token}`);\n';
    expect(redactText(code, OPTIONS)).toEqual({ text: code, count: 0 });
  });
});

describe('P-78: a flow of bytes', () => {
  const bytes = Buffer.from(TEXT, 'utf8');
  const whole = redactText(TEXT, OPTIONS).text;

  test('comes out the same at every split point', () => {
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(redactIn([bytes.subarray(0, at), bytes.subarray(at)])).toBe(whole);
    }
  });

  test('comes out the same byte by byte', () => {
    expect(redactIn([...bytes].map((byte) => Uint8Array.of(byte)))).toBe(whole);
  });

  test('of whatever secrets and other text, cut wherever, comes out the same', () => {
    const secret = fc.constantFrom(aws, openRouter, url, jwt, KNOWN_VALUE, 'password="x9$Kq2!mZw"');
    const other = fc.oneof(
      fc.string(),
      fc.constantFrom('=', '"', ' ', '-----BEGIN ', 'eyJ', '://'),
    );
    const piece = fc.oneof(secret, other);
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.integer({ min: 1, max: 90 })), (pieces, cuts) => {
        const text = Buffer.from(pieces.join(''), 'utf8');
        expect(redactIn(toPieces(text, cuts))).toBe(redactIn([text]));
      }),
      { numRuns: 300 },
    );
  });

  test('is held back by no more than a bound, whatever it is', () => {
    for (const hostile of [
      'A'.repeat(64),
      'password=',
      '-----BEGIN RSA PRIVATE KEY-----\n',
      'eyJ.',
    ]) {
      const redactor = new SecretRedactor(OPTIONS);
      const input = Buffer.from(hostile.repeat(Math.ceil(200_000 / hostile.length)));
      let out = 0;
      let held = 0;
      for (let at = 0; at < input.length; at += 1000) {
        out += redactor.push(input.subarray(at, at + 1000)).length;
        held = Math.max(held, at + 1000 - out);
      }
      expect(held).toBeLessThan(20_000);
    }
  });
});

function toPieces(bytes: Uint8Array, sizes: readonly number[]): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...pieces, bytes.subarray(at)];
}

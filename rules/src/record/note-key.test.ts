import { describe, expect, it } from 'vitest';
import { isKeyName, parseVerifierKey, toKeyIdText, toVerifierKey } from './note-key.ts';
import { makeSampleSigner } from './sample-record.ts';

/** The key of golang.org/x/mod/sumdb/note, note_test.go. */
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const PETER_SEED = Buffer.from('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz', 'base64').subarray(
  1,
);

describe('public keys as text', () => {
  it('the key of the Go implementation is read, with its id', () => {
    const parsed = parseVerifierKey(PETER);
    expect(parsed).toMatchObject({
      ok: true,
      verifier: { name: 'PeterNeumann', keyId: 0xc74f20a3 },
    });
  });

  it('its text is written as the Go implementation writes it', () => {
    const signer = makeSampleSigner('PeterNeumann', PETER_SEED);
    expect(toVerifierKey(signer.name, signer.publicKey)).toBe(PETER);
  });

  it('a key signs what only it verifies', () => {
    const signer = makeSampleSigner('PeterNeumann', PETER_SEED);
    const parsed = parseVerifierKey(PETER);
    const message = Buffer.from('hi');
    const signature = signer.sign(message);
    expect(parsed.ok && parsed.verifier.verify(message, signature)).toBe(true);
    expect(parsed.ok && parsed.verifier.verify(Buffer.from('ho'), signature)).toBe(false);
    expect(parsed.ok && parsed.verifier.verify(message, signature.subarray(1))).toBe(false);
  });

  it('no part of a key is a key', () => {
    for (let from = 0; from <= PETER.length; from += 1) {
      for (let to = from + 1; to <= PETER.length; to += 1) {
        const part = PETER.slice(from, to);
        expect(parseVerifierKey(part).ok, part).toBe(part === PETER);
      }
    }
  });

  it('no key with another character is a key', () => {
    for (let at = 0; at < PETER.length; at += 1) {
      const next = String.fromCharCode(PETER.charCodeAt(at) + 1);
      const other = PETER.slice(0, at) + next + PETER.slice(at + 1);
      expect(parseVerifierKey(other).ok, other).toBe(false);
    }
  });

  it.each([
    ['too long', 'PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY=='],
    ['of another type', 'PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'],
    ['with an id in capitals', PETER.replace('c74f20a3', 'C74F20A3')],
    ['with a newline behind it', `${PETER}\n`],
  ])('a key %s is refused', (_name, vkey) => {
    expect(parseVerifierKey(vkey).ok).toBe(false);
  });
});

describe('names of keys', () => {
  it.each(['agentguard/3f9c', 'example.com/log', 'é'])('%j may name a key', (name) => {
    expect(isKeyName(name)).toBe(true);
  });

  it.each([
    '',
    'a b',
    'a+b',
    'a\u00a0b',
    'a\u2003b',
    'a\u0085b',
    'a\tb',
    'a\nb',
    'a\u0001',
    '\ud800',
  ])('%j may not', (name) => {
    expect(isKeyName(name)).toBe(false);
  });

  it('an id is always eight digits', () => {
    expect(toKeyIdText(0xab)).toBe('000000ab');
  });
});

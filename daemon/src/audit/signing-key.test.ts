import { inspect } from 'node:util';
import { openNote, parseVerifierKey, signNote, toVerifierKey } from '@agentguard/rules';
import { describe, expect, it } from 'vitest';
import { AuditError } from '../errors.ts';
import { SecretValue } from '../secrets/secret-value.ts';
import { generateSigningKey, loadSigner } from './signing-key.ts';

/** The key pair of golang.org/x/mod/sumdb/note, note_test.go. */
const PETER_SECRET =
  'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
const PETER_PUBLIC = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';

describe('the signing key', () => {
  it('what it signs opens under its public key', () => {
    const key = generateSigningKey('agentguard/one');
    const parsed = parseVerifierKey(key.vkey);
    if (!parsed.ok) throw new Error(parsed.problem);
    const note = signNote('hello\n', loadSigner(key.secret));
    expect(openNote(note, [parsed.verifier])).toMatchObject({ ok: true, text: 'hello\n' });
  });

  it('is another one each time', () => {
    expect(generateSigningKey('a').vkey).not.toBe(generateSigningKey('a').vkey);
  });

  it('of the Go implementation is read', () => {
    const { name, publicKey } = loadSigner(new SecretValue(PETER_SECRET));
    expect(toVerifierKey(name, publicKey)).toBe(PETER_PUBLIC);
  });

  it.each([
    ['nothing', ''],
    ['the public key', PETER_PUBLIC],
    ['another id', PETER_SECRET.replace('c74f20a3', 'c74f20a4')],
    ['another name', PETER_SECRET.replace('Peter', 'Paul')],
    ['half a key', PETER_SECRET.slice(0, -8)],
    ['another type', PETER_SECRET.replace('+AY', '+BY')],
    ['something behind it', `${PETER_SECRET}\n`],
  ])('%s is no key, and the failure does not quote it', (_name, text) => {
    let failure: unknown;
    try {
      loadSigner(new SecretValue(text));
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(AuditError);
    expect(inspect(failure)).not.toContain('AYEK');
  });

  it('a name that cannot stand in a note is refused', () => {
    expect(() => generateSigningKey('my log')).toThrow(AuditError);
  });

  it('prints as nothing', () => {
    const key = generateSigningKey('agentguard/one');
    expect(inspect(key, { depth: 9 })).not.toContain('PRIVATE');
    expect(JSON.stringify(key)).not.toContain('PRIVATE');
  });
});

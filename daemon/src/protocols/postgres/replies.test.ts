import { describe, expect, it } from 'vitest';
import { ClientFramer } from './frames.ts';
import { decodeFrontend } from './messages.ts';
import {
  toCloseReply,
  toLoginReply,
  toMarkerParse,
  toMarkerQuery,
  toRefusalReply,
} from './replies.ts';

/** Fields of an ErrorResponse by their letter. */
function fields(bytes: Buffer): Readonly<Record<string, string>> {
  expect(bytes.readUInt32BE(1)).toBe(bytes.length - 1);
  const parts = bytes.toString('utf8', 5, bytes.length - 2).split('\0');
  return Object.fromEntries(parts.map((part) => [part.charAt(0), part.slice(1)]));
}

const DENIAL = {
  decision: 'dec-1',
  message: 'blocked by agentguard: TRUNCATE removes every row of public.users',
  rules: ['builtin/truncate', 'p/2'],
  hint: 'Ask the person.',
};

describe('what a client is told', () => {
  it('a denial names message, decision, rules and what to do instead', () => {
    expect(fields(toRefusalReply({ kind: 'denied', denial: DENIAL }))).toEqual({
      S: 'ERROR',
      V: 'ERROR',
      C: '42501',
      M: DENIAL.message,
      D: 'decision dec-1; rules: builtin/truncate, p/2',
      H: 'Ask the person.',
    });
  });

  it('a NUL in a sentence cannot smuggle in a field', () => {
    const denial = { ...DENIAL, message: 'x\0C00000' };
    expect(fields(toRefusalReply({ kind: 'denied', denial }))).toMatchObject({
      C: '42501',
      M: 'x C00000',
    });
  });

  it('a database that the session cannot reach is answered with those it can', () => {
    const reply = toLoginReply({ kind: 'resource unknown', asked: 'x', reachable: ['a', 'b'] });
    expect(fields(reply)).toMatchObject({ S: 'FATAL', C: '3D000', H: 'It can reach: a, b.' });
  });

  it('an ended session is told as an administrator would end it', () => {
    expect(fields(toCloseReply('session revoked'))).toMatchObject({ S: 'FATAL', C: '57P01' });
  });
});

describe('the statement that stands in for a refused one', () => {
  it('begins with a word that begins no statement, whatever the decision is called', () => {
    for (const decision of ['dec-1', '; DROP TABLE users', "'\0", 'x'.repeat(5_000), '']) {
      for (const bytes of [toMarkerQuery(decision), toMarkerParse(decision, true)]) {
        const framer = new ClientFramer();
        framer.expectMessages();
        framer.push(bytes);
        const frame = framer.next();
        const decoded = frame?.kind === 'message' ? decodeFrontend(frame.type, frame.raw) : null;
        const text = decoded?.ok === true && 'text' in decoded.message ? decoded.message.text : '';
        expect(text).toMatch(/^agentguard denied [A-Za-z0-9-]{0,64}$/);
      }
    }
  });
});

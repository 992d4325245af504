import type { HttpFacts } from '@agentguard/rules';
import { describe, expect, test } from 'vitest';
import type { ConnectionFacts } from '../../enforcement/enforcement.ts';
import { toOperation } from './facts.ts';
import type { SentRequest } from './facts.ts';

const CONNECTION: ConnectionFacts = {
  connection: 'con-1',
  principal: { person: 'ana', agent: 'claude', session: 's1' },
  resource: { name: 'api', kind: 'http', environment: 'production', packs: [] },
};

const FACTS: HttpFacts = {
  method: 'DELETE',
  host: 'api.test',
  port: 443,
  path: '/v1/volumes/production',
  query: [['token', 'a-secret-value']],
  provider: null,
  operations: [
    { name: 'DELETE', kind: 'destroy', severity: 'high', target: null, does: 'deletes', via: [] },
  ],
  json: null,
  secretSpans: [{ start: 0, end: 40 }],
};

const NOTHING: SentRequest = {
  target: '/v1/volumes/production',
  body: { kind: 'none' },
  hasBody: false,
};
const text = (sent: Partial<SentRequest>): string =>
  toOperation(CONNECTION, FACTS, { ...NOTHING, ...sent }).text;

describe('what is shown of a request', () => {
  test('is whole: ranges of another text mask nothing in it', () => {
    const { action } = toOperation(CONNECTION, FACTS, NOTHING);
    expect(action).toMatchObject({ protocol: 'http', http: { secretSpans: [] } });
    expect(text({})).toContain('DELETE https://api.test/v1/volumes/production');
  });

  test('holds no query and no content', () => {
    const shown = text({
      target: '/v1/volumes/production?token=a-secret-value',
      body: { kind: 'whole', bytes: Buffer.from('a-secret-body') },
      hasBody: true,
    });
    expect(shown).not.toContain('a-secret');
  });
});

describe('what an approval is bound to (P-09)', () => {
  test('is the same for the same request', () => {
    const body = { kind: 'whole', bytes: Buffer.from('{}') } as const;
    expect(text({ body, hasBody: true })).toBe(text({ body, hasBody: true }));
    expect(text({})).toBe(text({}));
  });

  test.each<[string, Partial<SentRequest>, Partial<SentRequest>]>([
    ['query', { target: '/v1?tag=a' }, { target: '/v1?tag=b' }],
    [
      'content',
      { body: { kind: 'whole', bytes: Buffer.from('a') }, hasBody: true },
      { body: { kind: 'whole', bytes: Buffer.from('b') }, hasBody: true },
    ],
    [
      'content that was too large',
      { body: { kind: 'too large' }, hasBody: true },
      { body: { kind: 'too large' }, hasBody: true },
    ],
    [
      'content that could not be read',
      { body: { kind: 'undecodable' }, hasBody: true },
      { body: { kind: 'undecodable' }, hasBody: true },
    ],
    ['content that was not read', { hasBody: true }, { hasBody: true }],
  ])('is another one for another %s', (_what, one, other) => {
    expect(text(one)).not.toBe(text(other));
  });
});

import { describe, expect, test } from 'vitest';
import { cleanResult } from './clean-result.ts';
import { fromPlain, toPlain } from './json.ts';
import type { JsonMap } from './json.ts';
import { redactText } from './redact-text.ts';

const KEY = `ghp_${'a1B2'.repeat(9)}`;

function clean(
  value: unknown,
  masks: NonNullable<Parameters<typeof cleanResult>[1]>['masks'] = [],
): ReturnType<typeof cleanResult> {
  return cleanResult(fromPlain(value) as JsonMap, { masks });
}

describe('credentials are taken out of a text', () => {
  test.each([
    `the key is ${KEY}.`,
    `{"GITHUB_TOKEN": "${KEY}"}`,
    'DB_PASSWORD=hunter2hunter2',
    'postgres://app:s3cr3tpass@db.example.com/shop',
    '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----',
    `a=1&b=2&token=${KEY}`,
  ])('%s', (text) => {
    const { text: redacted, count } = redactText(text);
    expect(count).toBeGreaterThan(0);
    for (const secret of [KEY, 'hunter2', 's3cr3tpass', 'MIIE'])
      expect(redacted).not.toContain(secret);
  });

  test.each([
    'a plain sentence about tokens and passwords',
    'postgres://localhost/shop',
    'the function getPassword(name: string) returns a promise',
    'https://example.com/a/very/long/path/that/means/nothing/at/all?page=3',
    'sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  ])('and nothing of: %s', (text) => {
    expect(redactText(text)).toEqual({ text, count: 0 });
  });
});

test('what a terminal would obey or hide is made visible, and letters of people stay', () => {
  const { result, hidden } = clean({
    content: [{ type: 'text', text: '\u001b[2Jgo\u202eod \u{e0041} naïve 👩‍💻 שלום' }],
  });
  expect(hidden).toBe(3);
  expect(JSON.stringify(toPlain(result))).toContain(
    '<U+001B>[2Jgo<U+202E>od <U+E0041> naïve 👩‍💻 שלום',
  );
});

test('an answer that needs nothing is the same object', () => {
  const value = fromPlain({ content: [{ type: 'text', text: 'Echo: hello' }], n: 1 }) as JsonMap;
  expect(cleanResult(value).result).toBe(value);
});

test('bytes and what has to be echoed are left alone', () => {
  const value = {
    content: [{ type: 'image', data: KEY, mimeType: 'image/png' }],
    requestState: KEY,
  };
  expect(toPlain(clean(value).result)).toEqual(value);
});

test('personal data is masked where that is wanted, equal values by equal marks', () => {
  const text =
    'ana@example.com, bo@example.com, ana@example.com; card 4111 1111 1111 1111; id 4111 1111 1111 1112';
  const { result, masked } = clean({ content: [{ type: 'text', text }] }, ['email', 'card']);
  expect(masked).toBe(4);
  const shown = JSON.stringify(toPlain(result));
  expect(shown).not.toContain('@example.com');
  expect(shown).not.toContain('4111 1111 1111 1111');
  expect(shown).toContain('4111 1111 1111 1112');
  const marks = [...shown.matchAll(/\[email ([0-9a-f]{6})\]/g)].map((match) => match[1]);
  expect(marks[0]).toBe(marks[2]);
  expect(marks[0]).not.toBe(marks[1]);
  expect(clean({ content: [{ type: 'text', text }] }).masked).toBe(0);
});

test('text and structured content that say different things are noticed', () => {
  const content = [{ type: 'text', text: '{"deleted": 0}' }];
  expect(clean({ content, structuredContent: { deleted: 900 } }).diverges).toBe(true);
  expect(clean({ content, structuredContent: { deleted: 0 } }).diverges).toBe(false);
  expect(
    clean({ content: [{ type: 'text', text: 'done' }], structuredContent: { a: 1 } }).diverges,
  ).toBe(false);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAuthority, parseHost, toHostText } from './host.ts';

describe('a host has one spelling (P-31)', () => {
  test.each([
    ['example.com', 'example.com'],
    ['EXAMPLE.com', 'example.com'],
    ['example.com.', 'example.com'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['_dmarc.example.com', '_dmarc.example.com'],
    ['localhost', 'localhost'],
    ['192.0.2.7', '192.0.2.7'],
    ['[2001:DB8:0:0::7]', '[2001:db8::7]'],
    ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
    ['1and1.example', '1and1.example'],
  ])('%s is read as %s', (text, spelling) => {
    const parsed = parseHost(text);
    expect(parsed.ok ? toHostText(parsed.host) : parsed.problem).toBe(spelling);
  });

  test.each([
    ['the empty text', ''],
    ['a dot', '.'],
    ['two final dots', 'example.com..'],
    ['an empty label', 'a..b'],
    ['a hexadecimal address', '0x7f000001'],
    ['a decimal address', '2130706433'],
    ['an octal address', '0177.0.0.1'],
    ['a short address', '127.1'],
    ['an address with a final dot', '127.0.0.1.'],
    ['an address with an overflow', '256.0.0.1'],
    ['five numbers', '1.2.3.4.5'],
    ['a name that ends in a number', 'example.0x1'],
    ['IPv6 without brackets', '::1'],
    ['IPv6 with a zone', '[fe80::1%25eth0]'],
    ['an open bracket', '[::1'],
    ['an IPv6 address of the future', '[v1.fe80::a]'],
    ['user information', 'user@example.com'],
    ['percent encoding', 'ex%61mple.com'],
    ['a tab', 'exam\tple.com'],
    ['a line end', 'example.com\r\n'],
    ['NUL', 'example.com\0.evil.example'],
    ['a letter beyond ASCII', 'exämple.com'],
    ['a full-width letter', 'ｅxample.com'],
    ['a dot of another script', 'example。com'],
    ['a soft hyphen', 'exam\u00adple.com'],
    ['a slash', 'example.com/'],
    ['a backslash', 'example.com\\'],
    ['a long label', `${'a'.repeat(64)}.com`],
    ['a long name', `${'a.'.repeat(130)}com`],
  ])('%s is no host', (_name, text) => {
    expect(parseHost(text).ok).toBe(false);
  });

  test('what was read is read again as itself, and no text makes it throw', () => {
    const letters = fc.array(fc.constantFrom(...Array.from('0123456789abcdefx:.-_[]A')), {
      maxLength: 30,
    });
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.domain(),
      fc.ipV4(),
      letters.map((parts) => parts.join('')),
      letters.map((parts) => `[${parts.join('')}]`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseHost(text);
        if (parsed.ok) expect(parseHost(toHostText(parsed.host))).toEqual(parsed);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the target of CONNECT', () => {
  test.each([
    ['example.com:443', 'example.com', 443],
    ['[::1]:8443', '[::1]', 8443],
    ['example.com:65535', 'example.com', 65_535],
  ])('%s', (text, host, port) => {
    const parsed = parseAuthority(text);
    expect(parsed.ok ? [toHostText(parsed.host), parsed.port] : parsed.problem).toEqual([
      host,
      port,
    ]);
  });

  test.each([
    'example.com',
    'example.com:',
    'example.com:0',
    'example.com:0443',
    'example.com:+443',
    'example.com:65536',
    'example.com:https',
    'example.com:443 ',
    'example.com:4４3',
    ':443',
    'me@example.com:443',
    'https://example.com:443',
    'example.com:443/path',
    'a:b:443',
    '::1:443',
  ])('%j cannot be read', (text) => {
    expect(parseAuthority(text).ok).toBe(false);
  });
});

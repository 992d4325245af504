import { describe, expect, it } from 'vitest';
import { allow, answer, client, deny, play, say, server } from './conversation-playbook.ts';
import type { ScriptItem, ScriptOptions } from './conversation-playbook.ts';

const SELECT_1 = say.query('SELECT 1');
const ONE_ROW = [answer.rowDescription, answer.row, answer.complete('SELECT 1')] as const;
const MARKER = 'agentguard denied dec-7';

function plays(script: readonly ScriptItem[], options?: ScriptOptions): void {
  expect(play(script, options)).toBeNull();
}

describe('simple protocol', () => {
  it('forwards a Query only once it is ruled on, and tells the record how it ended', () => {
    plays([
      client(SELECT_1),
      '? SELECT 1',
      allow,
      '> Query SELECT 1',
      server(...ONE_ROW, answer.ready('I')),
      '< T',
      '< D',
      '< Complete SELECT 1',
      '< Ready I',
      '= SELECT 1: done SELECT 1',
    ]);
  });

  it('a denied Query never goes upstream, and our words take the place of the failure of the marker', () => {
    plays([
      client(say.query('DROP x')),
      '? DROP x',
      deny,
      `> Query ${MARKER}`,
      server(answer.error('42601'), answer.ready('I')),
      '< Error 42501',
      '< Ready I',
    ]);
  });

  it('after a denial inside a transaction the state shown is the failed one of the server itself', () => {
    plays([
      client(say.query('BEGIN')),
      '? BEGIN',
      allow,
      '> Query BEGIN',
      server(answer.complete('BEGIN'), answer.ready('T')),
      '< Complete BEGIN',
      '< Ready T',
      '= BEGIN: done BEGIN',
      client(say.query('DROP x')),
      '? DROP x (in transaction)',
      deny,
      `> Query ${MARKER}`,
      server(answer.error('42601'), answer.ready('E')),
      '< Error 42501',
      '< Ready E',
    ]);
  });

  it('several statements of one Query are one operation, whose outcome comes with its end', () => {
    plays([
      client(say.query('SELECT 1; SELECT 2')),
      '? SELECT 1; SELECT 2',
      allow,
      '> Query SELECT 1; SELECT 2',
      server(...ONE_ROW),
      '< T',
      '< D',
      '< Complete SELECT 1',
      server(answer.error('22012'), answer.ready('I')),
      '< Error 22012',
      '< Ready I',
      '= SELECT 1; SELECT 2: failed SELECT 1 22012',
    ]);
  });

  it('pipelined Queries are ruled on one after the other', () => {
    plays([
      client(SELECT_1, say.query('SELECT 2')),
      '? SELECT 1',
      allow,
      '> Query SELECT 1',
      '? SELECT 2',
      deny,
      `> Query ${MARKER}`,
      server(...ONE_ROW, answer.ready('I'), answer.error('42601'), answer.ready('I')),
      '< T',
      '< D',
      '< Complete SELECT 1',
      '< Ready I',
      '< Error 42501',
      '< Ready I',
      '= SELECT 1: done SELECT 1',
    ]);
  });

  it('an empty Query passes like any other', () => {
    plays([
      client(say.query('')),
      '? ',
      allow,
      '> Query ',
      server(answer.empty, answer.ready('I')),
      '< I',
      '< Ready I',
      '= : done',
    ]);
  });

  it('when the record cannot be written nothing passes and the connection ends', () => {
    plays([
      client(SELECT_1),
      '? SELECT 1',
      { do: 'record fails' },
      '< Fatal 58000',
      'close: record unavailable',
    ]);
  });
});

describe('extended protocol', () => {
  const PIPELINE = [
    say.parse('', 'SELECT $1'),
    say.bind('', '', 'x'),
    say.describePortal(''),
    say.execute(''),
    say.sync,
  ] as const;
  const ANSWERS = [
    answer.parsed,
    answer.bound,
    answer.rowDescription,
    answer.row,
    answer.complete('SELECT 1'),
    answer.ready('I'),
  ] as const;
  const FORWARDED = [
    '> Parse "" SELECT $1',
    '> Bind "" to ""',
    '> Describe portal ""',
    '> Execute ""',
    '> sync',
  ];

  it('Parse, Bind and Execute of one pipeline are one operation, ruled on with its values before Parse goes upstream', () => {
    plays([
      client(...PIPELINE),
      '? SELECT $1\n-- $1 = "x"',
      allow,
      ...FORWARDED,
      server(...ANSWERS),
      '< 1',
      '< 2',
      '< T',
      '< D',
      '< Complete SELECT 1',
      '< Ready I',
      '= SELECT $1\n-- $1 = "x": done SELECT 1',
    ]);
  });

  it('a denied Parse is replaced by a certain failure, and everything up to Sync is discarded', () => {
    plays([
      client(...PIPELINE),
      '? SELECT $1\n-- $1 = "x"',
      deny,
      `> Parse "" ${MARKER}`,
      '> sync',
      server(answer.error('42601'), answer.ready('I')),
      '< Error 42501',
      '< Ready I',
    ]);
  });

  it('a denied Parse of a named statement leaves the unnamed one alone', () => {
    plays([
      client(say.parse('s', 'DROP x'), say.sync),
      '? DROP x',
      deny,
      `> Parse "agentguard denied" ${MARKER}`,
      '> sync',
      server(answer.error('42601'), answer.ready('I')),
      '< Error 42501',
      '< Ready I',
    ]);
  });

  it('family 59: after a denied Parse the earlier unnamed statement cannot be run', () => {
    plays([
      client(say.parse('', 'DELETE x'), say.bind('', ''), say.execute(''), say.sync),
      '? DELETE x',
      allow,
      '> Parse "" DELETE x',
      '> Bind "" to ""',
      '> Execute ""',
      '> sync',
      server(answer.parsed, answer.bound, answer.complete('DELETE 1'), answer.ready('I')),
      '< 1',
      '< 2',
      '< Complete DELETE 1',
      '< Ready I',
      '= DELETE x: done DELETE 1',
      client(say.parse('', 'DROP x'), say.sync),
      '? DROP x',
      deny,
      `> Parse "" ${MARKER}`,
      '> sync',
      client(say.bind('', ''), say.execute(''), say.sync),
      server(answer.error('42601'), answer.ready('I')),
      '< Error 42501',
      '< Ready I',
      '> Parse "agentguard denied" agentguard denied no-such-statement',
      '> sync',
      server(answer.error('42601'), answer.ready('I')),
      '< Error 26000',
      '< Ready I',
    ]);
  });

  it('family 59: Close and Parse again under the same name in one pipeline runs what was ruled on', () => {
    plays([
      client(say.parse('s', 'SELECT 1'), say.sync),
      '? SELECT 1',
      allow,
      '> Parse "s" SELECT 1',
      '> sync',
      server(answer.parsed, answer.ready('I')),
      '< 1',
      '< Ready I',
      client(
        say.closeStatement('s'),
        say.parse('s', 'DROP x'),
        say.bind('', 's'),
        say.execute(''),
        say.sync,
      ),
      '> Close statement "s"',
      '? DROP x',
      deny,
      `> Parse "agentguard denied" ${MARKER}`,
      '> sync',
      server(answer.closed, answer.error('42601'), answer.ready('I')),
      '= SELECT 1: done',
      '< 3',
      '< Error 42501',
      '< Ready I',
    ]);
  });

  it('family 59: a Parse over a name that is taken does not lend its leave to what the name stands for', () => {
    plays([
      client(say.parse('s', 'DELETE x'), say.bind('', 's'), say.execute(''), say.sync),
      '? DELETE x',
      allow,
      '> Parse "s" DELETE x',
      '> Bind "" to "s"',
      '> Execute ""',
      '> sync',
      server(answer.parsed, answer.bound, answer.complete('DELETE 1'), answer.ready('I')),
      '< 1',
      '< 2',
      '< Complete DELETE 1',
      '< Ready I',
      '= DELETE x: done DELETE 1',
      client(say.parse('s', 'SELECT 1'), say.sync, say.bind('', 's'), say.execute(''), say.sync),
      '? SELECT 1',
      allow,
      '> Parse "s" SELECT 1',
      '> sync',
      server(answer.error('42P05'), answer.ready('I')),
      '< Error 42P05',
      '< Ready I',
      '= SELECT 1: failed 42P05',
      '? DELETE x',
    ]);
  });

  it('each further Bind of a prepared statement is an operation of its own', () => {
    plays([
      client(say.parse('s', 'SELECT $1'), say.bind('', 's', 'a'), say.execute(''), say.sync),
      '? SELECT $1\n-- $1 = "a"',
      allow,
      '> Parse "s" SELECT $1',
      '> Bind "" to "s"',
      '> Execute ""',
      '> sync',
      server(answer.parsed, answer.bound, answer.complete('SELECT 0'), answer.ready('I')),
      '< 1',
      '< 2',
      '< Complete SELECT 0',
      '< Ready I',
      '= SELECT $1\n-- $1 = "a": done SELECT 0',
      client(say.bind('', 's', 'b'), say.execute(''), say.sync),
      '? SELECT $1\n-- $1 = "b"',
      deny,
      `> Parse "agentguard denied" ${MARKER}`,
      '> sync',
      server(answer.error('42601'), answer.ready('I')),
      '< Error 42501',
      '< Ready I',
    ]);
  });

  it('a statement prepared in one round trip and run in the next is asked about once when it has no values', () => {
    plays([
      client(say.parse('s', 'DELETE x'), say.describeStatement('s'), say.sync),
      '? DELETE x',
      allow,
      '> Parse "s" DELETE x',
      '> Describe statement "s"',
      '> sync',
      server(answer.parsed, answer.parameters, answer.noData, answer.ready('I')),
      '< 1',
      '< t',
      '< n',
      '< Ready I',
      client(say.bind('', 's'), say.execute(''), say.sync),
      '> Bind "" to "s"',
      '> Execute ""',
      '> sync',
      server(answer.bound, answer.complete('DELETE 2'), answer.ready('I')),
      '< 2',
      '< Complete DELETE 2',
      '< Ready I',
      '= DELETE x: done DELETE 2',
      client(say.bind('', 's'), say.execute(''), say.sync),
      '? DELETE x',
    ]);
  });

  it('leave given at Parse does not cover values that were not seen, nor a run much later', () => {
    plays([
      client(say.parse('s', 'DELETE $1'), say.sync, say.parse('t', 'DELETE x'), say.sync),
      '? DELETE $1',
      allow,
      '> Parse "s" DELETE $1',
      '> sync',
      '? DELETE x',
      allow,
      '> Parse "t" DELETE x',
      '> sync',
      server(answer.parsed, answer.ready('I'), answer.parsed, answer.ready('I')),
      '< 1',
      '< Ready I',
      '< 1',
      '< Ready I',
      client(say.bind('', 's', 'v'), say.execute(''), say.sync),
      '= DELETE $1: done',
      '? DELETE $1\n-- $1 = "v"',
      allow,
      '> Bind "" to "s"',
      '> Execute ""',
      '> sync',
      server(answer.bound, answer.complete('DELETE 1'), answer.ready('I')),
      '< 2',
      '< Complete DELETE 1',
      '< Ready I',
      '= DELETE $1\n-- $1 = "v": done DELETE 1',
      { do: 'wait', ms: 60_000 },
      client(say.bind('', 't'), say.execute(''), say.sync),
      '= DELETE x: done',
      '? DELETE x',
    ]);
  });

  it('an error of the server voids what it skips: statements that were not parsed are unknown afterwards', () => {
    plays([
      client(say.parse('a', 'SELECT 1'), say.parse('b', 'SELECT 2'), say.sync),
      '? SELECT 1',
      allow,
      '> Parse "a" SELECT 1',
      '? SELECT 2',
      allow,
      '> Parse "b" SELECT 2',
      '> sync',
      server(answer.error('42P05'), answer.ready('I')),
      '< Error 42P05',
      '< Ready I',
      '= SELECT 2: failed 42P05',
      '= SELECT 1: failed 42P05',
      client(say.bind('', 'b'), say.sync),
      '> Parse "agentguard denied" agentguard denied no-such-statement',
      '> sync',
    ]);
  });

  it('an error that comes while a later message is asked about withdraws the question', () => {
    plays([
      client(say.parse('a', 'SELECT 1'), say.flush, say.parse('', 'DELETE x'), say.sync),
      '? SELECT 1',
      allow,
      '> Parse "a" SELECT 1',
      '> flush',
      '? DELETE x',
      server(answer.error('42601')),
      '< Error 42601',
      '= SELECT 1: failed 42601',
      'withdraw',
      deny,
      '> sync',
      server(answer.ready('I')),
      '< Ready I',
    ]);
  });

  it('leave that arrives after the server began to skip is given back unused', () => {
    plays([
      client(say.parse('a', 'SELECT 1'), say.flush, say.parse('', 'DELETE x'), say.sync),
      '? SELECT 1',
      allow,
      '> Parse "a" SELECT 1',
      '> flush',
      '? DELETE x',
      server(answer.error('42601')),
      '< Error 42601',
      '= SELECT 1: failed 42601',
      'withdraw',
      allow,
      '= DELETE x: failed',
      '> sync',
    ]);
  });

  it('when an earlier message fails at the server, the marker is skipped and the client gets one error only', () => {
    plays([
      client(say.parse('a', 'SELECT 1'), say.parse('b', 'DROP x'), say.sync),
      '? SELECT 1',
      allow,
      '> Parse "a" SELECT 1',
      '? DROP x',
      deny,
      `> Parse "agentguard denied" ${MARKER}`,
      '> sync',
      server(answer.error('42703'), answer.ready('I')),
      '< Error 42703',
      '< Ready I',
      '= SELECT 1: failed 42703',
    ]);
  });

  it('a failure at Sync undoes what the pipeline did, and the record says so', () => {
    plays([
      client(say.parse('', 'INSERT x'), say.bind('', ''), say.execute(''), say.sync),
      '? INSERT x',
      allow,
      '> Parse "" INSERT x',
      '> Bind "" to ""',
      '> Execute ""',
      '> sync',
      server(
        answer.parsed,
        answer.bound,
        answer.complete('INSERT 0 1'),
        answer.error('23503'),
        answer.ready('I'),
      ),
      '< 1',
      '< 2',
      '< Complete INSERT 0 1',
      '< Error 23503',
      '< Ready I',
      '= INSERT x: failed INSERT 0 1 23503',
    ]);
  });

  it('a portal with a row limit runs on under one leave', () => {
    plays([
      client(say.parse('', 'SELECT 1'), say.bind('p', ''), say.execute('p', 2), say.flush),
      '? SELECT 1',
      allow,
      '> Parse "" SELECT 1',
      '> Bind "p" to ""',
      '> Execute "p"',
      '> flush',
      server(answer.parsed, answer.bound, answer.row, answer.suspended),
      '< 1',
      '< 2',
      '< D',
      '< s',
      client(say.execute('p', 2), say.sync),
      '> Execute "p"',
      '> sync',
      server(answer.row, answer.complete('SELECT 1'), answer.ready('I')),
      '< D',
      '< Complete SELECT 1',
      '< Ready I',
      '= SELECT 1: done SELECT 1',
    ]);
  });

  it('a portal that was bound and never run ends with its transaction', () => {
    plays([
      client(say.parse('', 'SELECT 1'), say.bind('', ''), say.sync),
      '? SELECT 1',
      allow,
      '> Parse "" SELECT 1',
      '> Bind "" to ""',
      '> sync',
      server(answer.parsed, answer.bound, answer.ready('I')),
      '< 1',
      '< 2',
      '< Ready I',
      '= SELECT 1: done',
      client(say.execute(''), say.sync),
      '> Parse "agentguard denied" agentguard denied no-such-portal',
      '> sync',
      server(answer.error('42601'), answer.ready('I')),
      '< Error 34000',
      '< Ready I',
    ]);
  });
});

describe('messages that are never let through', () => {
  it('family 55: a FunctionCall is refused on the record, with the state of the protocol intact', () => {
    plays([
      client(say.functionCall),
      '? refuse function call',
      deny,
      `> Query ${MARKER}`,
      server(answer.error('42601'), answer.ready('I')),
      '< Error 42501',
      '< Ready I',
      client(SELECT_1),
      '? SELECT 1',
    ]);
  });

  it('family 64: a NUL inside a Query ends the connection and sends nothing upstream', () => {
    plays([client(say.query('SELECT 1\0; DROP x')), '< Fatal 08P01', 'close: protocol violation']);
  });

  it('a statement longer than is inspected is refused and recorded, and the connection lives on', () => {
    plays([
      client(say.query(`SELECT '${'x'.repeat(1_048_576)}'`), SELECT_1),
      '? refuse statement',
      deny,
      `> Query ${MARKER}`,
      '? SELECT 1',
      server(answer.error('42601'), answer.ready('I')),
      '< Error 54001',
      '< Ready I',
    ]);
  });

  it('a password message after the handshake ends the connection', () => {
    plays([client(say.password), '< Fatal 08P01', 'close: protocol violation']);
  });
});

describe('what the server may and may not say', () => {
  it.each([
    ['rows to nobody', [answer.row]],
    ['a completion to nobody', [answer.complete('SELECT 1')]],
    ['a second ready', [answer.ready('I')]],
    ['an authentication request', [Buffer.from('R\0\0\0\u0008\0\0\0\0', 'latin1')]],
    ['a new cancel key', [answer.keyData]],
    ['COPY data to nobody', [answer.copyData('x')]],
    ['an error that is not fatal', [answer.error('22012')]],
  ])('family 63: %s ends both sides', (_what, messages) => {
    plays([server(...messages), '< Fatal 08P01', 'close: unknown state']);
  });

  it.each([
    ['a COPY that was not asked for', answer.copyIn],
    ['a COPY both ways', answer.copyBoth],
    ['an answer to a Parse', answer.parsed],
  ])('family 63: %s in answer to a SELECT ends both sides', (_what, message) => {
    plays([
      client(SELECT_1),
      '? SELECT 1',
      allow,
      '> Query SELECT 1',
      server(message),
      '= SELECT 1: unknown',
      '< Fatal 08P01',
      'close: unknown state',
    ]);
  });

  it('notices, notifications and settings pass at any time', () => {
    plays([
      server(answer.notice, answer.notification, answer.parameter('TimeZone', 'UTC')),
      '< N',
      '< A',
      '< S',
    ]);
  });

  it.each([
    ['standard_conforming_strings', 'off', 'string setting'],
    ['client_encoding', 'SJIS', 'client encoding'],
  ])('families 13 and 14: a report of %s=%s ends the connection', (name, value, reason) => {
    plays([server(answer.parameter(name, value)), '< Fatal 42501', `close: ${reason}`]);
  });

  it('the same settings with the pinned value pass', () => {
    plays([
      server(
        answer.parameter('standard_conforming_strings', 'on'),
        answer.parameter('client_encoding', 'UTF8'),
      ),
      '< S',
      '< S',
    ]);
  });

  it('a fatal error in place of the failure of a marker is passed on', () => {
    plays([
      client(say.query('DROP x')),
      '? DROP x',
      deny,
      `> Query ${MARKER}`,
      server(answer.error('57P01', 'FATAL')),
      '< Fatal 57P01',
      { do: 'server leaves' },
      'close: server ended',
    ]);
  });

  it('a server that dies in the middle leaves an unknown outcome and a word to the client', () => {
    plays([
      client(SELECT_1),
      '? SELECT 1',
      allow,
      '> Query SELECT 1',
      { do: 'server leaves' },
      '= SELECT 1: unknown',
      '< Fatal 08006',
      'close: upstream lost',
    ]);
  });

  it('our last word is not put into the middle of a message of the server', () => {
    plays([
      client(SELECT_1),
      '? SELECT 1',
      allow,
      '> Query SELECT 1',
      server(answer.rowDescription, Buffer.from('D\0\0\0\u0020abc', 'latin1')),
      '< T',
      '< part of a message',
      { do: 'server leaves' },
      '= SELECT 1: unknown',
      'close: upstream lost',
    ]);
  });
});

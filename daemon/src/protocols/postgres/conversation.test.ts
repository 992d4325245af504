import { describe, expect, it } from 'vitest';
import { allow, client, deny, play, server } from './conversation-playbook.ts';
import { answer, say } from './sample-messages.ts';
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

  it('P-07: a denied Query never goes upstream, and our words take the place of the failure of the marker', () => {
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

  it('P-07: after a denial inside a transaction the state shown is the failed one of the server itself', () => {
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

  it('P-06: when the record cannot be written nothing passes and the connection ends', () => {
    plays([
      client(SELECT_1),
      '? SELECT 1',
      { do: 'record fails' },
      'withdraw',
      '< Fatal 58000',
      'close: record unavailable',
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

  it('P-17: a message beyond every cap ends the connection, and says why', () => {
    plays([
      client(Buffer.from('B\x7f\xff\xff\xff', 'latin1')),
      '< Fatal 54000',
      'close: message too large',
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
  ])('P-15, families 13 and 14: a report of %s=%s ends the connection', (name, value, reason) => {
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

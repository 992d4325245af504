import { describe, expect, it } from 'vitest';
import { allow, client, deny, play, server } from './conversation-playbook.ts';
import { answer, say } from './sample-messages.ts';
import type { ScriptItem, ScriptOptions } from './conversation-playbook.ts';

const MARKER = 'agentguard denied dec-7';

function plays(script: readonly ScriptItem[], options?: ScriptOptions): void {
  expect(play(script, options)).toBeNull();
}

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

  it('P-07: a denied Parse is replaced by a certain failure, and everything up to Sync is discarded', () => {
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

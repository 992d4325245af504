import { describe, expect, it } from 'vitest';
import { allow, client, deny, play, server } from './conversation-playbook.ts';
import { answer, say } from './sample-messages.ts';
import type { ScriptItem } from './conversation-playbook.ts';

function plays(script: readonly ScriptItem[]): void {
  expect(play(script)).toBeNull();
}

const COPY_IN: readonly ScriptItem[] = [
  client(say.query('COPY t FROM STDIN')),
  '? COPY t FROM STDIN',
  allow,
  '> Query COPY t FROM STDIN',
  server(answer.copyIn),
  '< G',
];

describe('COPY from the client', () => {
  it('passes data while the server reads it, and counts the rows', () => {
    plays([
      ...COPY_IN,
      client(say.copyData('1\n'), say.copyData('2\n'), say.copyDone),
      '> CopyData 2',
      '> CopyData 2',
      '> copy done',
      server(answer.complete('COPY 2'), answer.ready('I')),
      '< Complete COPY 2',
      '< Ready I',
      '= COPY t FROM STDIN: done COPY 2',
    ]);
  });

  it('CopyFail ends it as a failure', () => {
    plays([
      ...COPY_IN,
      client(say.copyData('1\n'), say.copyFail),
      '> CopyData 2',
      '> copy fail',
      server(answer.error('57014'), answer.ready('I')),
      '< Error 57014',
      '< Ready I',
      '= COPY t FROM STDIN: failed 57014',
    ]);
  });

  it('data that was on its way when the server failed is dropped, as the server would', () => {
    plays([
      ...COPY_IN,
      client(say.copyData('x\n')),
      '> CopyData 2',
      server(answer.error('22P02'), answer.ready('I')),
      '< Error 22P02',
      '< Ready I',
      '= COPY t FROM STDIN: failed 22P02',
      client(say.copyData('2\n'), say.copyDone, say.query('SELECT 1')),
      '? SELECT 1',
    ]);
  });

  it('family 63: COPY messages outside of a COPY never reach the server', () => {
    plays([
      client(say.copyData('1\n'), say.copyDone, say.copyFail, say.query('SELECT 1')),
      '? SELECT 1',
      allow,
      '> Query SELECT 1',
      client(say.copyData('1\n'), say.copyDone),
      server(answer.complete('SELECT 1'), answer.ready('I')),
      '< Complete SELECT 1',
      '< Ready I',
      '= SELECT 1: done SELECT 1',
    ]);
  });

  it('a CopyFail behind the CopyDone, as postgres.js sends it, changes nothing', () => {
    plays([
      ...COPY_IN,
      client(say.copyData('1\n'), say.copyDone, say.copyFail),
      '> CopyData 2',
      '> copy done',
      server(answer.complete('COPY 1'), answer.ready('I')),
      '< Complete COPY 1',
      '< Ready I',
      '= COPY t FROM STDIN: done COPY 1',
    ]);
  });

  it('family 63: another message in the middle of COPY data ends the connection', () => {
    plays([
      ...COPY_IN,
      client(say.query('DROP x')),
      '= COPY t FROM STDIN: unknown',
      '< Fatal 08P01',
      'close: protocol violation',
    ]);
  });

  it('what is pipelined behind a COPY waits until it is known whether the server reads data', () => {
    plays([
      client(say.query('COPY t FROM STDIN'), say.query('SELECT 1')),
      '? COPY t FROM STDIN',
      allow,
      '> Query COPY t FROM STDIN',
      server(answer.error('42P01'), answer.ready('I')),
      '< Error 42P01',
      '< Ready I',
      '= COPY t FROM STDIN: failed 42P01',
      '? SELECT 1',
    ]);
  });

  it('in the extended protocol a Sync sent before the data is swallowed, as the server does', () => {
    plays([
      client(say.parse('', 'COPY t FROM STDIN'), say.bind('', ''), say.execute(''), say.sync),
      '? COPY t FROM STDIN',
      allow,
      '> Parse "" COPY t FROM STDIN',
      '> Bind "" to ""',
      '> Execute ""',
      '> flush',
      server(answer.parsed, answer.bound, answer.copyIn),
      '< 1',
      '< 2',
      '< G',
      client(say.copyData('1\n'), say.copyDone, say.sync),
      '> CopyData 2',
      '> copy done',
      '> sync',
      server(answer.complete('COPY 1'), answer.ready('I')),
      '< Complete COPY 1',
      '< Ready I',
      '= COPY t FROM STDIN: done COPY 1',
    ]);
  });

  it('a denied COPY sends nothing, and its data does not pass for messages', () => {
    plays([
      client(say.query('COPY t FROM STDIN')),
      '? COPY t FROM STDIN',
      deny,
      '> Query agentguard denied dec-7',
      server(answer.error('42601'), answer.ready('I')),
      '< Error 42501',
      '< Ready I',
    ]);
  });
});

describe('COPY to the client', () => {
  it('streams, and counts the rows', () => {
    plays([
      client(say.query('COPY t TO STDOUT')),
      '? COPY t TO STDOUT',
      allow,
      '> Query COPY t TO STDOUT',
      server(
        answer.copyOut,
        answer.copyData('1\n'),
        answer.copyData('2\n'),
        answer.copyDone,
        answer.complete('COPY 2'),
        answer.ready('I'),
      ),
      '< H',
      '< d',
      '< d',
      '< c',
      '< Complete COPY 2',
      '< Ready I',
      '= COPY t TO STDOUT: done COPY 2',
    ]);
  });

  it('a row in the middle of COPY data ends both sides', () => {
    plays([
      client(say.query('COPY t TO STDOUT')),
      '? COPY t TO STDOUT',
      allow,
      '> Query COPY t TO STDOUT',
      server(answer.copyOut, answer.row),
      '< H',
      '= COPY t TO STDOUT: unknown',
      '< Fatal 08P01',
      'close: unknown state',
    ]);
  });
});

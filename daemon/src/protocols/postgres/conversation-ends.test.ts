import { describe, expect, it } from 'vitest';
import { allow, client, deny, play, server } from './conversation-playbook.ts';
import { answer, say } from './sample-messages.ts';
import type { ScriptItem } from './conversation-playbook.ts';
import { MAX_QUEUED_MESSAGES } from './limits.ts';
import type { CloseReason } from './replies.ts';

function plays(script: readonly ScriptItem[]): void {
  expect(play(script)).toBeNull();
}

const ASKED: readonly ScriptItem[] = [client(say.query('DELETE x')), '? DELETE x'];

describe('family 62: cancel', () => {
  it('while the question is open it is denied, with the words of the server', () => {
    plays([
      ...ASKED,
      { do: 'cancel' },
      'withdraw',
      deny,
      '> Query agentguard denied cancelled',
      server(answer.error('42601'), answer.ready('I')),
      '< Error 57014',
      '< Ready I',
    ]);
  });

  it('an approval that comes after the cancel is given back unused', () => {
    plays([
      ...ASKED,
      { do: 'cancel' },
      'withdraw',
      allow,
      '= DELETE x: failed 57014',
      '> Query agentguard denied cancelled',
    ]);
  });

  it('while a statement runs the server is told', () => {
    plays([
      ...ASKED,
      allow,
      '> Query DELETE x',
      { do: 'cancel' },
      'cancel upstream',
      server(answer.error('57014'), answer.ready('I')),
      '< Error 57014',
      '< Ready I',
      '= DELETE x: failed 57014',
    ]);
  });

  it('when nothing runs nothing happens', () => {
    plays([{ do: 'cancel' }]);
  });

  it('a cancel that hits our marker changes nothing for the client', () => {
    plays([
      ...ASKED,
      deny,
      '> Query agentguard denied dec-7',
      { do: 'cancel' },
      'cancel upstream',
      server(answer.error('57014'), answer.ready('I')),
      '< Error 42501',
      '< Ready I',
    ]);
  });
});

describe('the client goes', () => {
  it('P-08: with a question open nothing is executed', () => {
    plays([
      ...ASKED,
      { do: 'client leaves' },
      'withdraw',
      'drain',
      '> terminate',
      'close: client left',
      allow,
      '= DELETE x: failed',
    ]);
  });

  it('with a statement running its outcome is waited for', () => {
    plays([
      ...ASKED,
      allow,
      '> Query DELETE x',
      { do: 'client leaves' },
      '> terminate',
      'drain',
      server(answer.complete('DELETE 2'), answer.ready('I')),
      '= DELETE x: done DELETE 2',
      '< Complete DELETE 2',
      '< Ready I',
      'close: client left',
    ]);
  });

  it('without a word, but able to read: the open question is withdrawn, and its denial still told', () => {
    plays([
      ...ASKED,
      { do: 'client ends' },
      'withdraw',
      deny,
      '> Query agentguard denied dec-7',
      '> terminate',
      'drain',
      server(answer.error('42601'), answer.ready('I')),
      '< Error 42501',
      '< Ready I',
      'close: client left',
    ]);
  });

  it('without a word: what needs no question runs, as at the server, and a further question is withdrawn at once', () => {
    plays([
      client(say.query('SELECT 1'), say.query('DELETE x')),
      '? SELECT 1',
      { do: 'client ends' },
      'withdraw',
      allow,
      '> Query SELECT 1',
      '? DELETE x',
      'withdraw',
      deny,
      '> Query agentguard denied dec-7',
      '> terminate',
      'drain',
    ]);
  });

  it('with Terminate behind a statement both are honoured', () => {
    plays([
      client(say.query('DELETE x'), say.terminate),
      '? DELETE x',
      allow,
      '> Query DELETE x',
      '> terminate',
      'drain',
      server(answer.complete('DELETE 2'), answer.ready('I')),
      '= DELETE x: done DELETE 2',
      '< Complete DELETE 2',
      '< Ready I',
      'close: client left',
    ]);
  });

  it('in an extended pipeline without Sync there is nothing to wait for', () => {
    plays([
      client(say.parse('', 'DELETE x'), say.bind('', ''), say.execute('')),
      '? DELETE x',
      allow,
      '> Parse "" DELETE x',
      '> Bind "" to ""',
      '> Execute ""',
      { do: 'client leaves' },
      '> terminate',
      'drain',
      '= DELETE x: unknown',
      'close: client left',
    ]);
  });
});

describe('P-20: we end it', () => {
  it.each([
    ['session revoked', '57P01'],
    ['session expired', '57P01'],
    ['daemon stopping', '57P01'],
  ] satisfies readonly (readonly [CloseReason, string])[])(
    '%s: the open question is withdrawn and the client is told',
    (reason, code) => {
      plays([
        ...ASKED,
        { do: 'end', reason },
        'withdraw',
        `< Fatal ${code}`,
        `close: ${reason}`,
        allow,
        '= DELETE x: failed',
      ]);
    },
  );
});

describe('we end it while something runs', () => {
  it('the server is told to stop, and the outcome is unknown', () => {
    plays([
      ...ASKED,
      allow,
      '> Query DELETE x',
      { do: 'end', reason: 'session revoked' },
      'cancel upstream',
      '= DELETE x: unknown',
      '< Fatal 57P01',
      'close: session revoked',
    ]);
  });
});

describe('P-17: back-pressure', () => {
  it('stops reading when too many messages wait for a ruling, and reads on when they are through', () => {
    const flood = Array.from({ length: MAX_QUEUED_MESSAGES + 1 }, () => say.flush);
    const forwarded = flood.map(() => '> flush');
    const script: readonly ScriptItem[] = [
      ...ASKED,
      client(...flood),
      'pause client',
      allow,
      '> Query DELETE x',
      ...forwarded,
      'resume client',
    ];
    expect(play(script)).toBeNull();
  });
});

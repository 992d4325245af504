import { describe, expect, it } from 'vitest';
import { allow, client, factsByWord, play, server } from './conversation-playbook.ts';
import { answer, say } from './sample-messages.ts';
import type { ScriptItem, ScriptOptions } from './conversation-playbook.ts';

function plays(script: readonly ScriptItem[], options?: ScriptOptions): void {
  expect(play(script, options)).toBeNull();
}

/** A Query that is allowed and ends well. */
function runs(sql: string, tag: string, status: 'I' | 'T' = 'I', inside = ''): ScriptItem[] {
  return [
    client(say.query(sql)),
    `? ${sql}${inside}`,
    allow,
    `> Query ${sql}`,
    server(answer.complete(tag), answer.ready(status)),
    `< Complete ${tag}`,
    `< Ready ${status}`,
    `= ${sql}: done ${tag}`,
  ];
}

describe('what may change how later statements read', () => {
  it('holds the next statement back until the server has answered', () => {
    plays([
      client(say.query('SET search_path = evil'), say.query('SELECT 1')),
      '? SET search_path = evil',
      allow,
      '> Query SET search_path = evil',
      server(answer.complete('SET')),
      '< Complete SET',
      server(answer.ready('I')),
      '< Ready I',
      '= SET search_path = evil: done SET',
      '? SELECT 1',
    ]);
  });

  it('makes the server answer when the client sends no Sync, so that nothing waits for ever', () => {
    plays([
      client(
        say.parse('', 'SET search_path = evil'),
        say.bind('', ''),
        say.execute(''),
        say.parse('', 'SELECT 1'),
        say.sync,
      ),
      '? SET search_path = evil',
      allow,
      '> Parse "" SET search_path = evil',
      '> Bind "" to ""',
      '> Execute ""',
      '> flush',
      server(answer.parsed, answer.bound, answer.complete('SET')),
      '< 1',
      '< 2',
      '< Complete SET',
      '? SELECT 1',
    ]);
  });

  it('a plain read holds nothing back', () => {
    plays([
      client(say.query('SELECT 1'), say.query('SELECT 2')),
      '? SELECT 1',
      allow,
      '> Query SELECT 1',
      '? SELECT 2',
    ]);
  });

  it('the end of a transaction that changed no names holds nothing back', () => {
    plays([
      ...runs('BEGIN', 'BEGIN', 'T'),
      client(say.query('COMMIT'), say.query('SELECT 1')),
      '? COMMIT (in transaction)',
      allow,
      '> Query COMMIT',
      '? SELECT 1 (in transaction)',
    ]);
  });

  it('definitions that became visible to everybody make the catalog stale, at the end of their transaction', () => {
    plays([...runs('CREATE VIEW v', 'CREATE VIEW'), 'catalog changed']);
    plays([
      ...runs('BEGIN', 'BEGIN', 'T'),
      ...runs('CREATE VIEW v', 'CREATE VIEW', 'T', ' (in transaction)'),
      ...runs('COMMIT', 'COMMIT', 'I', ' (in transaction)'),
      'catalog changed',
    ]);
  });

  it('while the catalog is read again statements wait, and go on when it is there', () => {
    plays([
      { do: 'catalog', state: 'stale' },
      client(say.query('SELECT 1')),
      'await catalog',
      { do: 'catalog', state: 'ready', version: '2' },
      '? SELECT 1',
    ]);
  });

  it('a catalog that cannot be read ends the connection', () => {
    plays([
      { do: 'catalog', state: 'stale' },
      client(say.query('SELECT 1')),
      'await catalog',
      { do: 'catalog', state: 'failed' },
      '< Fatal 58000',
      'close: catalog unavailable',
    ]);
  });
});

describe('a name that the catalog does not show', () => {
  const options: ScriptOptions = {
    analyze: (message, context) => ({
      ...factsByWord(message, context),
      ...(context.catalog.version === '1' ? { unresolved: ['t'] } : {}),
    }),
  };

  it('makes it be read again before the statement is ruled on', () => {
    plays(
      [
        client(say.query('SELECT t')),
        'catalog changed',
        'await catalog',
        { do: 'catalog', state: 'ready', version: '2' },
        '? SELECT t',
      ],
      options,
    );
  });

  it('is taken for what it is when it is still not there, and not looked for at every statement', () => {
    plays(
      [
        client(say.query('SELECT t')),
        'catalog changed',
        'await catalog',
        { do: 'catalog', state: 'ready' },
        '? SELECT t',
        allow,
        '> Query SELECT t',
        server(answer.error('42P01'), answer.ready('I')),
        '< Error 42P01',
        '< Ready I',
        '= SELECT t: failed 42P01',
        client(say.query('SELECT t')),
        '? SELECT t',
        allow,
        '> Query SELECT t',
        { do: 'wait', ms: 5_000 },
        client(say.query('SELECT t')),
        'catalog changed',
        'await catalog',
      ],
      options,
    );
  });
});

describe('family 52: names that move', () => {
  const PREPARED: readonly ScriptItem[] = [
    client(say.parse('s', 'SELECT t'), say.bind('', 's'), say.execute(''), say.sync),
    '? SELECT t',
    allow,
    '> Parse "s" SELECT t',
    '> Bind "" to "s"',
    '> Execute ""',
    '> sync',
    server(answer.parsed, answer.bound, answer.complete('SELECT 0'), answer.ready('I')),
    '< 1',
    '< 2',
    '< Complete SELECT 0',
    '< Ready I',
    '= SELECT t: done SELECT 0',
  ];

  it('leave given under one search path does not serve a Bind under another', () => {
    plays([
      client(say.parse('s', 'SELECT t'), say.sync),
      '? SELECT t',
      allow,
      '> Parse "s" SELECT t',
      '> sync',
      server(answer.parsed, answer.ready('I')),
      '< 1',
      '< Ready I',
      ...runs('SET search_path = evil', 'SET'),
      client(say.bind('', 's'), say.execute(''), say.sync),
      '= SELECT t: done',
      '? SELECT t',
    ]);
  });

  it('a portal bound under one search path and run under another is ruled on again', () => {
    plays([
      ...runs('BEGIN', 'BEGIN', 'T'),
      client(say.parse('', 'SELECT t'), say.bind('p', ''), say.sync),
      '? SELECT t (in transaction)',
      allow,
      '> Parse "" SELECT t',
      '> Bind "p" to ""',
      '> sync',
      server(answer.parsed, answer.bound, answer.ready('T')),
      '< 1',
      '< 2',
      '< Ready T',
      ...runs('SET search_path = evil', 'SET', 'T', ' (in transaction)'),
      client(say.execute('p'), say.sync),
      '? SELECT t (in transaction)',
      allow,
      '= SELECT t: done',
      '> Execute "p"',
      '> sync',
    ]);
  });

  it('a portal bound and run under the same path is ruled on once', () => {
    plays([
      ...runs('BEGIN', 'BEGIN', 'T'),
      client(say.parse('', 'SELECT t'), say.bind('p', ''), say.sync),
      '? SELECT t (in transaction)',
      allow,
      '> Parse "" SELECT t',
      '> Bind "p" to ""',
      '> sync',
      server(answer.parsed, answer.bound, answer.ready('T')),
      '< 1',
      '< 2',
      '< Ready T',
      client(say.execute('p'), say.sync),
      '> Execute "p"',
      '> sync',
    ]);
  });

  it('a catalog that changed since Parse makes the statement read again', () => {
    let readings = 0;
    const analyze = (): ReturnType<NonNullable<ScriptOptions['analyze']>> => {
      readings += 1;
      const statement = { command: 'SELECT', start: 0, end: 1, functions: [], changesState: false };
      const object = { kind: 'table', schema: null, name: `reading ${readings}` } as const;
      const effects = [{ kind: 'read', object, via: [] }] as const;
      return {
        statements: [{ ...statement, effects }],
        literalsIgnored: false,
        secretSpans: [],
      };
    };
    const script: readonly ScriptItem[] = [
      ...PREPARED,
      { do: 'catalog', state: 'ready', version: '2' },
      client(say.bind('', 's'), say.execute(''), say.sync),
      '? SELECT t',
    ];
    plays(script, { analyze });
    expect(readings).toBeGreaterThan(1);
  });
});

describe('family 58: one name space for both ways to prepare', () => {
  it('SQL PREPARE can be bound, as the operation it prepared', () => {
    plays([
      ...runs('PREPARE p AS DELETE', 'PREPARE'),
      client(say.bind('', 'p'), say.execute(''), say.sync),
      '? PREPARE p AS DELETE',
      allow,
      '> Bind "" to "p"',
      '> Execute ""',
      '> sync',
      server(answer.bound, answer.complete('DELETE 3'), answer.ready('I')),
      '< 2',
      '< Complete DELETE 3',
      '< Ready I',
      '= PREPARE p AS DELETE: done DELETE 3',
    ]);
  });

  it('a Bind behind a PREPARE that is not answered yet waits for it', () => {
    plays([
      client(say.query('PREPARE p AS DELETE'), say.bind('', 'p'), say.execute(''), say.sync),
      '? PREPARE p AS DELETE',
      allow,
      '> Query PREPARE p AS DELETE',
      server(answer.complete('PREPARE'), answer.ready('I')),
      '< Complete PREPARE',
      '< Ready I',
      '= PREPARE p AS DELETE: done PREPARE',
      '? PREPARE p AS DELETE',
    ]);
  });

  it('a PREPARE that failed does not change what the name stands for', () => {
    plays([
      client(say.query('PREPARE p AS DELETE')),
      '? PREPARE p AS DELETE',
      allow,
      '> Query PREPARE p AS DELETE',
      server(answer.error('42P05'), answer.ready('I')),
      '< Error 42P05',
      '< Ready I',
      '= PREPARE p AS DELETE: failed 42P05',
      client(say.bind('', 'p'), say.sync),
      '> Parse "agentguard denied" agentguard denied no-such-statement',
      '> sync',
    ]);
  });

  it('DEALLOCATE ALL takes all names away', () => {
    plays([
      ...runs('PREPARE p AS DELETE', 'PREPARE'),
      ...runs('DEALLOCATE ALL', 'DEALLOCATE ALL'),
      client(say.bind('', 'p'), say.sync),
      '> Parse "agentguard denied" agentguard denied no-such-statement',
      '> sync',
    ]);
  });

  it('after code that could not be seen, a name may stand for anything and is ruled on as unknown', () => {
    plays([
      ...runs('PREPARE p AS DELETE', 'PREPARE'),
      ...runs('DO x', 'DO'),
      'catalog changed',
      client(say.bind('', 'p'), say.execute(''), say.sync),
      '? PREPARE p AS DELETE',
      allow,
      '> Bind "" to "p"',
      '> Execute ""',
      // It may even be a COPY, so nothing follows before the server has said what it is.
      '> flush',
      server(answer.bound, answer.complete('DELETE 1')),
      '< 2',
      '< Complete DELETE 1',
      '> sync',
      client(say.bind('', 'q'), say.execute(''), say.sync),
      '? EXECUTE "q"',
    ]);
  });
});

describe('the search path as the server reports it', () => {
  it('moves names at once, without a SET that we saw', () => {
    plays(
      [
        client(say.parse('s', 'SELECT t'), say.sync),
        '? SELECT t',
        allow,
        '> Parse "s" SELECT t',
        '> sync',
        server(answer.parsed, answer.parameter('search_path', 'evil'), answer.ready('I')),
        '< 1',
        '< S',
        '< Ready I',
        client(say.bind('', 's'), say.execute(''), say.sync),
        '= SELECT t: done',
        '? SELECT t',
      ],
      { reportedPath: 'public' },
    );
  });
});

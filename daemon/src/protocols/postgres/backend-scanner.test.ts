import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackendScanner } from './backend-scanner.ts';
import type { BackendObserver, Disposition } from './backend-scanner.ts';
import { answer } from './sample-messages.ts';
import { MAX_COMMAND_TAG_BYTES } from './limits.ts';

/** Notes what it is shown; swallows, replaces or stops at the types it is told to. */
class Watcher implements BackendObserver {
  readonly sink = 'client';
  readonly rowsFit: boolean;
  readonly copyDataFits: boolean;
  readonly shown: string[] = [];
  readonly #dispositions: ReadonlyMap<string, Disposition>;

  constructor(dispositions: Readonly<Record<string, Disposition>> = {}, dataFits = true) {
    this.#dispositions = new Map(Object.entries(dispositions));
    this.rowsFit = dataFits;
    this.copyDataFits = dataFits;
  }

  seen(type: number, body: Buffer): Disposition {
    const letter = String.fromCharCode(type);
    this.shown.push(`${letter}:${body.toString('latin1')}`);
    return this.#dispositions.get(letter) ?? 'forward';
  }
}

function scan(
  watcher: Watcher,
  chunks: readonly Buffer[],
): { out: Buffer; problem: string | null } {
  const out: Buffer[] = [];
  const scanner = new BackendScanner(watcher, (slice) => out.push(Buffer.from(slice)));
  let problem: string | null = null;
  for (const chunk of chunks) problem = scanner.scan(chunk);
  return { out: Buffer.concat(out), problem };
}

const STREAM = Buffer.concat([
  answer.rowDescription,
  answer.row,
  answer.row,
  answer.notice,
  answer.complete('SELECT 2'),
  answer.parameter('TimeZone', 'UTC'),
  answer.error('22012'),
  answer.ready('I'),
  answer.copyData('1\t2\n'),
]);

describe('the scanner of the server side', () => {
  it.each([
    ['passes everything on', {}],
    ['takes out what it is told to', { C: 'swallow', N: 'swallow' }],
    ['puts our bytes in place', { E: Buffer.from('OURS') }],
  ] satisfies readonly (readonly [string, Readonly<Record<string, Disposition>>])[])(
    '%s, the same wherever the transport cuts',
    (_what, dispositions) => {
      const first = new Watcher(dispositions);
      const expected = scan(first, [STREAM]);
      expect(expected.problem).toBeNull();
      for (let at = 1; at < STREAM.length; at += 1) {
        const watcher = new Watcher(dispositions);
        expect(scan(watcher, [STREAM.subarray(0, at), STREAM.subarray(at)])).toEqual(expected);
        expect(watcher.shown).toEqual(first.shown);
      }
      const bytes = Array.from(STREAM, (byte) => Buffer.from([byte]));
      expect(scan(new Watcher(dispositions), bytes)).toEqual(expected);
    },
  );

  it('what it passes on untouched is the stream itself', () => {
    expect(scan(new Watcher(), [STREAM]).out).toEqual(STREAM);
  });

  it('gives a large result on in one slice per chunk, without a copy', () => {
    const rows = Buffer.concat(Array.from({ length: 1_000 }, () => answer.row));
    const slices: Buffer[] = [];
    new BackendScanner(new Watcher(), (slice) => slices.push(slice)).scan(rows);
    expect(slices).toHaveLength(1);
    expect(slices[0]?.buffer).toBe(rows.buffer);
  });

  it('stops at a message that the observer stops at, and passes on only what came before', () => {
    const result = scan(new Watcher({ N: 'stop' }), [STREAM]);
    expect(result.problem).toBe('stopped');
    expect(result.out).toEqual(Buffer.concat([answer.rowDescription, answer.row, answer.row]));
  });

  it('family 63: stops at rows that nobody asked for', () => {
    const result = scan(new Watcher({}, false), [STREAM]);
    expect(result.problem).not.toBeNull();
    expect(result.out).toEqual(answer.rowDescription);
  });

  it.each([
    ['a length below itself', Buffer.from('C\0\0\0\u0003', 'latin1')],
    ['a negative length', Buffer.from('Z\u00ff\u00ff\u00ff\u00ff', 'latin1')],
    ['a tag beyond its cap', answer.complete('x'.repeat(MAX_COMMAND_TAG_BYTES))],
  ])('stops at %s', (_what, bytes) => {
    expect(scan(new Watcher(), [bytes]).problem).not.toBeNull();
  });

  it('reads only the beginning of a long error, and passes the whole of it on', () => {
    const long = Buffer.concat([answer.error('22012').subarray(0, -1), Buffer.alloc(0)]);
    const body = Buffer.concat([long.subarray(5), Buffer.from(`D${'x'.repeat(100_000)}\0\0`)]);
    const header = Buffer.from('E\0\0\0\0', 'latin1');
    header.writeUInt32BE(body.length + 4, 1);
    const message = Buffer.concat([header, body]);
    const watcher = new Watcher();
    expect(scan(watcher, [message.subarray(0, 300), message.subarray(300)]).out).toEqual(message);
    expect(watcher.shown[0]?.length).toBeLessThan(200);
  });

  it('knows whether the client has whole messages only', () => {
    const scanner = new BackendScanner(new Watcher(), () => undefined);
    scanner.scan(answer.notice.subarray(0, 8));
    expect(scanner.atBoundary).toBe(false);
    scanner.scan(answer.notice.subarray(8));
    expect(scanner.atBoundary).toBe(true);
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (chunks) => {
        scan(
          new Watcher({ S: 'swallow', E: Buffer.from('x') }),
          chunks.map((c) => Buffer.from(c)),
        );
      }),
      { numRuns: 500 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { say } from './sample-messages.ts';
import { ClientFramer } from './frames.ts';
import type { ClientFrame } from './frames.ts';
import { MAX_BIND_LENGTH, MAX_QUERY_LENGTH, MAX_SMALL_MESSAGE_BYTES } from './limits.ts';

/** What came out, with the pieces of each CopyData joined, so that cuts do not show. */
function readAll(framer: ClientFramer): string[] {
  const lines: string[] = [];
  for (let frame = framer.next(); frame !== null; frame = framer.next()) lines.push(show(frame));
  return lines;
}

function show(frame: ClientFrame): string {
  switch (frame.kind) {
    case 'startup':
      return `startup ${frame.raw.toString('hex')}`;
    case 'message':
      return `message ${String.fromCharCode(frame.type)} ${frame.raw.toString('hex')}`;
    case 'copy data':
      return `copy ${frame.slice.toString('hex')}${frame.last ? '.' : ''}`;
    case 'oversize statement':
      return `oversize ${String.fromCharCode(frame.type)} ${frame.length}`;
    case 'tls hello':
      return 'tls hello';
    case 'problem':
      return `problem: ${frame.problem}`;
    case 'too large':
      return 'problem: longer';
  }
}

function joinCopies(lines: readonly string[]): string {
  return lines.join('\n').replaceAll(/([0-9a-f])\ncopy /g, '$1');
}

function messages(): ClientFramer {
  const framer = new ClientFramer();
  framer.expectMessages();
  return framer;
}

function header(type: string, length: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.write(type, 'latin1');
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

const CONVERSATION = Buffer.concat([
  say.query('SELECT 1'),
  say.query(''),
  say.parse('s', 'SELECT $1'),
  say.bind('', 's', 'value', null),
  say.describeStatement('s'),
  say.execute(''),
  say.copyData('row\n'),
  say.copyData(''),
  say.copyDone,
  say.sync,
  say.terminate,
]);

describe('typed messages', () => {
  it('family 60: the same frames come out wherever the transport cuts', () => {
    const whole = messages();
    whole.push(CONVERSATION);
    const expected = joinCopies(readAll(whole));
    for (let at = 1; at < CONVERSATION.length; at += 1) {
      const framer = messages();
      framer.push(CONVERSATION.subarray(0, at));
      const lines = readAll(framer);
      framer.push(CONVERSATION.subarray(at));
      expect(joinCopies([...lines, ...readAll(framer)])).toBe(expected);
    }
  });

  it('family 60: any number of cuts gives the same frames', () => {
    const whole = messages();
    whole.push(CONVERSATION);
    const expected = joinCopies(readAll(whole));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
        const framer = messages();
        const lines: string[] = [];
        for (let at = 0, turn = 0; at < CONVERSATION.length; turn += 1) {
          const size = sizes[turn % sizes.length]!;
          framer.push(CONVERSATION.subarray(at, at + size));
          at += size;
          lines.push(...readAll(framer));
        }
        expect(joinCopies(lines)).toBe(expected);
      }),
    );
  });

  it('frames that are whole in a chunk are views of it, not copies', () => {
    const framer = messages();
    framer.push(CONVERSATION);
    const frame = framer.next();
    expect(frame?.kind === 'message' && frame.raw.buffer === CONVERSATION.buffer).toBe(true);
  });

  it.each([
    ['an unknown type', header('z', 4), 'unknown type'],
    ['a type of the server', header('T', 4), 'unknown type'],
    ['a NUL type', header('\0', 4), 'unknown type'],
    ['a length below itself', header('Q', 3), 'shorter'],
    ['a length of zero', header('S', 0), 'shorter'],
    ['a Query without room for its NUL', header('Q', 4), 'shorter'],
    ['a Sync with a body', header('S', 5), 'longer'],
    ['a negative length', header('B', 0xffff_ffff), 'longer'],
    ['a Describe beyond its cap', header('D', MAX_SMALL_MESSAGE_BYTES + 1), 'longer'],
    ['a Bind beyond its cap', header('B', MAX_BIND_LENGTH + 1), 'longer'],
    ['a Query of a negative length', header('Q', 0xffff_fff0), 'longer'],
  ])('refuses %s at its header, and nothing comes after', (_what, bytes, problem) => {
    const framer = messages();
    framer.push(bytes);
    expect(readAll(framer)).toEqual([expect.stringMatching(`problem: .*${problem}`)]);
    framer.push(say.query('SELECT 1'));
    expect(readAll(framer)).toEqual([]);
  });

  it('accepts a Query of exactly the longest length', () => {
    const framer = messages();
    framer.push(Buffer.concat([header('Q', MAX_QUERY_LENGTH), Buffer.alloc(MAX_QUERY_LENGTH - 4)]));
    expect(framer.next()?.kind).toBe('message');
  });

  it('throws a statement that is too long away without keeping it, and reads on behind it', () => {
    const framer = messages();
    const length = MAX_QUERY_LENGTH + 1;
    framer.push(header('Q', length));
    expect(readAll(framer)).toEqual([`oversize Q ${length}`]);
    for (let left = length - 4; left > 0; left -= 65_536) {
      framer.push(Buffer.alloc(Math.min(left, 65_536)));
      expect(framer.next()).toBeNull();
      expect(framer.pending).toBe(0);
    }
    framer.push(say.sync);
    expect(readAll(framer)).toHaveLength(1);
  });

  it('hands CopyData on as it comes, whatever length it claims', () => {
    const framer = messages();
    framer.push(Buffer.concat([header('d', 0x2000_0000), Buffer.from('abc')]));
    const frame = framer.next();
    expect(frame).toMatchObject({ kind: 'copy data', last: false });
    expect(framer.pending).toBe(0);
  });

  it('P-17: never keeps more than came, nor more than twice what it needs, when a length lies', () => {
    const framer = messages();
    framer.push(header('B', MAX_BIND_LENGTH));
    expect(framer.next()).toBeNull();
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 100; round += 1) {
      framer.push(Buffer.from([round]));
      expect(framer.next()).toBeNull();
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_048_576);
  });

  it('survives any bytes: it gives frames or one problem, and never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (chunks) => {
        const framer = messages();
        for (const chunk of chunks) {
          framer.push(Buffer.from(chunk));
          readAll(framer);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('startup packets', () => {
  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n')],
    ['a length of zero', Buffer.from([0, 0, 0, 0])],
    ['a length of seven', Buffer.from([0, 0, 0, 7, 0, 3, 0])],
    ['a length beyond the cap', Buffer.from([0, 0, 0x27, 0x11])],
    ['a negative length', Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ['a second byte that makes the length huge', Buffer.from([0, 1])],
  ])('refuses %s', (_what, bytes) => {
    const framer = new ClientFramer();
    framer.push(bytes);
    expect(readAll(framer)).toEqual([expect.stringMatching('^problem')]);
  });

  it('accepts a packet of exactly the longest length', () => {
    const framer = new ClientFramer();
    const packet = Buffer.alloc(10_000);
    packet.writeUInt32BE(10_000);
    framer.push(packet);
    expect(framer.next()?.kind).toBe('startup');
  });

  it('tells a TLS hello at its first byte and gives every byte back', () => {
    const framer = new ClientFramer();
    const hello = Buffer.from([0x16, 3, 1, 0, 5]);
    framer.push(hello);
    expect(framer.next()?.kind).toBe('tls hello');
    expect(framer.takeRest()).toEqual(hello);
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 16 })), (chunks) => {
        const framer = new ClientFramer();
        for (const chunk of chunks) {
          framer.push(Buffer.from(chunk));
          for (let turn = 0; turn < 20 && framer.next()?.kind === 'startup'; turn += 1);
        }
      }),
      { numRuns: 500 },
    );
  });
});

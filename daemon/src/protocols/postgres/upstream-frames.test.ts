import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackendFramer } from './upstream-frames.ts';

function frame(type: string, body: Uint8Array): Buffer {
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

/** Everything the framer cuts, as text; the last word tells why it stopped. */
function cut(framer: BackendFramer, most = 1000): string[] {
  const seen: string[] = [];
  for (;;) {
    const next = framer.next((type) => (type === 'X' ? -1 : most));
    if (next.kind !== 'message') return [...seen, next.kind];
    seen.push(`${next.message.type}${next.message.body.toString('hex')}`);
  }
}

describe('the framer of the upstream side', () => {
  it('cuts the same messages however the bytes are cut', () => {
    const messages = fc.array(
      fc.tuple(fc.constantFrom('R', 'S', 'Z'), fc.uint8Array({ maxLength: 20 })),
    );
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 9 }), (list, size) => {
        const bytes = Buffer.concat(list.map(([type, body]) => frame(type, body)));
        const framer = new BackendFramer();
        const seen: string[] = [];
        for (let at = 0; at < bytes.length; at += size) {
          framer.push(bytes.subarray(at, at + size));
          seen.push(...cut(framer).slice(0, -1));
        }
        const whole = list.map(([type, body]) => `${type}${Buffer.from(body).toString('hex')}`);
        expect(seen).toEqual(whole);
        expect(framer.pending).toBe(0);
      }),
    );
  });

  it.each([
    ['a length below its own', Buffer.from('R\0\0\0\x03'), 'problem'],
    ['a length of zero', Buffer.from('R\0\0\0\0'), 'problem'],
    ['a negative length', Buffer.from('Rffff', 'latin1').fill(0xff, 1), 'problem'],
    ['a body above the bound', frame('R', Buffer.alloc(1001)), 'problem'],
    ['a type that does not belong here', frame('X', Buffer.alloc(0)), 'problem'],
    ['half a header', Buffer.from('R\0\0'), 'more'],
    ['half a body', frame('R', Buffer.alloc(9)).subarray(0, 8), 'more'],
  ])('judges %s at the header', (_name, bytes, end) => {
    const framer = new BackendFramer();
    framer.push(bytes);
    expect(cut(framer)).toEqual([end]);
  });

  it('gives back what it has not cut', () => {
    const framer = new BackendFramer();
    framer.push(Buffer.concat([frame('Z', Buffer.from('I')), Buffer.from('rest')]));
    framer.next(() => 1);
    expect(framer.takeRest().toString()).toBe('rest');
    expect(framer.pending).toBe(0);
  });
});

/**
 * For tests: messages of both sides, as a client and a server write them.
 */

function frame(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function int16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeInt16BE(value, index * 2);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** Frontend messages as a client writes them. */
export const say = {
  query: (sql: string): Buffer => frame('Q', text(sql)),
  parse: (name: string, sql: string): Buffer => frame('P', text(name), text(sql), int16(0)),
  bind: (portal: string, statement: string, ...values: readonly (string | null)[]): Buffer =>
    frame(
      'B',
      text(portal),
      text(statement),
      int16(0, values.length),
      ...values.map((value) =>
        value === null
          ? int32(-1)
          : Buffer.concat([int32(Buffer.byteLength(value)), Buffer.from(value)]),
      ),
      int16(0),
    ),
  describeStatement: (name: string): Buffer => frame('D', Buffer.from('S'), text(name)),
  describePortal: (name: string): Buffer => frame('D', Buffer.from('P'), text(name)),
  execute: (portal: string, rows = 0): Buffer => frame('E', text(portal), int32(rows)),
  closeStatement: (name: string): Buffer => frame('C', Buffer.from('S'), text(name)),
  closePortal: (name: string): Buffer => frame('C', Buffer.from('P'), text(name)),
  sync: frame('S'),
  flush: frame('H'),
  terminate: frame('X'),
  copyData: (data: string): Buffer => frame('d', Buffer.from(data)),
  copyDone: frame('c'),
  copyFail: frame('f', text('no more')),
  functionCall: frame('F', int32(964), int16(0, 0), int16(0), int16(0)),
  password: frame('p', text('x')),
} as const;

/** Backend messages as a server writes them. */
export const answer = {
  rowDescription: frame('T', int16(0)),
  row: frame('D', int16(0)),
  complete: (tag: string): Buffer => frame('C', text(tag)),
  empty: frame('I'),
  ready: (status: 'I' | 'T' | 'E'): Buffer => frame('Z', Buffer.from(status)),
  error: (code: string, severity = 'ERROR'): Buffer =>
    frame('E', text(`S${severity}`), text(`V${severity}`), text(`C${code}`), text('Mno'), text('')),
  notice: frame('N', text('SNOTICE'), text('C00000'), text('Mhm'), text('')),
  notification: frame('A', int32(7), text('news'), text('hello')),
  parameter: (name: string, value: string): Buffer => frame('S', text(name), text(value)),
  parsed: frame('1'),
  bound: frame('2'),
  closed: frame('3'),
  noData: frame('n'),
  parameters: frame('t', int16(0)),
  suspended: frame('s'),
  copyIn: frame('G', Buffer.from([0]), int16(0)),
  copyOut: frame('H', Buffer.from([0]), int16(0)),
  copyBoth: frame('W', Buffer.from([0]), int16(0)),
  copyData: (data: string): Buffer => frame('d', Buffer.from(data)),
  copyDone: frame('c'),
  keyData: frame('K', int32(1), int32(2)),
} as const;

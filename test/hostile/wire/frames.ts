/** PostgreSQL frontend messages as bytes, well formed or as wrong as a test wants them. Nothing here checks anything. */

/** Type byte, length, body. `length` replaces the true length for tests of lying frames. */
export function message(type: string, body: Buffer = Buffer.alloc(0), length?: number): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(length ?? body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** A packet without a type byte, as before the startup. */
export function packet(body: Buffer, length?: number): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt32BE(length ?? body.length + 4, 0);
  return Buffer.concat([head, body]);
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0, 0);
  return bytes;
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value, 0);
  return bytes;
}

/** Text with its NUL. */
export function cstring(text: string): Buffer {
  return Buffer.concat([Buffer.from(text, 'utf8'), Buffer.of(0)]);
}

export function startup(
  parameters: Readonly<Record<string, string>>,
  version = 0x0003_0000,
): Buffer {
  const pairs = Object.entries(parameters).flatMap(([name, value]) => [
    cstring(name),
    cstring(value),
  ]);
  return packet(Buffer.concat([int32(version), ...pairs, Buffer.of(0)]));
}

export const SSL_REQUEST = packet(int32(80_877_103));
export const GSSENC_REQUEST = packet(int32(80_877_104));

export function cancelRequest(processId: number, key: Buffer): Buffer {
  return packet(Buffer.concat([int32(80_877_102), int32(processId), key]));
}

export function query(text: string | Buffer): Buffer {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
  return message('Q', Buffer.concat([bytes, Buffer.of(0)]));
}

export function parse(name: string, text: string, types: readonly number[] = []): Buffer {
  return message(
    'P',
    Buffer.concat([cstring(name), cstring(text), int16(types.length), ...types.map(int32)]),
  );
}

export function bind(
  portal: string,
  statement: string,
  values: readonly (string | null)[] = [],
): Buffer {
  const parameters = values.flatMap((value) =>
    value === null ? [int32(-1)] : [int32(Buffer.byteLength(value)), Buffer.from(value, 'utf8')],
  );
  return message(
    'B',
    Buffer.concat([
      cstring(portal),
      cstring(statement),
      int16(0),
      int16(values.length),
      ...parameters,
      int16(0),
    ]),
  );
}

export function describe(kind: 'S' | 'P', name: string): Buffer {
  return message('D', Buffer.concat([Buffer.from(kind), cstring(name)]));
}

export function execute(portal: string, rows = 0): Buffer {
  return message('E', Buffer.concat([cstring(portal), int32(rows)]));
}

export function close(kind: 'S' | 'P', name: string): Buffer {
  return message('C', Buffer.concat([Buffer.from(kind), cstring(name)]));
}

export const SYNC = message('S');
export const FLUSH = message('H');
export const TERMINATE = message('X');
export const COPY_DONE = message('c');

export function copyData(text: string): Buffer {
  return message('d', Buffer.from(text, 'utf8'));
}

/** A function by its number, all arguments and the result in text form. */
export function functionCall(oid: number, values: readonly string[]): Buffer {
  const parameters = values.flatMap((value) => [
    int32(Buffer.byteLength(value)),
    Buffer.from(value),
  ]);
  return message(
    'F',
    Buffer.concat([int32(oid), int16(0), int16(values.length), ...parameters, int16(0)]),
  );
}

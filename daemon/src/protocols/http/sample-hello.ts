/** ClientHello messages for tests: byte by byte, so that each part can be bent. */

export interface HelloShape {
  /** Null leaves the extension out. */
  readonly serverName?: string | null;
  readonly protocols?: readonly string[];
  /** More extensions, number and content. */
  readonly extensions?: readonly (readonly [number, Buffer])[];
  /** Bytes of each TLS record; everything in one by default. */
  readonly recordBytes?: number;
}

/** A ClientHello in its records. */
export function makeHello(shape: HelloShape = {}): Buffer {
  return toRecords(makeHelloMessage(shape), shape.recordBytes ?? 16_384);
}

/** The handshake message alone. */
export function makeHelloMessage(shape: HelloShape = {}): Buffer {
  const { serverName = 'api.test', protocols = ['h2', 'http/1.1'] } = shape;
  const extensions = [
    ...(serverName === null ? [] : [extension(0, makeServerName(serverName))]),
    extension(10, Buffer.from('0002001d', 'hex')),
    ...(protocols.length === 0 ? [] : [extension(16, makeProtocols(protocols))]),
    ...(shape.extensions ?? []).map(([type, value]) => extension(type, value)),
  ];
  const body = Buffer.concat([
    Buffer.from('0303', 'hex'),
    Buffer.alloc(32, 7),
    vector(1, Buffer.alloc(32, 9)),
    vector(2, Buffer.from('13011302', 'hex')),
    vector(1, Buffer.from([0])),
    vector(2, Buffer.concat(extensions)),
  ]);
  const header = Buffer.alloc(4);
  header.writeUInt32BE(body.length);
  header[0] = 1;
  return Buffer.concat([header, body]);
}

/** Cuts a handshake message into records. */
export function toRecords(message: Buffer, recordBytes = 16_384): Buffer {
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += recordBytes) {
    const part = message.subarray(at, at + recordBytes);
    records.push(Buffer.from([22, 3, 1]), vector(2, part));
  }
  return Buffer.concat(records);
}

/** The content of the server name extension. */
export function makeServerName(name: string): Buffer {
  return vector(2, Buffer.concat([Buffer.from([0]), vector(2, Buffer.from(name, 'latin1'))]));
}

function makeProtocols(names: readonly string[]): Buffer {
  return vector(2, Buffer.concat(names.map((name) => vector(1, Buffer.from(name, 'latin1')))));
}

function extension(type: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type >> 8, type & 0xff]), vector(2, value)]);
}

function vector(lengthBytes: 1 | 2, content: Buffer): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(content.length, 0, lengthBytes);
  return Buffer.concat([length, content]);
}

/** A client that sends bytes as it is told and keeps what came back: for what no driver would do. */

import { pbkdf2Sync } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { decodeServerError } from '../../daemon/src/protocols/postgres/backend-messages.ts';
import { ScramClient } from '../../daemon/src/protocols/postgres/scram-client.ts';

/** Where to connect and as whom. */
export interface RawTarget {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** One message of the server, in words: `C SELECT 1`, `E 42601`, `Z I`, or its letter. */
type Line = string;

/** One connection. */
export class RawClient {
  readonly #socket: Socket;
  #unread = Buffer.alloc(0);
  #closed = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#unread = Buffer.concat([this.#unread, chunk]);
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  /** Opens a transport without a word on it. */
  static async open(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const client = new RawClient(socket);
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  /** Connects, authenticates with SCRAM and reads up to the first ReadyForQuery. */
  static async login(target: RawTarget): Promise<RawClient> {
    const client = await RawClient.open(target.port);
    client.send(startupPacket({ user: target.user, database: target.database }));
    const scram = new ScramClient({ kind: 'none' }, { minIterations: 1 });
    await client.#message();
    const first = Buffer.from(scram.first());
    const size = Buffer.alloc(4);
    size.writeUInt32BE(first.length);
    client.send(typed('p', Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), size, first])));
    const asked = scram.serverFirst((await client.#message()).toString('utf8', 9));
    if (!asked.ok) throw new Error(asked.problem);
    const salted = pbkdf2Sync(target.password, asked.salt, asked.iterations, 32, 'sha256');
    client.send(typed('p', Buffer.from(scram.clientFinal(salted))));
    await client.until('Z');
    return client;
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Bytes that were sent and have not left this process. */
  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  /** Everything up to and with a message of this letter, `count` times. */
  async until(letter: string, count = 1): Promise<readonly Line[]> {
    const lines: Line[] = [];
    for (let seen = 0; seen < count;) {
      const line = describe(await this.#message());
      lines.push(line);
      if (line === 'closed') break;
      if (line.startsWith(letter)) seen += 1;
    }
    return lines;
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<readonly Line[]> {
    return this.until('closed');
  }

  /** One raw byte: the answer to a request for encryption. Empty when the connection ended. */
  async byte(): Promise<string> {
    while (this.#unread.length === 0 && !this.#closed) await this.#more();
    const [byte] = this.#unread;
    this.#unread = this.#unread.subarray(1);
    return byte === undefined ? '' : String.fromCharCode(byte);
  }

  end(): void {
    this.#socket.destroy();
  }

  async #message(): Promise<Buffer> {
    for (;;) {
      const length = this.#unread.length < 5 ? null : this.#unread.readUInt32BE(1) + 1;
      if (length !== null && this.#unread.length >= length) {
        const message = this.#unread.subarray(0, length);
        this.#unread = this.#unread.subarray(length);
        return message;
      }
      if (this.#closed) return Buffer.alloc(0);
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}

function describe(message: Buffer): Line {
  if (message.length === 0) return 'closed';
  const letter = message.toString('latin1', 0, 1);
  const body = message.subarray(5);
  switch (letter) {
    case 'E': {
      const { fatal, code } = decodeServerError(body);
      return `E ${fatal ? 'fatal ' : ''}${code ?? '?'}`;
    }
    case 'C':
      return `C ${body.toString('latin1', 0, body.length - 1)}`;
    case 'Z':
      return `Z ${body.toString('latin1')}`;
    case 'D':
      return `D ${body.toString('hex')}`;
    default:
      return letter;
  }
}

/** A typed message. */
export function typed(letter: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.write(letter, 'latin1');
  header.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([header, body]);
}

/** A startup packet of version 3.0 with these parameters. */
export function startupPacket(parameters: Readonly<Record<string, string>>): Buffer {
  const words = Object.entries(parameters).flat();
  return untyped(0x3_0000, Buffer.from(`${words.join('\0')}\0\0`));
}

/** A packet without type: a code and a body. */
export function untyped(code: number, body = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + body.length, 0);
  header.writeUInt32BE(code, 4);
  return Buffer.concat([header, body]);
}

/**
 * A client that sends what it is told, byte by byte, and keeps what comes back. It logs in with SCRAM-SHA-256
 * by its own hand, so that every startup packet is possible. It speaks to the guard or to the server alike.
 */

import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { message, startup } from './frames.ts';

/** One message of the other side. */
export interface Received {
  /** Its type byte as a letter. */
  readonly type: string;
  readonly body: Buffer;
}

/** How a wait ended. */
export type Ending = 'found' | 'closed' | 'silent';

/** Nothing that is going to answer takes longer on loopback. */
const PATIENCE_MS = 10_000;

/** A connection whose bytes are in the test's hands. */
export class RawClient {
  readonly #socket: Socket;
  readonly received: Received[] = [];
  #buffer: Buffer = Buffer.alloc(0);
  #closed = false;
  #typed = true;
  #keep = true;
  readonly #dropped = new Map<string, number>();
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  /** Opens a TCP connection and sends nothing. */
  static async open(port: number, host = '127.0.0.1'): Promise<RawClient> {
    const socket = connect(port, host);
    socket.setNoDelay(true);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  /** Opens a connection and logs in, by a URL with user, password and database. */
  static async login(
    url: string,
    parameters: Readonly<Record<string, string>> = {},
    version?: number,
  ): Promise<RawClient> {
    const { hostname, port, username, password, pathname } = new URL(url);
    const client = await RawClient.open(Number(port), hostname);
    const user = decodeURIComponent(username);
    client.send(startup({ user, database: pathname.slice(1), ...parameters }, version));
    await client.authenticate(decodeURIComponent(password));
    return client;
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(...frames: readonly Buffer[]): void {
    if (!this.#closed) this.#socket.write(Buffer.concat(frames));
  }

  /** One write per piece, so that each travels in a segment of its own. */
  async sendInPieces(pieces: readonly Buffer[]): Promise<void> {
    for (const piece of pieces) {
      await new Promise<void>((resolve) => {
        this.#socket.write(piece, () => resolve());
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Answers a SCRAM-SHA-256 request and waits for the end of the login (RFC 5802, RFC 7677). */
  async authenticate(password: string): Promise<void> {
    await this.untilCount('R', 1);
    const nonce = randomBytes(18).toString('base64');
    const firstBare = `n=,r=${nonce}`;
    const first = Buffer.from(`n,,${firstBare}`);
    const length = Buffer.alloc(4);
    length.writeInt32BE(first.length);
    this.send(message('p', Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), length, first])));
    await this.untilCount('R', 2);
    const serverFirst = this.#authenticationText(1);
    const fields = new Map(serverFirst.split(',').map((field) => [field[0], field.slice(2)]));
    const salted = pbkdf2Sync(
      password,
      Buffer.from(fields.get('s') ?? '', 'base64'),
      Number(fields.get('i')),
      32,
      'sha256',
    );
    const finalBare = `c=biws,r=${fields.get('r') ?? ''}`;
    const clientKey = hmac(salted, 'Client Key');
    const storedKey = createHash('sha256').update(clientKey).digest();
    const signature = hmac(storedKey, `${firstBare},${serverFirst},${finalBare}`);
    const proof = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!));
    this.send(message('p', Buffer.from(`${finalBare},p=${proof.toString('base64')}`)));
    await this.untilReady();
  }

  #authenticationText(index: number): string {
    const answer = this.received.filter(({ type }) => type === 'R')[index];
    if (answer === undefined) throw new Error(`no login: ${this.describe()}`);
    return answer.body.subarray(4).toString('utf8');
  }

  /** Waits until the next ReadyForQuery behind what was seen before; throws when it does not come. */
  async untilReady(): Promise<void> {
    const before = this.count('Z');
    await this.untilCount('Z', before + 1);
  }

  /** Waits until a type was received so often. */
  async untilCount(type: string, count: number): Promise<void> {
    const ending = await this.until(() => this.count(type) >= count);
    if (ending !== 'found')
      throw new Error(`${ending} while waiting for ${type}: ${this.describe()}`);
  }

  /** Sends and waits for the end of the answer; gives what came. */
  async ask(...frames: readonly Buffer[]): Promise<readonly Received[]> {
    const before = this.received.length;
    const ready = this.count('Z') + 1;
    this.send(...frames);
    await this.until(() => this.count('Z') >= ready);
    return this.received.slice(before);
  }

  /** Waits for something, for the end of the connection, or not longer than is sensible. */
  async until(found: () => boolean, patienceMs = PATIENCE_MS): Promise<Ending> {
    const end = Date.now() + patienceMs;
    while (!found()) {
      if (this.#closed) return 'closed';
      const left = end - Date.now();
      if (left <= 0) return 'silent';
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 1000));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return 'found';
  }

  count(type: string): number {
    return this.received.filter((one) => one.type === type).length;
  }

  /** SQLSTATEs of all errors so far. */
  get errors(): readonly string[] {
    return this.received
      .filter(({ type }) => type === 'E')
      .map(({ body }) => errorField(body, 'C'));
  }

  /** Transaction status of the last ReadyForQuery: I, T or E. */
  get status(): string {
    const last = this.received.findLast(({ type }) => type === 'Z');
    return last?.body.toString('latin1') ?? '';
  }

  /** First columns of all rows so far, as text. */
  get rows(): readonly string[] {
    return this.received
      .filter(({ type }) => type === 'D')
      .map(({ body }) => body.subarray(6, 6 + body.readInt32BE(2)).toString('utf8'));
  }

  /** From the next byte on there are no messages, only bytes: the answer to an encryption request. */
  async oneByte(): Promise<string> {
    this.#typed = false;
    await this.until(() => this.#buffer.length > 0);
    const letter = this.#buffer.toString('latin1', 0, 1);
    this.#buffer = this.#buffer.subarray(1);
    this.#typed = true;
    return letter;
  }

  describe(): string {
    return this.received
      .map(({ type, body }) =>
        type === 'E' ? `E(${errorField(body, 'C')} ${errorField(body, 'M')})` : type,
      )
      .join(' ');
  }

  /** From now on messages are counted by type and not kept: for results that are larger than a test's memory. */
  keepNothing(): void {
    this.#keep = false;
  }

  /** How many messages of a type came and were not kept. */
  dropped(type: string): number {
    return this.#dropped.get(type) ?? 0;
  }

  /** Stops reading, as a slow client does. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Closes the sending side only. */
  halfClose(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    while (this.#typed && this.#buffer.length >= 5) {
      const end = this.#buffer.readInt32BE(1) + 1;
      if (this.#buffer.length < end) break;
      const type = this.#buffer.toString('latin1', 0, 1);
      if (this.#keep || type === 'Z' || type === 'E') {
        this.received.push({ type, body: Buffer.from(this.#buffer.subarray(5, end)) });
      } else {
        this.#dropped.set(type, this.dropped(type) + 1);
      }
      this.#buffer = this.#buffer.subarray(end);
    }
    this.#wake();
  }
}

/** One field of an ErrorResponse; empty when it is not there. */
export function errorField(body: Buffer, field: string): string {
  for (const part of body.toString('utf8').split('\0')) {
    if (part.startsWith(field)) return part.slice(1);
  }
  return '';
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

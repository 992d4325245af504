/**
 * A client that sends statements and only counts what comes back: the receiving side costs as little as it can,
 * so that what stands in between is what is measured. node-postgres logs in, then its socket is taken over.
 */

import pg from 'pg';
import type { Contender } from './contender.ts';

const HEADER_BYTES = 5;
const READY_FOR_QUERY = 'Z'.charCodeAt(0);
const ERROR_RESPONSE = 'E'.charCodeAt(0);

/** A connection whose answers are counted. */
export interface RawClient {
  /** Sends simple queries in one write and waits until each is answered. Gives the bytes received. */
  run(statements: readonly string[]): Promise<number>;
  close(): void;
}

/** Connects. Throws when the login fails. */
export async function connectRaw(contender: Contender): Promise<RawClient> {
  const { host, port, user, password, database } = contender;
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  const { stream } = client.connection;
  stream.removeAllListeners('data');
  const counter = new AnswerCounter();
  let fail: ((error: Error) => void) | undefined;
  client.on('error', (error) => fail?.(error));
  stream.on('close', () => fail?.(new Error('the connection was closed')));
  return {
    run: (statements) =>
      new Promise((resolve, reject) => {
        fail = reject;
        const finish = (outcome: () => void): void => {
          stream.off('data', onData);
          fail = undefined;
          outcome();
        };
        const onData = (chunk: Buffer): void => {
          counter.take(chunk);
          if (counter.errors > 0)
            finish(() => reject(new Error('the server answered with an error')));
          else if (counter.ready === statements.length) finish(() => resolve(counter.bytes));
        };
        counter.reset();
        stream.on('data', onData);
        stream.write(Buffer.concat(statements.map(toQuery)));
      }),
    close: () => stream.destroy(),
  };
}

function toQuery(statement: string): Buffer {
  const text = Buffer.from(`${statement}\0`, 'utf8');
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('Q', 'latin1');
  header.writeInt32BE(text.length + 4, 1);
  return Buffer.concat([header, text]);
}

/** Walks from header to header of the answer; bodies are skipped unread. */
class AnswerCounter {
  bytes = 0;
  ready = 0;
  errors = 0;
  #skip = 0;
  #header = Buffer.alloc(0);

  reset(): void {
    this.bytes = 0;
    this.ready = 0;
    this.errors = 0;
  }

  take(chunk: Buffer): void {
    this.bytes += chunk.length;
    let rest = chunk;
    if (this.#header.length > 0) {
      rest = Buffer.concat([this.#header, chunk]);
      this.#header = Buffer.alloc(0);
    }
    let at = this.#skip;
    while (at + HEADER_BYTES <= rest.length) {
      const type = rest[at];
      if (type === READY_FOR_QUERY) this.ready += 1;
      if (type === ERROR_RESPONSE) this.errors += 1;
      at += 1 + rest.readInt32BE(at + 1);
    }
    if (at < rest.length) {
      this.#header = Buffer.from(rest.subarray(at));
      at = rest.length;
    }
    this.#skip = at - rest.length;
  }
}

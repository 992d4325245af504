/**
 * The smallest client that can read a catalog: text statements of our own over an upstream link, one at
 * a time, text rows back. It never carries a statement of an agent, and keeps no word of the server's errors.
 */

import type { Duplex } from 'node:stream';
import { UpstreamError } from '../../errors.ts';
import { encodeQuery, TERMINATE_MESSAGE } from './encode.ts';
import { readTextRow } from './text-row.ts';
import type { TextRow } from './text-row.ts';
import type { UpstreamLink } from './upstream.ts';
import { BackendFramer, type BackendMessage } from './upstream-frames.ts';
import { readSqlState } from './upstream-messages.ts';

/** One message. The definition of the largest view or function body of a catalog fits many times. */
const MAX_MESSAGE_BYTES = 16 * 1_048_576;

/** All rows of one statement. A catalog of 100,000 tables takes about 50 MiB. */
const MAX_RESULT_BYTES = 256 * 1_048_576;

/** A catalog query takes milliseconds; on a busy server with a large catalog, seconds. */
const QUERY_TIMEOUT_MS = 60_000;

/** Types that answer a simple query, or may come at any time. COPY is not among them. */
const EXPECTED = 'TDCIEZNSA';

interface Waiting {
  readonly resolve: (rows: readonly TextRow[]) => void;
  readonly reject: (error: UpstreamError) => void;
}

/** Queries over a link of its own. After an error of the connection every further query is refused. */
export class UpstreamQuery {
  readonly #socket: Duplex;
  readonly #framer = new BackendFramer();
  #turn: Promise<unknown> = Promise.resolve();
  #waiting: Waiting | null = null;
  #rows: TextRow[] = [];
  #bytes = 0;
  #failure: UpstreamError | null = null;
  #dead: UpstreamError | null = null;

  constructor(link: UpstreamLink) {
    this.#socket = link.socket;
    this.#socket.on('data', (bytes: Buffer) => this.#data(bytes));
    this.#socket.on('error', () => this.#die('UPSTREAM_UNREACHABLE', 'the connection broke'));
    this.#socket.on('close', () =>
      this.#die('UPSTREAM_UNREACHABLE', 'the server closed the connection'),
    );
    this.#socket.resume();
  }

  /**
   * Runs one statement and gives its rows; of several statements, the rows of the last one that has any.
   * Calls wait for each other. @throws UpstreamError with the SQLSTATE when the server refuses
   */
  async query(sql: string): Promise<readonly TextRow[]> {
    const result = this.#turn.then(async () => this.#run(sql));
    // The next one takes its turn whatever became of this one.
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** True while queries can be sent. */
  get alive(): boolean {
    return this.#dead === null;
  }

  /** Says goodbye and ends the connection. */
  close(): void {
    if (this.alive) this.#socket.end(TERMINATE_MESSAGE);
    this.#die('UPSTREAM_UNREACHABLE', 'the connection was closed');
  }

  async #run(sql: string): Promise<readonly TextRow[]> {
    if (this.#dead !== null) throw this.#dead;
    if (sql.includes('\0')) {
      throw new UpstreamError('UPSTREAM_PROTOCOL', 'a statement contains a zero byte');
    }
    this.#rows = [];
    this.#bytes = 0;
    this.#failure = null;
    const timer = setTimeout(
      () => this.#die('UPSTREAM_UNREACHABLE', 'the server did not answer a catalog query in time'),
      QUERY_TIMEOUT_MS,
    );
    try {
      return await new Promise<readonly TextRow[]>((resolve, reject) => {
        this.#waiting = { resolve, reject };
        this.#socket.write(encodeQuery(sql));
      });
    } finally {
      clearTimeout(timer);
      this.#waiting = null;
    }
  }

  #data(bytes: Buffer): void {
    this.#framer.push(bytes);
    while (this.#dead === null) {
      const frame = this.#framer.next((type) => (EXPECTED.includes(type) ? MAX_MESSAGE_BYTES : -1));
      if (frame.kind === 'more') return;
      if (frame.kind === 'problem') {
        this.#die('UPSTREAM_PROTOCOL', `the server sends ${frame.problem}`);
        return;
      }
      this.#message(frame.message);
    }
  }

  #message({ type, body }: BackendMessage): void {
    switch (type) {
      case 'T':
        this.#rows = [];
        return;
      case 'D':
        this.#row(body);
        return;
      case 'E':
        this.#failure = toError(readSqlState(body));
        return;
      case 'Z':
        this.#answer();
        return;
      default:
        // Tags, notices, settings and notifications change nothing for us.
        return;
    }
  }

  #row(body: Buffer): void {
    this.#bytes += body.length;
    const row = readTextRow(body);
    if (row === null) {
      this.#die('UPSTREAM_PROTOCOL', 'the server sends a malformed row');
    } else if (this.#waiting === null || this.#bytes > MAX_RESULT_BYTES) {
      this.#die('UPSTREAM_PROTOCOL', 'the server sends more rows than can be kept');
    } else {
      this.#rows.push(row);
    }
  }

  #answer(): void {
    if (this.#waiting === null) {
      this.#die('UPSTREAM_PROTOCOL', 'the server answers what was not asked');
    } else if (this.#failure !== null) {
      this.#waiting.reject(this.#failure);
    } else {
      this.#waiting.resolve(this.#rows);
    }
  }

  #die(code: 'UPSTREAM_PROTOCOL' | 'UPSTREAM_UNREACHABLE', what: string): void {
    if (this.#dead !== null) return;
    // A server that ends a session says why before it closes.
    this.#dead = this.#failure ?? new UpstreamError(code, what);
    if (code === 'UPSTREAM_PROTOCOL' || !this.#socket.writableEnded) this.#socket.destroy();
    this.#waiting?.reject(this.#dead);
  }
}

/** A query client over a link. The link's socket is its own from now on. */
export function makeQuery(link: UpstreamLink): UpstreamQuery {
  return new UpstreamQuery(link);
}

function toError(sqlState: string | null): UpstreamError {
  const shown = sqlState === null ? '' : ` (SQLSTATE ${sqlState})`;
  return new UpstreamError(
    'UPSTREAM_UNREACHABLE',
    `the server refuses a catalog query${shown}`,
    sqlState === null ? {} : { sqlState },
  );
}

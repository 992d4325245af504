/** Reads the content of objects through one `git cat-file --batch`: exactly what is stored, however large. */

import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Git } from './git.ts';
import { ScanError } from './scan-error.ts';

/** An object as it comes. Its pieces have to be taken before the next one is asked for. */
export interface StoredObject {
  readonly id: string;
  readonly type: string;
  readonly size: number;
  pieces(): AsyncGenerator<Buffer>;
}

/** gitformat: the header of a batch is `ID TYPE SIZE`; ids have 64 digits at most. */
const MAX_HEADER = 256;

/** One running `cat-file`. */
export class ObjectReader {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #stream: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);
  #complaint = '';

  constructor(git: Git) {
    this.#child = git.start(['cat-file', '--batch', '--buffer']);
    this.#child.stderr.on('data', (text: Buffer) => {
      this.#complaint = (this.#complaint + text.toString('utf8')).slice(0, MAX_HEADER);
    });
    // Why it ended is said by what it does not answer.
    this.#child.stdin.on('error', () => undefined);
    this.#child.on('error', () => undefined);
    this.#stream = (this.#child.stdout as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /** Asks for all of the objects at once, and gives them one by one in the same order. */
  async *objects(ids: readonly string[]): AsyncGenerator<StoredObject> {
    this.#child.stdin.end(ids.map((id) => `${id}\n`).join(''));
    for (const id of ids) {
      const header = await this.#line();
      const [, type = '', size = ''] = header.split(' ');
      if (!/^\d+$/.test(size)) throw this.#failure(id, header);
      yield* this.#object({ id, type, size: Number(size) });
    }
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }

  async *#object(about: {
    readonly id: string;
    readonly type: string;
    readonly size: number;
  }): AsyncGenerator<StoredObject> {
    let left = about.size;
    const take = async (): Promise<Buffer | null> => {
      if (left === 0) return null;
      if (this.#held.length === 0) await this.#fill(about.id);
      const piece = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(piece.length);
      left -= piece.length;
      return piece;
    };
    async function* pieces(): AsyncGenerator<Buffer> {
      for (let piece = await take(); piece !== null; piece = await take()) yield piece;
    }
    yield { ...about, pieces };
    while ((await take()) !== null);
    if (this.#held.length === 0) await this.#fill(about.id);
    this.#held = this.#held.subarray(1);
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#held.indexOf(0x0a);
      if (end !== -1) {
        const line = this.#held.toString('latin1', 0, end);
        this.#held = this.#held.subarray(end + 1);
        return line;
      }
      if (this.#held.length > MAX_HEADER) throw this.#failure('', 'no header');
      await this.#fill('');
    }
  }

  async #fill(id: string): Promise<void> {
    const next = await this.#stream.next();
    if (next.done === true) throw this.#failure(id, 'it ended');
    this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value]);
  }

  #failure(id: string, why: string): ScanError {
    const said = this.#complaint.split('\n')[0] ?? '';
    return new ScanError(
      `git does not give object ${id}: ${said === '' ? why : said}`,
      'git fsck tells which objects are damaged or missing',
    );
  }
}

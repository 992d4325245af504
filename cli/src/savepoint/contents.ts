/**
 * Where the content of files is kept: as objects of a repository of ours for a git workspace, as files named by their
 * digest for any other folder. Both give back exactly the bytes that were put in, or say that they cannot.
 */

import {
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { runGit } from './git-command.ts';
import { contentId } from './read-file.ts';

/** Reads what was kept. */
export interface Contents {
  readonly format: 'sha1' | 'sha256';
  /** Ids of these that are kept. */
  has(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** The contents of these ids. What is missing or does not fit its digest is not among them. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
}

/** Contents as git objects. */
export class GitContents implements Contents {
  readonly format: 'sha1' | 'sha256';
  readonly #store: string;

  constructor(store: string, format: 'sha1' | 'sha256') {
    this.#store = store;
    this.format = format;
  }

  async has(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const types = await objectTypes(this.#store, ids);
    return new Set([...types].filter(([, type]) => type === 'blob').map(([id]) => id));
  }

  async read(ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    const lines = [...new Set(ids)].map((id) => `${id}\n`).join('');
    const output = await runGit(['cat-file', '--batch', '--buffer'], {
      gitFolder: this.#store,
      input: [Buffer.from(lines)],
    });
    return new Map([...takeApart(output)].filter(([id, bytes]) => fits(id, bytes, this.format)));
  }
}

/** Contents as files. A reflink costs no space where the file system has them. */
export class FileContents implements Contents {
  readonly format = 'sha256' as const;
  readonly #folder: string;
  readonly #scratch: string;

  constructor(folder: string, scratch: string) {
    this.#folder = folder;
    this.#scratch = scratch;
  }

  has(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return Promise.resolve(new Set(ids.filter((id) => this.holds(id))));
  }

  read(ids: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    const found = ids.flatMap((id): [string, Buffer][] => {
      const place = this.#place(id);
      const bytes = existsSync(place) ? readFileSync(place) : null;
      return bytes !== null && fits(id, bytes, this.format) ? [[id, bytes]] : [];
    });
    return Promise.resolve(new Map(found));
  }

  /**
   * Copies a file in.
   * @returns false when its content is not (or no longer) the one of this id
   */
  put(id: string, place: Buffer): boolean {
    const scratch = join(this.#scratch, 'content');
    copyFileSync(place, scratch, constants.COPYFILE_FICLONE);
    if (contentId(readFileSync(scratch), this.format) !== id) return false;
    this.#accept(id, scratch);
    return true;
  }

  holds(id: string): boolean {
    return existsSync(this.#place(id));
  }

  /** Where a link leads is kept like the content of a file. */
  putBytes(id: string, bytes: Buffer): boolean {
    if (contentId(bytes, this.format) !== id) return false;
    const scratch = join(this.#scratch, 'content');
    writeFileSync(scratch, bytes, { mode: 0o600 });
    this.#accept(id, scratch);
    return true;
  }

  #accept(id: string, scratch: string): void {
    mkdirSync(join(this.#folder, id.slice(0, 2)), { recursive: true, mode: 0o700 });
    renameSync(scratch, this.#place(id));
  }

  #place(id: string): string {
    return join(this.#folder, id.slice(0, 2), id.slice(2));
  }
}

/** The types of those objects that are there. */
export async function objectTypes(
  store: string,
  ids: Iterable<string>,
): Promise<ReadonlyMap<string, string>> {
  const lines = [...new Set(ids)].map((id) => `${id}\n`).join('');
  const args = ['cat-file', '--batch-check=%(objectname) %(objecttype)', '--buffer'];
  const output = await runGit(args, { gitFolder: store, input: [Buffer.from(lines)] });
  const found = output
    .toString('latin1')
    .split('\n')
    .flatMap((line): [string, string][] => {
      const [id, type] = line.split(' ');
      return id === undefined || type === undefined || type === 'missing' ? [] : [[id, type]];
    });
  return new Map(found);
}

/** git-cat-file(1), BATCH OUTPUT: `ID TYPE SIZE`, a line end, the content, a line end; or `ID missing`. */
function* takeApart(output: Buffer): Generator<[string, Buffer]> {
  let at = 0;
  while (at < output.length) {
    const end = output.indexOf(0x0a, at);
    const [id = '', type, size] = output.toString('latin1', at, end).split(' ');
    at = end + 1;
    if (size === undefined) continue;
    const bytes = output.subarray(at, at + Number(size));
    at += bytes.length + 1;
    if (type === 'blob') yield [id, bytes];
  }
}

/** A digest that does not fit means that somebody wrote into the store, or the disk lost a bit. */
function fits(id: string, bytes: Buffer, format: 'sha1' | 'sha256'): boolean {
  return contentId(bytes, format) === id;
}

/** Talks to an MCP server by lines, for tests that look at bytes. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** How a server is reached. */
export interface LineWay {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** One process on the other end of a pipe. */
export class LineTalk {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #waiting: ((line: string | null) => void)[] = [];
  #rest = '';
  #ended = false;

  constructor({ command, args, env }: LineWay) {
    this.#child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      ...(env === undefined ? {} : { env }),
    });
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stdout?.setEncoding('latin1').on('data', (part: string) => this.#take(part));
    this.#child.stdout?.once('end', () => {
      this.#ended = true;
      for (const waiting of this.#waiting.splice(0)) waiting(null);
    });
  }

  /** Sends bytes as they are. */
  send(bytes: string | Uint8Array): void {
    this.#child.stdin?.write(bytes);
  }

  /** The next line; null when there is none in time or the process has ended. */
  async next(withinMs = 5000): Promise<string | null> {
    const line = this.#lines.shift();
    if (line !== undefined) return line;
    if (this.#ended) return null;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        resolve(null);
      }, withinMs);
      const take = (found: string | null): void => {
        clearTimeout(timer);
        resolve(found);
      };
      this.#waiting.push(take);
    });
  }

  /** Sends one message and returns the line that carries its id; what comes before it is in `others`. */
  async ask(
    id: string | number,
    message: string,
  ): Promise<{ readonly answer: string | null; readonly others: readonly string[] }> {
    this.send(`${message}\n`);
    const others: string[] = [];
    for (;;) {
      const line = await this.next();
      if (line === null) return { answer: null, others };
      const parsed = JSON.parse(line) as { readonly id?: unknown; readonly method?: unknown };
      if (parsed.id === id && parsed.method === undefined) return { answer: line, others };
      others.push(line);
    }
  }

  /** Ends the process. */
  async end(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) resolve();
      else this.#child.once('exit', () => resolve());
    });
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 3000);
    await gone;
    clearTimeout(timer);
  }

  #take(part: string): void {
    this.#rest += part;
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#lines.push(line);
      else waiting(line);
    }
  }
}

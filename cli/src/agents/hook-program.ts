/**
 * The program that agents start as a hook: hands the event to the daemon and prints the answer. It loads next to nothing,
 * since an agent waits for it before every tool. Whatever goes wrong is a text and exit code 2, which every agent takes
 * as no.
 */

import { request } from 'node:http';

/** The daemon answers before; agents give up after 600 s, and some then go on. */
const ANSWER_WITHIN_MS = 585_000;

/** The daemon takes no more. */
const MAX_EVENT_BYTES = 4 * 1024 * 1024;

async function readEvent(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk as Uint8Array);
    length += bytes.length;
    if (length > MAX_EVENT_BYTES) throw new Error('the event is too long');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** The daemon's answer as it was sent. */
function ask(url: URL, token: string, event: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-length': event.length },
        timeout: ANSWER_WITHIN_MS,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`the guard refused (${response.statusCode ?? 0})`));
        });
      },
    );
    asked.on('timeout', () => asked.destroy(new Error('the guard did not answer in time')));
    asked.on('error', reject);
    asked.end(event);
  });
}

/** Fields of an answer, looked at one by one: a schema library would cost more than everything else here. */
function readAnswer(text: string): { stdout: string; stderr: string; exitCode: number } {
  const answer: unknown = JSON.parse(text);
  if (typeof answer !== 'object' || answer === null) throw new Error('the answer cannot be read');
  const { stdout, stderr, exitCode }: Partial<Record<string, unknown>> = { ...answer };
  if (typeof stdout !== 'string' || typeof stderr !== 'string' || typeof exitCode !== 'number') {
    throw new Error('the answer cannot be read');
  }
  return { stdout, stderr, exitCode };
}

async function main(agent: string): Promise<void> {
  const { AGENTGUARD_HOOK_URL: url, AGENTGUARD_TOKEN: token } = process.env;
  if (url === undefined || token === undefined) {
    throw new Error(
      'this agent runs outside of the guard; start it with: agentguard run -- COMMAND',
    );
  }
  const text = await ask(new URL(`/command/${agent}`, url), token, await readEvent());
  const { stdout, stderr, exitCode } = readAnswer(text);
  process.exitCode = exitCode;
  process.stdout.write(stdout);
  process.stderr.write(stderr);
}

try {
  await main(process.argv[2] ?? 'unknown');
} catch (error) {
  process.exitCode = 2;
  const why = error instanceof Error ? error.message : 'something failed';
  process.stderr.write(`blocked by agentguard: ${why}\n`);
}

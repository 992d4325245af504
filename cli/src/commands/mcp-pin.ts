/** `agentguard mcp pin`: takes what waits of a server for seen, or says anew what its calls are: allowed, asked, denied. */

import type { CallParams, CallResult } from '@agentguard/daemon/control';
import { EXIT, UsageError } from '../exit-code.ts';
import { printAnswer, printJson } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { connectAnswering } from './answering.ts';

/** What was typed. */
export interface McpPinOptions {
  readonly name: string;
  /** Names of what is pinned. */
  readonly what: readonly string[];
  /** Everything that waits. */
  readonly all: boolean;
  readonly word: 'allow' | 'ask' | 'deny' | null;
  /** Takes the program as it is now. */
  readonly program: boolean;
  readonly operatorKey: boolean;
  readonly json: boolean;
}

type Waiting = CallResult<'mcp.review'>['waiting'][number];

/** Pins. What is bound is what waits at this moment, by its digest. */
export async function mcpPin(options: McpPinOptions): Promise<number> {
  if (options.what.length === 0 && !options.all && !options.program) {
    throw new UsageError(
      'say what to pin: names, --all or --program',
      `agentguard mcp review ${options.name}`,
    );
  }
  const client = await connectAnswering(options);
  const { waiting } = await client.call('mcp.review', { server: options.name, examine: false });
  const wanted = options.all ? waiting : waiting.filter(({ name }) => options.what.includes(name));
  const missing = options.what.find((name) => !waiting.some((one) => one.name === name));
  if (missing !== undefined) {
    throw new UsageError(
      `nothing called \`${missing}\` waits`,
      `agentguard mcp review ${options.name}`,
    );
  }
  const pins = wanted.map((one) => toPin(one, options.word));
  const { pinned } = await client.call('mcp.pin', {
    server: options.name,
    pins,
    program: options.program,
  });
  if (options.json) printJson({ pinned });
  else {
    for (const { kind, name, word } of pins)
      printAnswer(makeVisible(`${kind} ${name}: ${word}`).text);
    printAnswer(`${pinned} pinned`);
  }
  return EXIT.done;
}

function toPin(
  { kind, name, digest, word }: Waiting,
  said: McpPinOptions['word'],
): CallParams<'mcp.pin'>['pins'][number] {
  return { kind, name, digest, word: said ?? word };
}

/** Runs a server once to see what it offers. It is started as it will be later, but by the daemon and for a moment. */

import type { McpDefinition } from '@agentguard/rules';
import { ResourceError } from '../errors.ts';
import { startServer } from '../platform/start-server.ts';
import type { ServerProgram } from '../platform/start-server.ts';
import { Examination } from '../protocols/mcp/examine.ts';
import { frameLine, LineCodec } from '../protocols/mcp/frames.ts';

/** Some servers are fetched at their first start. */
const EXAMINE_TIMEOUT_MS = 60_000;

/**
 * Everything that a server offers.
 * @throws ResourceError when it does not start, or does not say
 */
export async function examineServer(
  program: ServerProgram,
  signal: AbortSignal,
): Promise<readonly McpDefinition[]> {
  const child = startServer(program);
  const examination = new Examination();
  const ended = AbortSignal.any([signal, AbortSignal.timeout(EXAMINE_TIMEOUT_MS)]);
  try {
    return await new Promise((resolve, reject) => {
      const fail = (problem: string): void => reject(failure(problem));
      const codec = new LineCodec();
      child.onFailure(() => fail('it cannot be started'));
      child.output.once('end', () => fail('it ended before it said what it offers'));
      ended.addEventListener('abort', () => fail('it did not answer in time'), { once: true });
      child.output.on('data', (chunk: Buffer) => {
        for (const frame of codec.push(chunk)) {
          const step = examination.take(frame);
          if (step.kind === 'done') resolve(step.definitions);
          else if (step.kind === 'failed') fail(step.problem);
          else for (const message of step.messages) child.input.write(frameLine(message));
        }
      });
      child.input.write(frameLine(examination.begin()));
    });
  } finally {
    child.end();
  }
}

function failure(problem: string): ResourceError {
  return new ResourceError('RESOURCE_INVALID', `the MCP server cannot be looked at: ${problem}`, {
    audience: 'user',
    help: 'start its command by hand and see what it says',
  });
}

/** `agentguard resource test` */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';

/** Connects once with the real URL and says how that went. Exit code 1 when it does not work. */
export async function resourceTest(options: {
  readonly name: string;
  readonly json: boolean;
}): Promise<number> {
  const client = await connectStarting();
  const found = await client.call('resource.test', { name: options.name });
  if (options.json) {
    printJson(found);
    return found.ok ? EXIT.done : EXIT.failed;
  }
  if (found.ok) {
    const server = makeVisible(found.server ?? 'the server').text;
    const tls = found.tls === null ? 'not encrypted' : makeVisible(found.tls).text;
    printAnswer(`${options.name} works: ${server}, ${tls}, ${Math.round(found.durationMs)} ms`);
    return EXIT.done;
  }
  printNote(
    `agentguard: ${options.name} does not work: ${makeVisible(found.problem ?? 'unknown').text}`,
  );
  if (found.help !== null) printNote(`  ${makeVisible(found.help).text}`);
  return EXIT.failed;
}

/** `agentguard window open` */

import { connectStarting } from '../connect.ts';
import { formatDuration, parseDuration } from '../duration.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson } from '../output/print.ts';

/** Opens a migration window, and says until when it really is open. */
export async function windowOpen(options: {
  readonly resource: string;
  readonly duration: string;
  readonly json: boolean;
}): Promise<number> {
  const durationMs = parseDuration(options.duration);
  const client = await connectStarting();
  const { window } = await client.call('window.open', { resource: options.resource, durationMs });
  if (options.json) printJson({ window });
  else {
    const length = formatDuration(Date.parse(window.closesAt) - Date.parse(window.openedAt));
    printAnswer(`the window on ${window.resource} is open for ${length}, until ${window.closesAt}`);
  }
  return EXIT.done;
}

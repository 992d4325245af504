/** `agentguard window open` */

import { readFileSync } from 'node:fs';
import { connectStarting } from '../connect.ts';
import { formatDuration, parseDuration } from '../duration.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';

/** Opens a migration window, and says until when it really is open. */
export async function windowOpen(options: {
  readonly resource: string;
  readonly duration: string;
  /** Paths of files; empty for every schema change. */
  readonly migration: readonly string[];
  readonly json: boolean;
}): Promise<number> {
  const durationMs = parseDuration(options.duration);
  const client = await connectStarting();
  const { resource } = options;
  const migration = options.migration.map((path) => ({ name: path, text: readMigration(path) }));
  const { window } = await client.call('window.open', {
    resource,
    durationMs,
    ...(migration.length === 0 ? {} : { migration }),
  });
  if (options.json) printJson({ window });
  else {
    const length = formatDuration(Date.parse(window.closesAt) - Date.parse(window.openedAt));
    if (window.files !== null) {
      printNote(`  for the statements of ${window.files.join(', ')} and nothing else`);
    }
    printAnswer(`the window on ${window.resource} is open for ${length}, until ${window.closesAt}`);
  }
  return EXIT.done;
}

function readMigration(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new UsageError(`the migration file \`${path}\` cannot be read`);
  }
}

/** Watches the person's policy file, and tells when it may have changed. What it holds then is for the keeper to read. */

import { watch } from 'chokidar';

/** Editors write a file in several steps, and some put another in its place; a version is read when it rests. */
const REST_MS = 100;

/** A file that an editor puts another in the place of is gone for a moment; rules must not be gone with it. */
const GONE_MS = 500;

/** How often a resting file is looked at. */
const LOOK_MS = 25;

/**
 * Begins to watch.
 * @param onChange called after the file was written, made or removed
 * @param onProblem called when watching fails; what is in force stays
 * @returns the way to stop
 */
export function watchPolicy(
  path: string,
  onChange: () => void,
  onProblem: (error: unknown) => void,
): { close(): Promise<void> } {
  const watcher = watch(path, {
    ignoreInitial: true,
    persistent: false,
    awaitWriteFinish: { stabilityThreshold: REST_MS, pollInterval: LOOK_MS },
  });
  watcher.on('all', (event) => {
    if (event === 'unlink') setTimeout(onChange, GONE_MS).unref();
    else onChange();
  });
  watcher.on('error', onProblem);
  return watcher;
}

/** Says on standard error what was not proved here, so that a green run is never read as more than it is. */

const said = new Set<string>();

/**
 * Announces once per process that something is skipped, and returns true so that it can stand in
 * `describe.skipIf(installed || skipLoudly('...'))`-like conditions: `describe.skipIf(missing && skipLoudly(why))`.
 */
export function skipLoudly(reason: string): true {
  if (!said.has(reason)) {
    said.add(reason);
    process.stderr.write(`\n*** SKIPPED: ${reason}\n\n`);
  }
  return true;
}

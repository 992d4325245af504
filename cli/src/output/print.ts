/**
 * The only writer to stdout and stderr. The answer goes to stdout, everything else to stderr.
 * Whatever comes from outside passes through `makeVisible` before it is printed as text.
 */

import { ControlError, PlatformError } from '@agentguard/daemon/control';
import { UsageError } from '../exit-code.ts';
import { ProjectError } from '../project/project-error.ts';
import { ScanError } from '../scan/scan-error.ts';
import { SavePointError } from '../savepoint/savepoint-error.ts';
import { makeVisible } from './visible.ts';

/** Prints a line of the answer. */
export function printAnswer(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints bytes of the answer as they are: files that were asked for. */
export function printRaw(bytes: string): void {
  process.stdout.write(bytes);
}

/** Prints the answer as one line of JSON. Escapes in it are JSON's own, so nothing hidden reaches a terminal raw. */
export function printJson(value: unknown): void {
  process.stdout.write(`${escapeHidden(JSON.stringify(value))}\n`);
}

/** Prints something that is not the answer. */
export function printNote(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Prints text that brings its own line ends, and is not the answer. */
export function printText(text: string): void {
  process.stderr.write(text);
}

/** Prints why a command failed, and what to do next on a line of its own. */
export function printProblem(error: unknown): void {
  const { message, help } = describe(error);
  printNote(`agentguard: ${makeVisible(message).text}`);
  if (help !== undefined) printNote(`  ${makeVisible(help).text}`);
}

/** A reader that has seen enough closes its end; that is no failure of ours. */
export function endQuietlyWhenReaderLeaves(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

function describe(error: unknown): { message: string; help: string | undefined } {
  if (
    error instanceof ControlError ||
    error instanceof PlatformError ||
    error instanceof UsageError ||
    error instanceof SavePointError ||
    error instanceof ProjectError ||
    error instanceof ScanError
  ) {
    return { message: error.message, help: error.help };
  }
  return { message: error instanceof Error ? error.message : 'unknown failure', help: undefined };
}

/** JSON leaves C1 controls, bidi marks and zero-width characters raw; a terminal must not see them. */
function escapeHidden(json: string): string {
  return json.replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{Co}]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

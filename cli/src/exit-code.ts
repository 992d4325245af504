/** What a command's exit says. Scripts rely on these numbers. */

import { ControlError } from '@agentguard/daemon/control';

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  denied: 3,
  unreachable: 4,
  unverified: 5,
} as const;

/** What a command ends in. */
export type ExitCode = number;

/** Takes the exit code of whichever command runs. */
export type Finish = (work: Promise<ExitCode>) => Promise<void>;

/** What was typed does not make sense. */
export class UsageError extends Error {
  readonly help: string | undefined;

  constructor(message: string, help?: string) {
    super(message);
    this.name = 'UsageError';
    this.help = help;
  }
}

/** The exit code that a failure ends in. */
export function toExitCode(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (!(error instanceof ControlError)) return EXIT.failed;
  switch (error.code) {
    case 'CONTROL_UNREACHABLE':
    case 'CONTROL_VERSION':
      return EXIT.unreachable;
    case 'CONTROL_FORBIDDEN':
      return EXIT.denied;
    case 'INPUT_INVALID':
      return EXIT.usage;
    case 'AUDIT_VERIFICATION_FAILED':
      return EXIT.unverified;
    default:
      return EXIT.failed;
  }
}

/** What the doctor says about one thing: what holds it, or that it is open, and the command that closes it. */

/** The layers that can hold something, outermost first. */
export type Layer = 'sandbox' | 'gate' | 'vault' | 'record' | 'hooks' | 'daemon';

/**
 * `held`: guarded, by the layer that is named. `open`: a way around that exists now. `note`: worth knowing, and no way
 * around by itself.
 */
export type FindingLevel = 'held' | 'open' | 'note';

/** One line of the answer. */
export interface Finding {
  /** A stable word for scripts. */
  readonly id: string;
  readonly level: FindingLevel;
  /** What it is about: a resource, an agent, a file, or the guard itself. */
  readonly about: string;
  readonly layer: Layer | null;
  readonly what: string;
  /** The command, or the step, that closes it; null when there is nothing to do. */
  readonly mend: string | null;
}

/** Whether any way around is open. */
export function isDegraded(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === 'open');
}

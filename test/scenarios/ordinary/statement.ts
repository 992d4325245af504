/** How an ordinary statement is written down. Data only; every one runs on a real server in the tests. */

/** One message: text, or text with parameters. */
export type Step = string | { readonly text: string; readonly values: readonly unknown[] };

/**
 * What it does, which decides where it has to pass: reads and session state everywhere; writes in development
 * (most pass in production, too, but that is not promised); schema changes in development.
 */
export type Kind = 'read' | 'session' | 'write' | 'schema';

/** What one program sends, as a sequence on one connection. */
export interface Ordinary {
  /** The program whose habit it is. */
  readonly from: string;
  readonly name: string;
  readonly kind: Kind;
  readonly steps: readonly Step[];
}

/** One entry of a corpus. */
export function ordinary(
  from: string,
  kind: Kind,
  entries: Readonly<Record<string, Step | readonly Step[]>>,
): Ordinary[] {
  return Object.entries(entries).map(([name, steps]) => ({
    from,
    name,
    kind,
    steps: Array.isArray(steps) ? (steps as readonly Step[]) : [steps as Step],
  }));
}

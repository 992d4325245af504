/**
 * How a bypass technique is written down: what an agent would send, what it destroys on an unguarded server,
 * and the nearly identical statements that must go on working. Data only; `run-techniques.ts` carries it out.
 */

/** Whose guard: the environment that the resource is labelled with. */
export type Label = 'development' | 'production';

/** How it is seen, on the server and not by the guard's word, that an attack did what it set out to do. */
export type Harm =
  /** The fingerprint of the database differs; with `only`, at exactly these names. */
  | { readonly kind: 'state'; readonly only?: readonly string[] }
  /** A query on the attacker's own connection gives this text afterwards. */
  | { readonly kind: 'probe'; readonly query: string; readonly harmed: string }
  /** The server has written the file that stands as `$FILE` in the statements. */
  | { readonly kind: 'file' }
  /** Some answer on the way held this text. */
  | { readonly kind: 'answer'; readonly text: RegExp }
  /** Another connection, whose process id stands as `$VICTIM`, is gone or its statement was cancelled. */
  | { readonly kind: 'victim' }
  /** The attacker's open transaction holds this lock on public.payments. */
  | { readonly kind: 'lock'; readonly mode: string }
  /** The server's log says so. */
  | { readonly kind: 'log'; readonly text: RegExp }
  /** The write-ahead log grew by at least so many bytes. */
  | { readonly kind: 'wal'; readonly bytes: number }
  /** Nothing to see on the server; the guard has to refuse it all the same. */
  | { readonly kind: 'refusal' };

/** One way to carry out a technique. */
export interface Attack {
  /** Sent one after the other on one connection, whatever the answers are. */
  readonly steps: readonly string[];
  readonly harm: Harm;
  /** Environments in which it must be stopped. What is only a nuisance is stopped in production alone. */
  readonly stoppedIn: readonly Label[];
  /** Sent only as Query messages: it needs several statements in one message, or is no statement alone. */
  readonly simpleOnly: boolean;
  /** Puts back what a copy of the database does not hold: roles, settings of the server. */
  readonly undo: string | null;
  /** Extension that it needs. */
  readonly needs: string | null;
}

/** Something honest that looks almost the same, and passes without a question. */
export interface Neighbour {
  readonly steps: readonly string[];
  readonly passesIn: readonly Label[];
  readonly needs: string | null;
}

/** One numbered technique of the list. */
export interface Technique {
  readonly number: number;
  readonly title: string;
  readonly attacks: readonly Attack[];
  readonly neighbours: readonly Neighbour[];
}

const EVERYWHERE: readonly Label[] = ['development', 'production'];

/** An attack, with what is unusual about it. */
export function attack(
  steps: string | readonly string[],
  unusual: Partial<Omit<Attack, 'steps'>> = {},
): Attack {
  return {
    steps: typeof steps === 'string' ? [steps] : steps,
    harm: { kind: 'state' },
    stoppedIn: EVERYWHERE,
    simpleOnly: false,
    undo: null,
    needs: null,
    ...unusual,
  };
}

/** Only the rows of public.payments count: the statement also makes something that is allowed. */
export const PAYMENTS: Harm = { kind: 'state', only: ['rows public.payments'] };

/** What takes data out of reach but not away, or only holds others up: stopped in production. */
export const IN_PRODUCTION: readonly Label[] = ['production'];

/** A neighbour that passes under every label. */
export function passes(steps: string | readonly string[], needs: string | null = null): Neighbour {
  return { steps: typeof steps === 'string' ? [steps] : steps, passesIn: EVERYWHERE, needs };
}

/** A neighbour that changes the schema, which production keeps for an open window. */
export function passesInDevelopment(
  steps: string | readonly string[],
  needs: string | null = null,
): Neighbour {
  return { steps: typeof steps === 'string' ? [steps] : steps, passesIn: ['development'], needs };
}

/** What an operation of an API does to what. The words that effects, facts and packs share. */

/**
 * What an operation does.
 * - `read`, `write`: ordinary work; `write` changes something that can be changed back.
 * - `destroy`: takes away data, a resource or access to it.
 * - `reveal`: its answer holds real credentials; `mint`: it makes a new one, or hands rights to somebody.
 * - `unknown`: it cannot be told, so it is never passed silently.
 */
export type HttpOperationKind = 'read' | 'write' | 'destroy' | 'reveal' | 'mint' | 'unknown';

/** How bad a `destroy` is. `critical` is never remembered, and its target is typed to approve it. */
export type HttpSeverity = 'critical' | 'high' | 'medium';

/** What an operation is aimed at, as far as the request tells. */
export interface HttpTarget {
  /** `volume`, `instance`, `bucket`. */
  readonly kind: string;
  /** As the request names it; null: the request names none, so that it may be all of them. */
  readonly id: string | null;
  /** Further parts of where it is: `project`, `region`, `namespace`. */
  readonly parts: Readonly<Record<string, string>>;
}

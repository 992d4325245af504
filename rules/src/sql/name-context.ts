/**
 * How names in a statement are to be read: the catalog, and what this one connection changed about it.
 * Kept by the protocol room per connection; the analysis only reads it.
 */

import type { StatementFacts } from '../facts/sql-facts.ts';
import type { CatalogSnapshot, Oid } from './catalog.ts';

export interface NameContext {
  readonly catalog: CatalogSnapshot;
  /**
   * Every search path that may be in force when the statement runs. More than one while it is uncertain
   * (a SET inside a transaction that may roll back). A name resolves to the union over all of them.
   */
  readonly searchPaths: readonly (readonly string[])[];
  /** The path could not be known at all: an unqualified name may mean any object of that name in any schema. */
  readonly anySearchPath: boolean;
  /**
   * Relations that this connection created and the snapshot may not show yet (temporary, or not committed),
   * by bare name. Reading or writing them is known to have no further effects.
   */
  readonly ownRelations: ReadonlySet<string>;
  /** This connection holds uncommitted or temporary definitions that the snapshot cannot show, beyond `ownRelations`. */
  readonly hiddenDefinitions: boolean;
  /**
   * Types that the client declared for the parameters of this message, by number; 0 is left to the server.
   * Taking a value of such a type runs its code, without any name in the text.
   */
  readonly parameterTypes?: readonly Oid[];
  /** Facts of a prepared statement of this connection by name; undefined when there is none. */
  prepared(name: string): StatementFacts | undefined;
}

/**
 * How the catalog room reaches a database: it is handed a function and never sees a socket or a credential.
 */

/** A row in text format, as the wire carries it; null stands for NULL. */
export type TextRow = readonly (string | null)[];

/**
 * Runs one statement and gives its rows; empty for a statement without rows. All statements of one call of this
 * room must reach the same session, one after the other, with nobody else's between them.
 * Rejects when the statement fails or the database is gone.
 */
export type CatalogQuery = (sql: string) => Promise<readonly TextRow[]>;

/** A session of the guard's own with a database. */
export interface CatalogConnection {
  /** See `CatalogQuery`. */
  query(sql: string): Promise<readonly TextRow[]>;
  /** Ends the session, at once and without failing. */
  close(): void;
  /** False once no further statement can be sent. Absent where nobody knows. */
  readonly alive?: boolean;
}

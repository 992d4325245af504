/**
 * The form of a pack: what one provider's API can do, as data. Packs list what destroys, reveals and mints, and what
 * general reasoning would get wrong; whatever they do not list is judged by that reasoning.
 */

import type { HttpOperationKind, HttpSeverity } from '../facts/http-deed.ts';

/**
 * One operation of a provider.
 *
 * `match` says where it is found:
 * - `DELETE /v1/disks/{disk}`: a method (or `GET|POST`) and a route. `{name}` is one segment, `{name+}` one or more, and
 *   `:verb` at the end belongs to the last segment. A query that has to be there follows: `?force=true`, `?acl`.
 * - `mutation volumeDelete`, `query variables`: a root field of GraphQL.
 * - `action ec2:TerminateInstances`: an operation of AWS by service and name, in whatever form it is sent.
 */
export interface PackOperation {
  readonly match: string;
  readonly kind: Exclude<HttpOperationKind, 'unknown'>;
  /** Set for `destroy` only. */
  readonly severity: HttpSeverity | null;
  /** A clause for people; `{name}` stands for what the route or the arguments name so. */
  readonly does: string;
  /** It is what it says only when the request holds this; otherwise it is an ordinary write or read. */
  readonly when?: PackCondition;
}

/**
 * What the body, the arguments or the query have to hold.
 * - `has`: a member of this name anywhere, with one of the values where some are given.
 * - `at`: a path of members from the top, with one of the values, or there at all.
 * - `not at`: the path is missing, or has none of the values.
 */
type PackCondition =
  | { readonly has: string; readonly values?: readonly PackValue[] }
  | { readonly at: string; readonly values?: readonly PackValue[] }
  | { readonly notAt: string; readonly values?: readonly PackValue[] };

type PackValue = string | number | boolean | null;

/** How a provider's API has to be read, beyond routes. */
export type PackDialect = 'rest' | 'graphql' | 'aws' | 'kubernetes' | 'git';

/** One provider. */
export interface Pack {
  /** As policy files name it: `railway`. */
  readonly name: string;
  /** As people read it: `Railway`. */
  readonly title: string;
  /** Exact names, or `*.example.com` for every name below it; empty: the resource's own host. */
  readonly hosts: readonly string[];
  /** Paths that speak GraphQL. */
  readonly graphql?: readonly string[];
  readonly dialects?: readonly PackDialect[];
  /** Where the operations were read. */
  readonly source: string;
  /** When, as year-month-day. */
  readonly date: string;
  readonly operations: readonly PackOperation[];
  /** SQL that requests carry. */
  readonly sql?: readonly PackSql[];
}

/** A route whose body holds SQL. */
export interface PackSql {
  /** As `match` of an operation. */
  readonly match: string;
  /** Paths of members that hold statements; `*` is every element: `requests.*.stmt.sql`. */
  readonly at: readonly string[];
  readonly dialect: 'postgres' | 'other';
}

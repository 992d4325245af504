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
 *   `:verb` at the end belongs to the last segment. A query that has to be there follows: `?force=true`, `?acl`. Before
 *   the method may stand what the host begins with: `spanner DELETE /v1/...`.
 * - `mutation volumeDelete`, `query variables`: a root field of GraphQL.
 * - `action ec2:TerminateInstances`: an operation of AWS by endpoint and name, in whatever form it is sent.
 * - `k8s delete persistentvolumeclaims`: a verb and a resource of Kubernetes.
 */
export interface PackOperation {
  readonly match: string;
  readonly kind: Exclude<HttpOperationKind, 'unknown'>;
  /** Set for `destroy` only. */
  readonly severity: HttpSeverity | null;
  /** A clause for people; `{name}` stands for what the route or the arguments name so. */
  readonly does: string;
  /** It is what it says only when the request holds this; otherwise it is ordinary work. */
  readonly when?: PackCondition;
}

/**
 * What body, arguments or query have to hold. Names count without their case, texts that hold JSON are looked into.
 * - `has`: a member of this name anywhere, with one of the values where some are given.
 * - `at`: members from the top, `*` for each: there at all, or with one of the values. `notAt`: not so.
 * - `contains`: one of these in the text of the body, spaces left out.
 */
export type PackCondition =
  | { readonly has: string; readonly values?: readonly PackValue[] }
  | { readonly at: string; readonly values?: readonly PackValue[] }
  | { readonly notAt: string; readonly values?: readonly PackValue[] }
  | { readonly contains: readonly string[] };

export type PackValue = string | number | boolean | null;

/** How a provider's API has to be read, beyond routes. */
export type PackDialect = 'aws' | 'kubernetes' | 'git' | 'azure';

/** One provider. */
export interface Pack {
  /** As policy files name it: `railway`. */
  readonly name: string;
  /** As people read it: `Railway`. */
  readonly title: string;
  /** Exact names, or `*.example.com` for every name below it; empty: the resource's own host. */
  readonly hosts: readonly string[];
  readonly dialect?: PackDialect;
  /** Where the operations were read. */
  readonly source: string;
  /** When, as year-month-day. */
  readonly date: string;
  readonly operations: readonly PackOperation[];
  /** Fields of GraphQL whose values are credentials, wherever in an answer they are asked for. */
  readonly secretFields?: readonly string[];
  /** By field of GraphQL: a query that tells the name of what it is aimed at, by `$id`. */
  readonly lookups?: Readonly<Record<string, string>>;
  /** Ordinary work, in the form of `match`: a test holds that each passes without a question. */
  readonly quiet: readonly string[];
  /** SQL that requests carry. */
  readonly sql?: readonly PackSql[];
}

/** A route whose body holds SQL. */
export interface PackSql {
  /** As `match` of a route, or an action. */
  readonly match: string;
  /** Paths of members that hold statements; `*` is every element: `requests.*.stmt.sql`. */
  readonly at: readonly string[];
  readonly dialect: 'postgres' | 'other';
}

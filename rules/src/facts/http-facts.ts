/**
 * Facts of one HTTP request to a guarded host: what each operation in it would do, with its target named.
 * Produced by `http/`, consumed by `decide/`, by conditions and by the record. It holds no header and no raw body: the
 * typed values are what rules may ask about, and whoever shows them shows names and ids only.
 */

import type { Effect } from './effect.ts';
import type { HttpOperationKind, HttpSeverity, HttpTarget } from './http-deed.ts';
import type { TextSpan } from './sql-facts.ts';

/** A value of JSON, typed for conditions. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type JsonObject = Readonly<Record<string, JsonValue>>;

/** A field of a GraphQL operation, with its arguments after variables were put in. */
export interface GraphqlField {
  readonly operation: 'query' | 'mutation' | 'subscription';
  /** The field's own name, whatever alias it has. */
  readonly field: string;
  readonly args: JsonObject;
}

/** A request to the API server of a Kubernetes cluster. Empty words where the URL has none. */
export interface KubernetesRequest {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`. */
  readonly verb: string;
  readonly group: string;
  /** `pods`, `pods/exec`, `deployments/scale`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** One operation of a request. */
export interface HttpOperation {
  /** `volumeDelete`, `ec2:TerminateInstances`, `DELETE /v1/apps/{app}`. */
  readonly name: string;
  readonly kind: HttpOperationKind;
  /** Set for `destroy` only. */
  readonly severity: HttpSeverity | null;
  readonly target: HttpTarget | null;
  /** A clause for people: `deletes the volume vol_1 with everything on it`. */
  readonly does: string;
  /** Where in the request it stands, outermost first: `["batch entry 2", "fragment F"]`. */
  readonly via: readonly string[];
  readonly graphql?: GraphqlField;
  readonly kubernetes?: KubernetesRequest;
  /** What the SQL that it carries does, where it carries some. */
  readonly sql?: readonly Effect[];
}

/** Facts of one request, or of one message on a WebSocket. */
export interface HttpFacts {
  readonly method: string;
  readonly host: string;
  readonly port: number;
  /** As the provider would read it: decoded, without empty and dot segments. */
  readonly path: string;
  /** Names and values of the query, decoded, in order. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The pack's name of the provider; null: no pack speaks of this host. */
  readonly provider: string | null;
  /** Never empty. */
  readonly operations: readonly HttpOperation[];
  /** The body as typed values; null: there is none, or it is no JSON and no form. */
  readonly json: JsonValue;
  /** Ranges of what `toRequestText` shows that hold a secret. */
  readonly secretSpans: readonly TextSpan[];
}

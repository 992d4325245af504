/**
 * How a request to an API would be judged, by the project's policy file as it is written and the shipped packs. Offline:
 * no daemon is asked and nothing is sent.
 */

import {
  analyzeHttp,
  classOfAction,
  commandsOfAction,
  decide,
  effectsOfAction,
  guessPacks,
  loadSqlParser,
  needsBody,
  packsOf,
  parsePolicy,
  policyWithoutFile,
} from '@agentguard/rules';
import type {
  ActionFacts,
  Environment,
  HttpFacts,
  HttpOperation,
  HttpRequest,
  Pack,
  PolicyState,
  ResourcePolicy,
  SqlParser,
} from '@agentguard/rules';
import { findProjectPolicy } from './find-policy.ts';
import { requestLineSchema, toWrittenRequest } from './written-request.ts';

/** What would be said of a request. */
export interface HttpAnswer {
  readonly verdict: 'allow' | 'ask' | 'deny';
  /** Never remembered, and its target is typed to approve it. */
  readonly critical: boolean;
  readonly rules: readonly string[];
  readonly reason: string;
  readonly provider: string | null;
  /** What has to be read before it can be judged: `nothing`, `whole`, `start`. */
  readonly body: string;
  readonly operations: readonly Pick<
    HttpOperation,
    'name' | 'kind' | 'severity' | 'target' | 'does' | 'via'
  >[];
  readonly facts: {
    readonly class: string;
    readonly commands: readonly string[];
    readonly effects: readonly object[];
  };
}

/** What was typed beside the request. */
interface Setting {
  readonly resource: string | null;
  readonly environment: Environment | null;
}

/** Judges requests; made once for many. */
export class HttpJudge {
  readonly #sql: SqlParser;
  readonly #state: PolicyState;
  readonly #resources: ReadonlyMap<string, ResourcePolicy>;

  private constructor(
    sql: SqlParser,
    state: PolicyState,
    resources: ReadonlyMap<string, ResourcePolicy>,
  ) {
    this.#sql = sql;
    this.#state = state;
    this.#resources = resources;
  }

  /** Reads the policy file of the project, where there is one. A file that cannot be read denies everything. */
  static async load(): Promise<HttpJudge> {
    const sql = await loadSqlParser();
    const found = findProjectPolicy();
    if (found === null) {
      return new HttpJudge(sql, { kind: 'in force', policy: policyWithoutFile('none') }, new Map());
    }
    const parsed = parsePolicy(found.text, sql);
    if (!parsed.ok) {
      return new HttpJudge(sql, { kind: 'broken', problem: parsed.problem.message }, new Map());
    }
    const { revision, roles, resources, rules } = parsed.file;
    const policy = { revision, roles, resources, rules };
    return new HttpJudge(sql, { kind: 'in force', policy }, resources);
  }

  /** Judges a line of a batch; text when it cannot be read. */
  judgeLine(value: unknown, setting: Setting): HttpAnswer | string {
    const parsed = requestLineSchema.safeParse(value);
    if (!parsed.success) {
      return `the line has another shape: ${parsed.error.issues[0]?.message ?? ''}`;
    }
    const request = toWrittenRequest(parsed.data);
    if (request === null) return 'its URL cannot be read';
    const { resource = setting.resource, environment = setting.environment } = parsed.data;
    return this.judge(request, { resource, environment });
  }

  /** Judges a request. */
  judge(request: HttpRequest, { resource, environment }: Setting): HttpAnswer {
    const known = resource === null ? undefined : this.#resources.get(resource);
    const named = packsOf(known?.packs ?? []);
    const packs: readonly Pack[] = named.length > 0 ? named : guessPacks(request);
    const knowledge = { packs, sql: this.#sql };
    const http = analyzeHttp(request, knowledge);
    const action: ActionFacts = { protocol: 'http', http };
    const decision = decide(
      {
        principal: { person: '', agent: '', session: '' },
        token: null,
        resource: {
          ...{ name: resource ?? request.host, kind: 'http' },
          environment: environment ?? known?.environment ?? 'unknown',
          packs: packs.map(({ name }) => name),
        },
        action,
        context: { now: Date.now(), windowOpen: false, inTransaction: false },
      },
      this.#state,
      'none',
    );
    const { verdict, critical, rules, reason } = decision;
    return {
      ...{
        verdict,
        critical: verdict !== 'allow' && critical,
        rules: rules.map(({ rule }) => rule),
        reason,
      },
      ...toWords(http),
      body: needsBody(request, knowledge).need,
      facts: {
        class: classOfAction(action),
        commands: commandsOfAction(action),
        effects: effectsOfAction(action),
      },
    };
  }
}

function toWords({ provider, operations }: HttpFacts): Pick<HttpAnswer, 'provider' | 'operations'> {
  return {
    provider,
    operations: operations.map(({ name, kind, severity, target, does, via }) => ({
      ...{ name, kind, severity, target, does, via },
    })),
  };
}

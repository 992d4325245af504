/** From an operation and its decision to the question a person sees. */

import {
  changesRows,
  countsAsProduction,
  describeCounts,
  effectsOfAction,
  maskSecrets,
  secretsOfAction,
  toObjectText,
} from '@agentguard/rules';
import type { Decision, Effect } from '@agentguard/rules';
import type { Question } from '../approvals/question.ts';
import { describeEffect } from './describe-effect.ts';
import { digestOfBinding } from './digests.ts';
import type { Operation } from './enforcement.ts';

/** Effects whose consequence a plain counter-statement or rollback could take back. */
const REVERSIBLE = new Set<Effect['kind']>([
  'read',
  'create',
  'setting',
  'identity',
  'transaction',
  'lock',
  'listen',
  'privilege',
  'maintenance',
]);

/** Where the session works, and which of the agent's tools run meanwhile. Nothing of it is part of what is approved. */
export interface QuestionSurroundings {
  readonly workspace: string;
  readonly during: readonly string[];
}

/** The statement as it may be shown and recorded: secrets masked, nothing cut. */
export function toShownText(operation: Operation): string {
  return maskSecrets(operation.text, secretsOfAction(operation.action));
}

/**
 * Builds the question. The word to type is the name of the object that is hit first, so that a person reads it.
 * @param around what the person is shown beside the operation itself
 */
export function toQuestion(
  operation: Operation,
  decision: Decision,
  { workspace, during }: QuestionSurroundings,
): Question {
  const { principal, resource } = operation.connection;
  const effects = effectsOfAction(operation.action);
  const production = countsAsProduction(resource.environment);
  const worst = effects.find((effect) => !REVERSIBLE.has(effect.kind)) ?? effects[0];
  return {
    decision: decision.id,
    session: principal.session,
    principal: { person: principal.person, agent: principal.agent },
    workspace,
    resource,
    headline: toHeadline(operation, worst),
    reasons: decision.rules.map(({ rule, reason }) => ({ rule, reason })),
    statement: toShownText(operation),
    during,
    effects: toEffectLines(operation, effects),
    reversible: effects.every(isReversible),
    critical: decision.critical,
    confirm: decision.critical && production ? toConfirmWord(worst, resource.name) : null,
    measured: operation.measured ?? null,
    notMeasured: operation.notMeasured ?? null,
    samples: operation.forecast?.samples ?? [],
    undo: operation.forecast?.undo ?? null,
    digest: digestOfBinding({
      session: principal.session,
      resource: resource.name,
      text: operation.text,
      action: operation.action,
      policyRevision: decision.policyRevision,
      measured: operation.measured ?? null,
    }),
  };
}

/** Measured numbers say more than what the statement alone tells; the rest of what it does stays beside them. */
function toEffectLines({ measured }: Operation, effects: readonly Effect[]): readonly string[] {
  if (measured === undefined) return effects.map(describeEffect);
  const lines = describeCounts(measured, effects);
  // What it would do if there were rows is all that can be said then.
  if (lines.length === 0) return ['changes no row now', ...effects.map(describeEffect)];
  const rest = effects.filter((effect) => !changesRows(effect));
  return [...lines, ...rest.map(describeEffect)];
}

function isReversible(effect: Effect): boolean {
  return REVERSIBLE.has(effect.kind) || (effect.kind === 'alter' && effect.loss !== 'data');
}

function toHeadline(operation: Operation, worst: Effect | undefined): string {
  const { name, environment, kind } = operation.connection.resource;
  const place = countsAsProduction(environment)
    ? `PRODUCTION${environment === 'unknown' ? ' (not labelled)' : ''}`
    : environment;
  const what = worst === undefined ? 'an empty statement' : describeEffect(worst);
  // A tool works on this machine; what it says it does names its target.
  if (kind === 'tool' || kind === 'mcp') return `${what} (${name})`;
  return `${what} in ${name} on ${place}`;
}

function toConfirmWord(worst: Effect | undefined, resource: string): string {
  if (worst?.kind === 'tool') return worst.by;
  if (worst?.kind === 'http') return worst.target?.id ?? resource;
  if (worst?.kind === 'mcp') return worst.name;
  if (worst === undefined || !('object' in worst) || worst.object === null) return resource;
  return worst.object.name === '' ? toObjectText(worst.object) : worst.object.name;
}

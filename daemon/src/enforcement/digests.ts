/** What an approval and an entry are bound to. Plain SHA-256 over bytes that can be rebuilt from the record. */

import { hash } from 'node:crypto';
import { effectsOfParts } from '@agentguard/rules';
import type { ActionFacts } from '@agentguard/rules';

/** SHA-256 of the exact text that would be sent, in hexadecimal. */
export function digestOfText(text: string): string {
  return hash('sha256', text, 'hex');
}

/** Everything an approval holds for; a change in any of it makes another question. */
export interface Binding {
  readonly session: string;
  readonly resource: string;
  readonly text: string;
  readonly action: ActionFacts;
  readonly policyRevision: string;
  readonly measured: Readonly<Record<string, number>> | null;
}

/** SECURITY(P-09): binds an approval to session, resource, exact bytes, derived effects and policy revision. */
export function digestOfBinding(binding: Binding): string {
  const effects = effectsOfParts(binding.action);
  const parts = [
    binding.session,
    binding.resource,
    digestOfText(binding.text),
    JSON.stringify(effects),
    binding.policyRevision,
    JSON.stringify(binding.measured),
  ];
  // Lengths first, so that no two lists of parts give the same bytes.
  return hash('sha256', parts.map((part) => `${part.length}:${part}`).join(''), 'hex');
}

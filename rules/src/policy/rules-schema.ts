/** The rules of a policy file: a condition, and what it leads to. */

import * as z from 'zod';
import { compileCondition } from '../conditions/compile-condition.ts';
import type { Condition } from '../conditions/compile-condition.ts';
import type { Verdict } from '../decide/decision.ts';
import { NAME_FORM } from '../roles/roles-schema.ts';

/** Every operation is held against every rule. */
const MAX_RULES = 1000;

/** One rule as written. */
const ruleSchema = z.strictObject({
  id: z.string().regex(NAME_FORM, {
    error: 'an id has letters, digits, `_`, `.` and `-`, with a letter first',
  }),
  when: z.string().min(1),
  effect: z.enum(['allow', 'ask', 'deny']),
  reason: z.string().min(1).max(300).optional(),
});

export const rulesSchema = z.array(ruleSchema).max(MAX_RULES);

export type WrittenRule = z.infer<typeof ruleSchema>;

/** A rule that is ready. */
export interface PolicyRule {
  readonly id: string;
  readonly condition: Condition;
  readonly verdict: Verdict;
  /** In the author's words; the condition itself when there are none. */
  readonly reason: string;
}

export type CompiledRules =
  | { readonly ok: true; readonly rules: readonly PolicyRule[] }
  | {
      readonly ok: false;
      readonly path: readonly (string | number)[];
      readonly problem: string;
      /** Where inside the condition, in UTF-16 units; null when it is not about the condition. */
      readonly offset: number | null;
    };

/** Compiles all rules, or says what is wrong with the first that cannot be. */
export function compileRules(written: readonly WrittenRule[]): CompiledRules {
  const rules: PolicyRule[] = [];
  for (const [index, { id, when, effect, reason }] of written.entries()) {
    if (rules.some((rule) => rule.id === id)) {
      const problem = `two rules are called \`${id}\``;
      return { ok: false, path: [index, 'id'], problem, offset: null };
    }
    const compiled = compileCondition(when);
    if (!compiled.ok) {
      const problem = `the condition of \`${id}\` cannot be used: ${compiled.problem}`;
      return { ok: false, path: [index, 'when'], problem, offset: compiled.offset };
    }
    rules.push({
      id,
      condition: compiled.condition,
      verdict: effect,
      reason: reason ?? `the rule \`${id}\` matches`,
    });
  }
  return { ok: true, rules };
}

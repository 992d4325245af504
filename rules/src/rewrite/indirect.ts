/**
 * What a statement reaches without naming it. A function reads tables with the rights of the guard's own connection, and no
 * filter can be put into it: a table with rules that is reached that way refuses the statement.
 */

import type { Effect, Via } from '../facts/effect.ts';
import type { SqlFacts } from '../facts/sql-facts.ts';
import { indexOf } from '../sql/catalog-index.ts';
import type { CatalogSnapshot } from '../sql/catalog.ts';
import type { Protections } from './protection.ts';
import { holdsBack } from './work.ts';

/**
 * Ways that the definitions of the database take by themselves, as under row level security: what keeps the data consistent sees all
 * of it.
 */
const OF_THE_DATABASE =
  /^(trigger|event trigger|cascade|policy|partition|check or index of|default of) /u;

/** Steps of the statement's own text. */
const OWN_STEP = /^(CTE|prepared statement) /u;

/** Why the facts of a statement, as it is sent, are out of reach; null when they are not. */
export function refuseIndirect(
  facts: SqlFacts,
  protections: Protections,
  catalog: CatalogSnapshot,
): string | null {
  for (const { effects, readAgain = [] } of facts.statements) {
    for (const effect of [...effects, ...readAgain]) {
      const step = foreignStep(effect.via);
      if (step === undefined || OF_THE_DATABASE.test(step)) continue;
      const table = protectedTable(effect, protections, catalog);
      if (table !== null) {
        return `the ${step} reaches \`${table}\`, where no filter of this role can be put on it`;
      }
    }
  }
  return null;
}

function foreignStep(via: Via): string | undefined {
  return via.find((step) => !OWN_STEP.test(step));
}

function protectedTable(
  effect: Effect,
  protections: Protections,
  catalog: CatalogSnapshot,
): string | null {
  const touches = ['read', 'insert', 'update', 'delete', 'truncate'].includes(effect.kind);
  if (!touches || !('object' in effect) || effect.object === null) return null;
  const { schema, name } = effect.object;
  for (const relation of indexOf(catalog).relationsNamed(name)) {
    if (schema !== null && relation.schema !== schema) continue;
    const protection = protections.of(relation);
    if (protection !== null && holdsBack(protection)) return `${relation.schema}.${name}`;
  }
  return null;
}

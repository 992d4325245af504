/**
 * What a role asks to be done to the server's answers.
 */

import type { CatalogSnapshot } from '@agentguard/rules';
import type { MaskTable } from './masked-rows.ts';
import type { Reach } from './reach.ts';

/** What is to be done to answers at this moment; null for a connection without a role. */
export interface AnswerRules {
  readonly masks: MaskTable;
  /** See `maskText`. */
  readonly key: Uint8Array;
}

/** What is to be done to answers, by the reach and the catalog of the moment; the last catalog while another is being read. */
export function makeAnswerRules(
  reach: () => Reach,
  catalog: () => CatalogSnapshot | null,
): () => AnswerRules | null {
  let last: CatalogSnapshot | null = null;
  return () => {
    const now = reach();
    if (now.kind === 'whole') return null;
    last = catalog() ?? last;
    const masks = last === null ? NO_MASKS : now.rewriter.protections(last).masks();
    return { masks, key: now.maskKey };
  };
}

/** Before there is a catalog no statement was let through, so no row comes. */
const NO_MASKS: AnswerRules['masks'] = new Map();

/** Every kind there is, by id. */

import { CLOUD_TOKENS } from './kinds/clouds.ts';
import { CODE_TOKENS } from './kinds/code.ts';
import { DATA_TOKENS } from './kinds/data.ts';
import { MODEL_TOKENS } from './kinds/models.ts';
import { NAMED_CODE, NAMED_DATA, NAMED_INFRASTRUCTURE, NAMED_SERVICES } from './kinds/named.ts';
import { MESSAGE_TOKENS, MONEY_TOKENS, SERVICE_TOKENS } from './kinds/services.ts';
import { STRUCTURED } from './kinds/structured.ts';
import type { NamedKind, SecretKind, TokenKind } from './secret-kind.ts';

/** Known by their own shape. */
export const TOKEN_KINDS: readonly TokenKind[] = [
  ...CLOUD_TOKENS,
  ...CODE_TOKENS,
  ...DATA_TOKENS,
  ...MODEL_TOKENS,
  ...MONEY_TOKENS,
  ...MESSAGE_TOKENS,
  ...SERVICE_TOKENS,
];

/** Known by their shape and the name they are given. */
export const NAMED_KINDS: readonly NamedKind[] = [
  ...NAMED_INFRASTRUCTURE,
  ...NAMED_DATA,
  ...NAMED_CODE,
  ...NAMED_SERVICES,
];

const BY_ID = new Map<string, SecretKind>(
  [...TOKEN_KINDS, ...NAMED_KINDS, ...STRUCTURED].map((kind) => [kind.id, kind]),
);

/** All of them. */
export const SECRET_KINDS: readonly SecretKind[] = [...BY_ID.values()];

/** The kind of an id; undefined for an id that is none. */
export function findKind(id: string): SecretKind | undefined {
  return BY_ID.get(id);
}

/** The kind of an id of our own. @throws RangeError for one that no table has */
export function kindOf(id: string): SecretKind {
  const kind = BY_ID.get(id);
  if (kind === undefined) throw new RangeError(`there is no kind \`${id}\``);
  return kind;
}

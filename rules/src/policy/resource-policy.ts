/** What a policy file says of one resource. Where it says nothing, what was said when the resource was added holds. */

import * as z from 'zod';
import type { Environment } from '../facts/operation.ts';
import { NAME_FORM } from '../roles/roles-schema.ts';

/** Counts of rows beyond this are no limit any more. */
const MAX_ROWS = 1_000_000_000;

const environmentSchema = z.enum(['production', 'staging', 'development', 'unknown']);

/** Where the real credential lies. A value in its place is refused: files are read by many. */
const credentialSchema = z.string().regex(/^vault:[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/, {
  error: 'write `vault:` and a name; the value itself never stands in a file',
});

const roleNameSchema = z.string().regex(NAME_FORM);

const common = {
  environment: environmentSchema.optional(),
  credential: credentialSchema.optional(),
  role: roleNameSchema.optional(),
  on_behalf_of: z.literal('required').optional(),
};

const limitSchema = z.number().int().min(0).max(MAX_ROWS);

const postgresSchema = z.strictObject({
  kind: z.literal('postgres'),
  ...common,
  limits: z
    .strictObject({ rows_changed: limitSchema.optional(), rows_returned: limitSchema.optional() })
    .optional(),
});

const httpSchema = z.strictObject({
  kind: z.literal('http'),
  ...common,
  packs: z.array(z.string().regex(NAME_FORM)).min(1).max(50).optional(),
});

/** One resource as written. */
export const resourceSchema = z.discriminatedUnion('kind', [postgresSchema, httpSchema]);

export type WrittenResource = z.infer<typeof resourceSchema>;

/** How many rows one operation, a transaction and a session may touch; null: no limit. */
export interface RowLimits {
  readonly rowsChanged: number | null;
  readonly rowsReturned: number | null;
}

/** One resource of a policy file. */
export interface ResourcePolicy {
  readonly kind: WrittenResource['kind'];
  /** Null: the file does not say. */
  readonly environment: Environment | null;
  /** The role of a session whose token names none; null: such a session has no role here. */
  readonly role: string | null;
  readonly limits: RowLimits;
  /** Name in the vault; null: the file does not say. */
  readonly credential: string | null;
  /** Names of shipped rule packs. */
  readonly packs: readonly string[];
  /** A token without a verified person has no use of this resource. */
  readonly onBehalfOfRequired: boolean;
}

/** From the written form to the one that is read everywhere. */
export function toResourcePolicy(written: WrittenResource): ResourcePolicy {
  const limits = written.kind === 'postgres' ? written.limits : undefined;
  return {
    kind: written.kind,
    environment: written.environment ?? null,
    role: written.role ?? null,
    limits: {
      rowsChanged: limits?.rows_changed ?? null,
      rowsReturned: limits?.rows_returned ?? null,
    },
    credential: written.credential?.slice('vault:'.length) ?? null,
    packs: written.kind === 'http' ? (written.packs ?? []) : [],
    onBehalfOfRequired: written.on_behalf_of === 'required',
  };
}

/** The shape of `roles:` in agentguard.yaml. What the words mean together is checked by resolve-roles.ts. */

import * as z from 'zod';
import {
  COLUMN_OPERATIONS,
  FORBIDDABLE_OPERATIONS,
  MASK_KINDS,
  TABLE_OPERATIONS,
} from './role-scope.ts';

/** Names that people give: to roles, resources, rules. */
export const NAME_FORM = /^[A-Za-z][A-Za-z0-9_.-]{0,62}$/;

/** Far more than anybody writes by hand. */
const MAX_COLUMNS = 1600;

const roleNameSchema = z.string().regex(NAME_FORM, {
  error: 'a role is called by letters, digits, `_`, `.` and `-`, with a letter first',
});

const columnListSchema = z.array(z.string().min(1).max(63)).min(1).max(MAX_COLUMNS);

/** One role as written. */
export const roleSchema = z.strictObject({
  inherits: z.union([roleNameSchema, z.array(roleNameSchema).min(1).max(20)]).optional(),
  tables: z.record(z.string(), z.array(z.enum(TABLE_OPERATIONS)).min(1)).optional(),
  columns: z
    .record(z.string(), z.partialRecord(z.enum(COLUMN_OPERATIONS), columnListSchema))
    .optional(),
  filters: z.record(z.string(), z.string().min(1)).optional(),
  masks: z.record(z.string(), z.record(z.string(), z.enum(MASK_KINDS))).optional(),
  rate_limit: z.string().optional(),
  forbidden_operations: z.array(z.enum(FORBIDDABLE_OPERATIONS)).optional(),
  on_behalf_of: z.literal('required').optional(),
});

export type WrittenRole = z.infer<typeof roleSchema>;

/** All roles of a file as written. */
export const rolesSchema = z.record(roleNameSchema, roleSchema);

/**
 * The shape of agentguard.yaml. The JSON Schema that editors complete by is made from it, and a test compares the two.
 * INVARIANT: a key that is not understood is an error. A rule that is silently skipped would be a hole.
 */

import * as z from 'zod';
import { scanSchema } from '../detect/scan-settings.ts';
import { mcpSchema } from '../mcp/mcp-policy.ts';
import { NAME_FORM, rolesSchema } from '../roles/roles-schema.ts';
import { egressSchema } from './egress-schema.ts';
import { resourceSchema } from './resource-policy.ts';
import { rulesSchema } from './rules-schema.ts';

/** A whole file. */
export const policySchema = z.strictObject({
  version: z.literal(1),
  resources: z.record(z.string().regex(NAME_FORM), resourceSchema).optional(),
  roles: rolesSchema.optional(),
  rules: rulesSchema.optional(),
  egress: egressSchema.optional(),
  mcp: mcpSchema.optional(),
  scan: scanSchema.optional(),
});

export type WrittenPolicy = z.infer<typeof policySchema>;

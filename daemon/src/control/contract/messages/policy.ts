/** The rules in force. */

import * as z from 'zod';

export const policyShowResultSchema = z.object({
  revision: z.string(),
  /** `builtin`: no file is there. `failed`: a file is there and cannot be put in force, so everything is denied. */
  source: z.enum(['builtin', 'file', 'failed']),
  file: z.string().nullable(),
  /** Why nothing is in force, or why the version on disk is not: the last good one then is. */
  problem: z.string().nullable(),
  /** Ids of the rules, strongest first. */
  rules: z.array(z.string()),
  roles: z.array(z.string()),
});

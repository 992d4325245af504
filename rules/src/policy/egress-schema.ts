/**
 * The part of agentguard.yaml that lists the hosts a session may reach.
 * INVARIANT: an entry that is not understood makes the file invalid. One that is skipped, or read as a wider one, would
 * be a hole.
 */

import * as z from 'zod';
import { parseHostEntry } from '../egress/host-entry.ts';
import type { HostEntry } from '../egress/host-entry.ts';

/** Far more than a project needs; every connection looks through all of them. */
const MAX_HOSTS = 1000;

const WHOLE_ENTRY = z.strictObject(
  {
    host: z.string().max(300),
    port: z.number().int().min(1).max(65_535).optional(),
    /** False: HTTP without TLS. */
    tls: z.boolean().optional(),
    /** True: the name may lead into this machine or a private network. */
    private: z.boolean().optional(),
  },
  {
    error: (issue) =>
      issue.code === 'invalid_type' ? 'write a host name, or a map with `host` in it' : undefined,
  },
);

const entrySchema = z
  .preprocess((value) => (typeof value === 'string' ? { host: value } : value), WHOLE_ENTRY)
  .transform((written, context): HostEntry => {
    const { host, ...options } = written;
    const parsed = parseHostEntry(host, options);
    if (parsed.ok) return parsed.entry;
    context.addIssue({ code: 'custom', message: parsed.problem });
    return z.NEVER;
  });

/** `egress:` of a policy file. */
export const egressSchema = z.strictObject({
  hosts: z.array(entrySchema).max(MAX_HOSTS),
});

/** The part of agentguard.yaml that speaks of the scan: what is left out, and which finds are allowed and why. */

import * as z from 'zod';

/** A project has some; more are a sign that something else is wrong. */
const MAX_ENTRIES = 20_000;

const kindSchema = z.string().regex(/^[a-z][a-z0-9-]{1,63}$/);

const allowSchema = z.strictObject({
  /** As the scan prints it. */
  fingerprint: z.string().regex(/^[0-9a-f]{24}$/),
  /** For the reader only: the fingerprint is of all three. */
  kind: kindSchema.optional(),
  path: z.string().optional(),
  reason: z.string().min(3),
  /** The day it ends, as in 2027-01-31. Without one it holds until it is taken out. */
  expires: z.iso.date().optional(),
});

/** `scan:` in agentguard.yaml. */
export const scanSchema = z.strictObject({
  /** Keys the fingerprints of this project, so that those of two projects cannot be compared. */
  fingerprint_key: z
    .string()
    .regex(/^[0-9a-f]{32,64}$/)
    .optional(),
  /** Globs of paths, below the root: `docs/**`. */
  exclude: z.array(z.string().min(1)).max(MAX_ENTRIES).optional(),
  kinds: z
    .strictObject({
      off: z.array(kindSchema).max(MAX_ENTRIES).optional(),
      /** Printed, and stops nothing. */
      warn: z.array(kindSchema).max(MAX_ENTRIES).optional(),
    })
    .optional(),
  /** A file that `agentguard scan baseline` writes. */
  baseline: z.string().min(1).optional(),
  allow: z.array(allowSchema).max(MAX_ENTRIES).optional(),
});

export type ScanSettings = z.infer<typeof scanSchema>;

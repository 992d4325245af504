/** The vault. Values go in and never come out; what comes out is names, kinds and dates. */

import * as z from 'zod';

/** As environment variables and resources are named. The daemon's own entries hold a colon, so they are not reached. */
export const secretNameSchema = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/,
    'letters, digits, _, - and ., starting with a letter or _, 128 characters at most',
  );

export const backendSchema = z.enum(['keychain', 'file']);

/** Longest value in characters: a private key with its chain of certificates stays below. */
export const MAX_SECRET_LENGTH = 32 * 1024;

/** Longest reference and passphrase. */
const MAX_REFERENCE_LENGTH = 2048;
const MAX_PASSPHRASE_LENGTH = 1024;

/** A project has a few dozen. */
export const MAX_IMPORTED_SECRETS = 500;

/** A zero character ends a text in every program that would be handed it. */
const valueSchema = z
  .string()
  .min(1)
  .max(MAX_SECRET_LENGTH)
  .refine((value) => !value.includes('\0'), 'a value holds no zero character');

const newSecretSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('value'), value: valueSchema }),
  z.strictObject({ kind: z.literal('reference'), reference: z.string().max(MAX_REFERENCE_LENGTH) }),
]);

export const secretSetParamsSchema = z.strictObject({
  name: secretNameSchema,
  secret: newSecretSchema,
});

export const secretSetResultSchema = z.object({
  name: z.string(),
  backend: backendSchema,
  replaced: z.boolean(),
});

const secretEntrySchema = z.object({
  /** A person's own name, or `resource:NAME` for a URL that was given with its resource. */
  name: z.string(),
  kind: z.enum(['value', 'op', 'env', 'command']),
  /** ISO 8601, UTC; null when that is not known. */
  setAt: z.string().nullable(),
  /** Resources whose URL it is. */
  usedBy: z.array(z.string()),
});

export const secretListResultSchema = z.object({
  backend: backendSchema,
  secrets: z.array(secretEntrySchema),
});

export const secretRemoveParamsSchema = z.strictObject({
  name: secretNameSchema,
  /** Also when a resource uses it, which then cannot connect. */
  force: z.boolean(),
});

export const secretRemoveResultSchema = z.object({
  removed: z.boolean(),
  usedBy: z.array(z.string()),
});

export const secretImportParamsSchema = z.strictObject({
  secrets: z
    .array(z.strictObject({ name: secretNameSchema, secret: newSecretSchema }))
    .min(1)
    .max(MAX_IMPORTED_SECRETS),
  /** False refuses all of them when one of the names is taken. */
  replace: z.boolean(),
});

export const secretImportResultSchema = z.object({
  backend: backendSchema,
  added: z.array(z.string()),
  replaced: z.array(z.string()),
});

export const secretStatusResultSchema = z.object({
  backend: backendSchema,
  /** What chose the back end when the daemon started. */
  chosenBy: z.enum(['environment', 'person', 'vault file', 'default', 'no keychain']),
  /** Whether it works right now. */
  state: z.enum(['ok', 'failed']),
  problem: z.string().nullable(),
  help: z.string().nullable(),
  /** Whether a passphrase opens the file; null for a keychain. */
  passphrase: z.boolean().nullable(),
  /** Number of secrets, the daemon's own included; null when it cannot be told. */
  secrets: z.number().int().nullable(),
});

export const secretBackendParamsSchema = z.strictObject({
  backend: backendSchema,
  /** Of the file: null takes the passphrase away; not given leaves it as it is. */
  passphrase: z.string().min(1).max(MAX_PASSPHRASE_LENGTH).nullable().optional(),
});

export const secretBackendResultSchema = z.object({
  backend: backendSchema,
  /** How many were moved; 0 when the back end is the one that was in use. */
  moved: z.number().int(),
  /** How many could not be removed from where they were. */
  left: z.number().int(),
});

/** The databases and APIs behind the guard. Their real URLs and credentials go in and never come out. */

import * as z from 'zod';
import { secretNameSchema } from './secrets.ts';

/** A name appears in URLs, as a database name and in variables, so it stays plain. */
export const resourceNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,62}$/, 'lower case letters, digits, - and _, starting with a letter');

export const environmentSchema = z.enum(['production', 'staging', 'development', 'unknown']);

export const resourceSchema = z.object({
  name: z.string(),
  kind: z.enum(['postgres', 'http']),
  environment: environmentSchema,
});

/** Longest URL that is taken. Real ones with many options stay far below. */
const MAX_URL_LENGTH = 8192;

export const resourceAddParamsSchema = z
  .strictObject({
    name: resourceNameSchema,
    kind: z.literal('postgres'),
    environment: environmentSchema,
    /** The real URL, with its password. */
    url: z.string().min(1).max(MAX_URL_LENGTH).optional(),
    /** The secret that is the URL, in place of `url`. */
    secret: secretNameSchema.optional(),
    replace: z.boolean(),
  })
  .refine(
    ({ url, secret }) => (url === undefined) !== (secret === undefined),
    'either a URL or the name of a secret',
  );

export const resourceAddResultSchema = z.object({ resource: resourceSchema });

export const resourceListResultSchema = z.object({ resources: z.array(resourceSchema) });

export const resourceRefSchema = z.strictObject({ name: resourceNameSchema });

export const resourceRemoveResultSchema = z.object({ removed: z.boolean() });

export const resourceHardenParamsSchema = z.strictObject({
  name: resourceNameSchema,
  /** Run the statements over the guard's own connection. */
  apply: z.boolean(),
});

export const resourceHardenResultSchema = z.object({
  /** Role of the server that the guard is to connect as. */
  login: z.string(),
  statements: z.array(z.string()),
  /** What the server cannot hold back as the policy does. */
  notes: z.array(z.string()),
  applied: z.boolean(),
});

export const resourceTestResultSchema = z.object({
  ok: z.boolean(),
  /** One sentence, without anything secret; null when it works. */
  problem: z.string().nullable(),
  help: z.string().nullable(),
  /** `PostgreSQL 18.1`, or null when it was not reached. */
  server: z.string().nullable(),
  /** Whether and how the way to the server is encrypted. */
  tls: z.string().nullable(),
  durationMs: z.number(),
});

const hostSchema = z.string().min(1).max(300);

/** What is left out is taken from what is known of the packs. */
export const apiAddParamsSchema = z
  .strictObject({
    name: resourceNameSchema,
    environment: environmentSchema,
    /** Names of shipped packs. */
    packs: z.array(z.string().min(1).max(63)).max(20),
    hosts: z.array(hostSchema).max(50),
    /** Fields beside `Authorization` that hold the credential. */
    headers: z.array(z.string().min(1).max(100)).max(10),
    /** Parameters of the query that hold it. */
    query: z.array(z.string().min(1).max(100)).max(10),
    /** Variables of the command that the stand-in is put into. */
    variables: z.array(z.string().min(1).max(128)).max(20),
    /** Roots that its hosts are verified against in place of the platform's own, PEM. */
    ca: z.string().max(200_000).optional(),
    credential: z.string().min(1).max(MAX_URL_LENGTH).optional(),
    /** The secret that is the credential, in place of `credential`. */
    secret: secretNameSchema.optional(),
    replace: z.boolean(),
  })
  .refine(
    ({ credential, secret }) => (credential === undefined) !== (secret === undefined),
    'either a credential or the name of a secret',
  );

export const apiSchema = z.object({
  name: z.string(),
  environment: environmentSchema,
  packs: z.array(z.string()),
  hosts: z.array(z.string()),
  variables: z.array(z.string()),
});

export const apiAddResultSchema = z.object({ api: apiSchema });
export const apiListResultSchema = z.object({ apis: z.array(apiSchema) });

/** The files of the MCP servers: what a person accepted, and what waits for one. Neither holds a secret. */

import { existsSync, readFileSync } from 'node:fs';
import { DEFINITION_KINDS } from '@agentguard/rules';
import * as z from 'zod';
import { ResourceError } from '../errors.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import { SECRET_NAME } from '../secrets/secret-name.ts';

/** As resources are named, for both appear in policies. */
export const SERVER_NAME = /^[a-z][a-z0-9_-]{0,62}$/;

const variableSchema = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/);

const programSchema = z.strictObject({
  path: z.string(),
  /** SHA-256 in hexadecimal. */
  digest: z.string(),
  /** What the file system says of the file; equal words spare reading it again. */
  stamp: z.string(),
});

const pinSchema = z.strictObject({
  kind: z.enum(DEFINITION_KINDS),
  name: z.string(),
  digest: z.string(),
  /** Canonical JSON of what was seen, for the difference to what comes later. */
  text: z.string(),
  word: z.enum(['allow', 'ask', 'deny']),
  at: z.string(),
  by: z.string(),
});

const serverSchema = z.strictObject({
  argv: z.array(z.string()).min(1),
  /** Null: the folder that the session works in. */
  cwd: z.string().nullable(),
  /** `beside`: next to the client, in its sandbox. `here`: a child of the daemon, out of reach. */
  place: z.enum(['beside', 'here']),
  env: z.record(variableSchema, z.string()),
  passes: z.array(variableSchema),
  secrets: z.record(variableSchema, z.string().regex(SECRET_NAME)),
  /** The guarded database whose catalog its SQL is read by; null for none. */
  database: z.string().nullable(),
  /** PATH of the person who accepted it. */
  path: z.string(),
  clientBudgetMs: z.number().int().positive().nullable(),
  legacy: z.boolean(),
  programs: z.array(programSchema),
  acceptedAt: z.string(),
  acceptedBy: z.string(),
  pins: z.array(pinSchema),
});

const serverFileSchema = z.strictObject({
  version: z.literal(1),
  servers: z.record(z.string().regex(SERVER_NAME), serverSchema),
});

const pendingSchema = z.strictObject({
  kind: z.enum(DEFINITION_KINDS),
  name: z.string(),
  digest: z.string(),
  text: z.string(),
  seenAt: z.string(),
});

const proposalSchema = z.strictObject({
  argv: z.array(z.string()),
  session: z.string(),
  at: z.string(),
});

const pendingFileSchema = z.strictObject({
  version: z.literal(1),
  pending: z.record(z.string(), z.array(pendingSchema)),
  proposals: z.array(proposalSchema),
});

/** What a file on disk was when a person accepted it. */
export type ProgramPin = z.infer<typeof programSchema>;
/** A definition that a person saw. */
export type Pin = z.infer<typeof pinSchema>;
/** A server that a person accepted. */
export type StoredServer = z.infer<typeof serverSchema>;
export type ServerFile = z.infer<typeof serverFileSchema>;
/** A definition that no person saw yet. */
export type Pending = z.infer<typeof pendingSchema>;
/** A command line that a session wanted and nobody accepted. */
export type Proposal = z.infer<typeof proposalSchema>;
export type PendingFile = z.infer<typeof pendingFileSchema>;

/** @throws ResourceError when the file is there and cannot be understood: nothing is forgotten in silence */
export function readServerFile(path: string): ServerFile {
  return read(path, serverFileSchema, { version: 1, servers: {} });
}

/** What waits can be seen anew, so a broken file is an empty one. */
export function readPendingFile(path: string): PendingFile {
  const empty: PendingFile = { version: 1, pending: {}, proposals: [] };
  try {
    return read(path, pendingFileSchema, empty);
  } catch {
    return empty;
  }
}

/** Writes either file. */
export function writeServerFile(path: string, file: ServerFile | PendingFile): void {
  writeFileAtomic(path, `${JSON.stringify(file, null, 1)}\n`);
}

function read<T>(path: string, schema: z.ZodType<T>, otherwise: T): T {
  if (!existsSync(path)) return otherwise;
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new ResourceError('RESOURCE_INVALID', `\`${path}\` cannot be understood`, {
      audience: 'user',
      cause,
      help: 'put it right, or remove it and accept the MCP servers again',
    });
  }
}

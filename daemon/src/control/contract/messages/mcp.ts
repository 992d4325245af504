/** MCP servers behind the guard: accepted by a person, looked at, pinned. Values of secrets never cross. */

import * as z from 'zod';
import { environmentSchema, resourceNameSchema } from './resources.ts';
import { secretNameSchema } from './secrets.ts';

const variableSchema = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/);

const argvSchema = z.array(z.string().max(16_384)).min(1).max(1000);

const placeSchema = z.enum(['beside', 'here']);

export const mcpKindSchema = z.enum(['tool', 'prompt', 'resource', 'template', 'server']);

export const mcpWordSchema = z.enum(['allow', 'ask', 'deny']);

export const mcpAddParamsSchema = z.strictObject({
  /** Null: made from the command line. */
  name: resourceNameSchema.nullable(),
  argv: argvSchema,
  cwd: z.string().max(4096).nullable(),
  /** Null: `here` when it gets a secret, else `beside`. */
  place: placeSchema.nullable(),
  env: z.record(variableSchema, z.string().max(65_536)),
  passes: z.array(variableSchema).max(200),
  /** Variable to name of a secret in the vault. */
  secrets: z.record(variableSchema, secretNameSchema),
  database: resourceNameSchema.nullable(),
  /** PATH by which the program is found. */
  path: z.string().max(65_536),
  /** The folder that relative paths are meant from. */
  folder: z.string().max(4096),
  clientBudgetMs: z.number().int().min(1000).max(3_600_000).nullable(),
  legacy: z.boolean(),
  replace: z.boolean(),
});

export const mcpServerSchema = z.object({
  name: z.string(),
  argv: z.array(z.string()),
  cwd: z.string().nullable(),
  place: placeSchema,
  /** Names only. */
  env: z.array(z.string()),
  secrets: z.array(z.string()),
  database: z.string().nullable(),
  programs: z.array(z.string()),
  /** Definitions that a person saw, and those that wait. */
  pinned: z.number().int(),
  waiting: z.number().int(),
  legacy: z.boolean(),
});

export const mcpAddResultSchema = z.object({ server: mcpServerSchema, added: z.boolean() });

export const mcpListResultSchema = z.object({
  servers: z.array(mcpServerSchema),
  /** Command lines that sessions wanted and nobody accepted. */
  proposals: z.array(z.object({ argv: z.array(z.string()), session: z.string(), at: z.string() })),
});

export const mcpRefSchema = z.strictObject({ server: resourceNameSchema });

export const mcpRemoveResultSchema = z.object({ removed: z.boolean() });

const lintSchema = z.object({ rule: z.string(), place: z.string(), what: z.string() });

export const mcpReviewParamsSchema = z.strictObject({
  server: resourceNameSchema,
  /** Starts the server and asks it for everything; false looks only at what came past. */
  examine: z.boolean(),
});

export const mcpReviewResultSchema = z.object({
  server: mcpServerSchema,
  /** Files that are not what was accepted. */
  changedProgram: z.string().nullable(),
  waiting: z.array(
    z.object({
      kind: mcpKindSchema,
      name: z.string(),
      digest: z.string(),
      standing: z.enum(['new', 'changed']),
      /** The whole definition, or what changed of it; one line for each place, hidden characters visible. */
      lines: z.array(z.string()),
      findings: z.array(lintSchema),
      /** What pinning it says of its calls unless another word is given. */
      word: mcpWordSchema,
    }),
  ),
  /** Offered earlier, and not any more. Null when the server was not started. */
  gone: z.array(z.string()).nullable(),
});

export const mcpPinParamsSchema = z.strictObject({
  server: resourceNameSchema,
  pins: z
    .array(
      z.strictObject({
        kind: mcpKindSchema,
        name: z.string().max(65_536),
        /** Of what the person saw; anything else by now is refused. */
        digest: z.string().max(64),
        word: mcpWordSchema,
      }),
    )
    .max(2000),
  /** Takes the program as it is now for the accepted one. */
  program: z.boolean(),
});

export const mcpPinResultSchema = z.object({ pinned: z.number().int() });

export const mcpJudgeParamsSchema = z.strictObject({
  server: resourceNameSchema,
  tool: z.string().max(65_536),
  /** JSON text. */
  args: z.string().max(8 * 1024 * 1024),
  /** The role that would hold; null for none. */
  role: z.string().max(100).nullable(),
  /** The folder whose accepted policy counts. */
  workspace: z.string().max(4096),
});

export const mcpJudgeResultSchema = z.object({
  verdict: mcpWordSchema,
  reason: z.string(),
  rules: z.array(z.object({ rule: z.string(), verdict: mcpWordSchema, reason: z.string() })),
  standing: z.string(),
  effects: z.array(z.string()),
  environment: environmentSchema,
  policyRevision: z.string(),
});

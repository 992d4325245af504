/**
 * `mcp:` of agentguard.yaml: what the person says of each server and its tools.
 * INVARIANT: a key that is not understood makes the file invalid.
 */

import * as z from 'zod';
import { PERSONAL_KINDS } from './clean-result.ts';
import type { PersonalKind } from './clean-result.ts';

const wordSchema = z.enum(['allow', 'ask', 'deny']);

/** Far more than a server has; each call looks through them. */
const MAX_PATTERNS = 500;

/** A name, or one with `*` for any run of characters. */
const patternsSchema = z
  .record(z.string().min(1).max(300), wordSchema)
  .refine((patterns) => Object.keys(patterns).length <= MAX_PATTERNS, 'too many entries');

/** `60/min`, `500/hour`. */
const rateSchema = z
  .string()
  .regex(/^[1-9]\d{0,6}\/min$/, 'write a number of calls by the minute: `60/min`')
  .transform((text) => Number.parseInt(text, 10));

const serverSchema = z.strictObject({
  /** Tools that no pattern names. */
  default: wordSchema.optional(),
  tools: patternsSchema.optional(),
  resources: patternsSchema.optional(),
  prompts: patternsSchema.optional(),
  /** Only tools that `reads` names may be called. */
  read_only: z.boolean().optional(),
  reads: z.array(z.string().min(1).max(300)).max(MAX_PATTERNS).optional(),
  sampling: wordSchema.optional(),
  elicitation: wordSchema.optional(),
  rate_limit: rateSchema.optional(),
  /** Calls in one session. */
  budget: z.number().int().min(0).max(10_000_000).optional(),
  /** Tools by the role of a token; a role that is not named has none of them. */
  roles: z
    .record(z.string().min(1).max(100), z.array(z.string().min(1).max(300)).max(MAX_PATTERNS))
    .optional(),
  mask: z.array(z.enum(PERSONAL_KINDS)).optional(),
});

/** `mcp:` as written. */
export const mcpSchema = z.strictObject({
  servers: z.record(z.string().regex(/^(?:\*|[a-z][a-z0-9_-]{0,62})$/), serverSchema),
});

export type McpWord = z.infer<typeof wordSchema>;

/** What is said of one server. */
export type McpServerPolicy = z.output<typeof serverSchema>;

/** What is said of all of them. */
export type McpPolicy = z.output<typeof mcpSchema>;

/** Those of every file in force. None makes another milder. */
export type McpPolicies = readonly McpPolicy[];

/** What holds for a server, file by file: its own entry, or that of `*`. */
export function policiesOfServer(
  policies: McpPolicies | undefined,
  server: string,
): readonly McpServerPolicy[] {
  return (policies ?? []).flatMap(({ servers }) => {
    const found = Object.hasOwn(servers, server) ? servers[server] : servers['*'];
    return found === undefined ? [] : [found];
  });
}

/** Personal data that is masked in answers of a server. */
export function masksOfServer(
  policies: McpPolicies | undefined,
  server: string,
): readonly PersonalKind[] {
  return [...new Set(policiesOfServer(policies, server).flatMap(({ mask }) => mask ?? []))];
}

/** Whether the files say that a tool only reads. One that lists what reads and leaves it out says that it does not. */
export function readsOnly(
  policies: McpPolicies | undefined,
  server: string,
  tool: string,
): boolean {
  const lists = policiesOfServer(policies, server).flatMap(({ reads }) =>
    reads === undefined ? [] : [reads],
  );
  return (
    lists.length > 0 && lists.every((list) => list.some((pattern) => matchesPattern(pattern, tool)))
  );
}

/** Whether a server may ask for the client's model at all. */
export function samplingAllowed(policies: McpPolicies | undefined, server: string): boolean {
  const words = policiesOfServer(policies, server).flatMap(({ sampling }) => sampling ?? []);
  return words.length > 0 && !words.includes('deny');
}

/** The strictest of several words; null when there is none. */
export function strictestWord(words: readonly (McpWord | null | undefined)[]): McpWord | null {
  return (['deny', 'ask', 'allow'] as const).find((word) => words.includes(word)) ?? null;
}

/** The strictest word among the patterns that name it; null when none does. */
export function wordFor(
  patterns: Readonly<Record<string, McpWord>> | undefined,
  name: string,
): McpWord | null {
  const words = Object.entries(patterns ?? {}).filter(([pattern]) => matchesPattern(pattern, name));
  return strictestWord(words.map(([, word]) => word));
}

/** Whether a pattern names it. `*` stands for any run of characters, everything else for itself. */
export function matchesPattern(pattern: string, name: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === name;
  if (!name.startsWith(head)) return false;
  const tail = rest.pop() ?? '';
  let at = head.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - tail.length >= at && name.endsWith(tail);
}

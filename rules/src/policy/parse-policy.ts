/**
 * Reads the text of an agentguard.yaml. Pure: text in, policy or a problem with its place out.
 * INVARIANT: a key that is not understood is an error. A rule that is silently skipped would be a hole.
 */

import { hash } from 'node:crypto';
import { LineCounter, isMap, isScalar, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import * as z from 'zod';
import type { HostEntry } from '../egress/host-entry.ts';
import type { Environment } from '../facts/operation.ts';
import { egressSchema } from './egress-schema.ts';

/** A policy file is read by people; this is far more than one will ever be. */
const MAX_POLICY_CHARACTERS = 1024 * 1024;

/** Aliases multiply; a policy has no use for more (guards against exponential expansion). */
const MAX_ALIASES = 100;

const resourceSchema = z.strictObject({
  kind: z.literal('postgres'),
  environment: z.enum(['production', 'staging', 'development', 'unknown']).optional(),
});

const policySchema = z.strictObject({
  version: z.literal(1),
  resources: z.record(z.string(), resourceSchema).optional(),
  egress: egressSchema.optional(),
});

/** What a file says. */
export interface PolicyFile {
  /** SHA-256 of the text, in hexadecimal. */
  readonly revision: string;
  /** Environments that the file gives to resources. */
  readonly environments: Readonly<Record<string, Environment>>;
  /** Hosts that every session may reach. Left out when the file has none. */
  readonly egressHosts?: readonly HostEntry[];
}

/** The place of a problem counts lines and columns from 1. */
export interface PolicyProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type ParsedPolicy =
  | { readonly ok: true; readonly file: PolicyFile }
  | { readonly ok: false; readonly problem: PolicyProblem };

/** Reads a policy file's text. */
export function parsePolicy(text: string): ParsedPolicy {
  if (text.length > MAX_POLICY_CHARACTERS) {
    return problemAt(1, 1, 'the file is larger than 1 MiB');
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true });
  const broken = document.errors[0] ?? document.warnings[0];
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    return problemAt(line, col, firstLine(broken.message));
  }
  const content = toContent(document);
  if (!content.ok) return content;
  const checked = policySchema.safeParse(content.value ?? {});
  if (checked.success) return { ok: true, file: toPolicyFile(text, checked.data) };
  const issue = checked.error.issues[0];
  const path = issue?.path ?? [];
  const offset = offsetOf(
    document,
    path,
    issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined,
  );
  const { line, col } = lines.linePos(offset);
  return problemAt(line, col, toMessage(path, issue));
}

function toContent(
  document: Document,
): { ok: true; value: unknown } | { ok: false; problem: PolicyProblem } {
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown };
  } catch {
    // The library throws only for unresolved or excessive aliases here.
    return {
      ok: false,
      problem: {
        line: 1,
        column: 1,
        message: 'the file uses aliases that do not resolve or are too many',
      },
    };
  }
}

function toPolicyFile(text: string, data: z.infer<typeof policySchema>): PolicyFile {
  const environments: Record<string, Environment> = {};
  for (const [name, resource] of Object.entries(data.resources ?? {})) {
    if (resource.environment !== undefined) environments[name] = resource.environment;
  }
  const file = { revision: hash('sha256', text, 'hex'), environments };
  return data.egress === undefined ? file : { ...file, egressHosts: data.egress.hosts };
}

function problemAt(line: number, column: number, message: string): ParsedPolicy {
  return { ok: false, problem: { line, column, message } };
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');
}

function toMessage(path: readonly PropertyKey[], issue: z.core.$ZodIssue | undefined): string {
  const place = path.length === 0 ? 'the file' : `\`${path.map(String).join('.')}\``;
  if (issue?.code === 'unrecognized_keys') {
    return `${place} has the key \`${issue.keys[0] ?? ''}\`, which this version does not know`;
  }
  return `${place}: ${issue?.message ?? 'is not valid'}`;
}

/** Where in the text the value at a path stands, or the key when one is named. */
function offsetOf(
  document: Document,
  path: readonly PropertyKey[],
  key: string | undefined,
): number {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  if (key !== undefined && isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
    if (pair !== undefined && isScalar(pair.key)) return pair.key.range?.[0] ?? 0;
  }
  if (node !== null && typeof node === 'object' && 'range' in node) {
    const { range } = node as { range?: readonly number[] | null };
    if (range?.[0] !== undefined) return range[0];
  }
  return path.length === 0 ? 0 : offsetOf(document, path.slice(0, -1), undefined);
}

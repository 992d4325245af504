/**
 * Reads the text of an agentguard.yaml. Pure: text in, policy or a problem with its place out.
 * INVARIANT: a key that is not understood is an error. A rule that is silently skipped would be a hole.
 */

import { hash } from 'node:crypto';
import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type * as z from 'zod';
import type { HostEntry } from '../egress/host-entry.ts';
import type { Environment } from '../facts/operation.ts';
import type { McpPolicies } from '../mcp/mcp-policy.ts';
import { didYouMean } from '../roles/nearest-word.ts';
import { resolveRoles } from '../roles/resolve-roles.ts';
import type { RoleScope } from '../roles/role-scope.ts';
import type { SqlParser } from '../sql/parser.ts';
import { problemAt } from './policy-place.ts';
import type { PolicyProblem, PolicyText } from './policy-place.ts';
import { policySchema } from './policy-schema.ts';
import type { WrittenPolicy } from './policy-schema.ts';
import { toResourcePolicy } from './resource-policy.ts';
import type { ResourcePolicy } from './resource-policy.ts';
import { compileRules } from './rules-schema.ts';
import type { PolicyRule } from './rules-schema.ts';
import { wordsAt } from './schema-words.ts';

/** A policy file is read by people; this is far more than one will ever be. */
const MAX_POLICY_CHARACTERS = 1024 * 1024;

/** Aliases multiply; a policy has no use for more (guards against exponential expansion). */
const MAX_ALIASES = 100;

/** What a file says. */
export interface PolicyFile {
  /** SHA-256 of the text, in hexadecimal. */
  readonly revision: string;
  /** Environments that the file gives to resources. */
  readonly environments: Readonly<Record<string, Environment>>;
  /** Roles after inheritance, by name. */
  readonly roles: ReadonlyMap<string, RoleScope>;
  /** What it says of resources, by name. */
  readonly resources: ReadonlyMap<string, ResourcePolicy>;
  /** Rules with their conditions compiled, in the order of the file. */
  readonly rules: readonly PolicyRule[];
  /** Hosts that every session may reach. Left out when the file has none. */
  readonly egressHosts?: readonly HostEntry[];
  /** What it says of MCP servers. Left out when it says nothing. */
  readonly mcp?: McpPolicies;
}

export type ParsedPolicy =
  | { readonly ok: true; readonly file: PolicyFile }
  | { readonly ok: false; readonly problem: PolicyProblem };

/**
 * Reads a policy file's text.
 * @param parser reads the filters of its roles
 */
export function parsePolicy(text: string, parser: SqlParser): ParsedPolicy {
  if (text.length > MAX_POLICY_CHARACTERS) {
    return refuse({ line: 1, column: 1, message: 'the file is larger than 1 MiB' });
  }
  // A key of this name gets lost on the way through the language's own objects, and a mask with it.
  if (text.includes('__proto__')) {
    const message = 'nothing in it can be called `__proto__`';
    return refuse({
      line: text.slice(0, text.indexOf('__proto__')).split('\n').length,
      column: 1,
      message,
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true });
  const broken = document.errors[0] ?? document.warnings[0];
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    return refuse({ line, column: col, message: firstLine(broken.message) });
  }
  const content = toContent(document);
  if (!content.ok) return content;
  const place: PolicyText = { document, lines };
  const checked = policySchema.safeParse(content.value ?? {}, { reportInput: true });
  if (!checked.success) return refuse(toShapeProblem(place, checked.error.issues[0]));
  return toPolicyFile({ text, place, parser }, checked.data);
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

interface Source {
  readonly text: string;
  readonly place: PolicyText;
  readonly parser: SqlParser;
}

function toPolicyFile({ text, place, parser }: Source, data: WrittenPolicy): ParsedPolicy {
  const resolved = resolveRoles(data.roles ?? {}, parser);
  if (!resolved.ok) {
    const { path, message, atKey } = resolved.problem;
    const key = atKey === true ? String(path.at(-1)) : undefined;
    const spot = { path: ['roles', ...(atKey === true ? path.slice(0, -1) : path)], key };
    return refuse(problemAt(place, spot, `\`roles.${path.join('.')}\`: ${message}`));
  }
  const { roles } = resolved;
  const environments: Record<string, Environment> = {};
  const resources = new Map<string, ResourcePolicy>();
  for (const [name, written] of Object.entries(data.resources ?? {})) {
    const unknown = refuseUnknownRole(place, name, { role: written.role, roles });
    if (unknown !== null) return refuse(unknown);
    if (written.environment !== undefined) environments[name] = written.environment;
    resources.set(name, toResourcePolicy(written));
  }
  const compiled = compileRules(data.rules ?? []);
  if (!compiled.ok) {
    const path = ['rules', ...compiled.path];
    const message = `\`${path.join('.')}\`: ${compiled.problem}`;
    return refuse(problemAt(place, { path, offset: compiled.offset ?? undefined }, message));
  }
  const { rules } = compiled;
  const revision = hash('sha256', text, 'hex');
  const file = { revision, environments, roles, resources, rules };
  return {
    ok: true,
    file: {
      ...file,
      ...(data.egress === undefined ? {} : { egressHosts: data.egress.hosts }),
      ...(data.mcp === undefined ? {} : { mcp: [data.mcp] }),
    },
  };
}

function refuseUnknownRole(
  place: PolicyText,
  name: string,
  { role, roles }: { readonly role: string | undefined; readonly roles: PolicyFile['roles'] },
): PolicyProblem | null {
  if (role === undefined || roles.has(role)) return null;
  const message = `\`resources.${name}.role\`: no role is called \`${role}\`${didYouMean(role, roles.keys())}`;
  return problemAt(place, { path: ['resources', name, 'role'] }, message);
}

function refuse(problem: PolicyProblem): ParsedPolicy {
  return { ok: false, problem };
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');
}

/** A problem of the file's shape, with the nearest word that the schema knows there. */
function toShapeProblem(place: PolicyText, issue: z.core.$ZodIssue | undefined): PolicyProblem {
  const path = issue?.path ?? [];
  const where = path.length === 0 ? 'the file' : `\`${path.map(String).join('.')}\``;
  if (issue?.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const message = `${where} has the key \`${key}\`, which this version does not know${didYouMean(key, wordsAt(path).keys)}`;
    return problemAt(place, { path, key }, message);
  }
  if (issue?.code === 'invalid_key') {
    const key = String(path.at(-1));
    const near = didYouMean(key, wordsAt(path.slice(0, -1)).keys);
    const message = `${where}: \`${key}\` cannot stand here${near === '' ? describeKey(issue) : near}`;
    return problemAt(place, { path: path.slice(0, -1), key }, message);
  }
  const written = typeof issue?.input === 'string' ? issue.input : null;
  if (issue?.code === 'invalid_value' && written !== null) {
    const { values } = wordsAt(path);
    const near = didYouMean(written, values);
    const choice = near === '' ? `; write one of ${values.join(', ')}` : near;
    return problemAt(place, { path }, `${where}: \`${written}\` is not known here${choice}`);
  }
  return problemAt(place, { path }, `${where}: ${issue?.message ?? 'is not valid'}`);
}

function describeKey(issue: z.core.$ZodIssueInvalidKey): string {
  const why = issue.issues[0]?.message;
  return why === undefined ? '' : `: ${why}`;
}

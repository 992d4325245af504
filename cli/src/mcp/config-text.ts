/**
 * MCP servers in the configuration of clients: found, and put behind the guard. Pure: text in, text out. Everything that
 * is not part of a changed entry stays as it is, comments included.
 */

import { applyEdits, modify, parse } from 'jsonc-parser';
import type { JSONPath, ParseError } from 'jsonc-parser';
import { parse as parseToml } from 'smol-toml';
import { parseReference } from '../project/reference.ts';

/** How a client keeps its servers. */
export type ConfigForm =
  /** `mcpServers` or `servers`: command and args apart. */
  | { readonly kind: 'json'; readonly at: JSONPath }
  /** opencode: one list with the command in front, `environment`. */
  | { readonly kind: 'opencode'; readonly at: JSONPath }
  /** Codex: `[mcp_servers.NAME]`. */
  | { readonly kind: 'codex' };

/** A server that a client starts over standard streams. */
export interface ConfiguredServer {
  readonly name: string;
  readonly argv: readonly string[];
  /** Variables that are no secret. */
  readonly env: Readonly<Record<string, string>>;
  /** Variable to name in the vault, where `agentguard init` left a reference. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Already behind the guard. */
  readonly wrapped: boolean;
}

/** What a file becomes. */
export type RewrittenConfig =
  | { readonly ok: true; readonly text: string; readonly servers: readonly ConfiguredServer[] }
  | { readonly ok: false; readonly why: string };

/**
 * Puts every server of a file behind the guard that is not yet.
 * @param wrapper the command that stands in front of a server's own, absolute
 */
export function wrapServers(
  text: string,
  form: ConfigForm,
  wrapper: readonly string[],
): RewrittenConfig {
  try {
    return form.kind === 'codex' ? wrapToml(text, wrapper) : wrapJson(text, form, wrapper);
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : 'it cannot be read' };
  }
}

function wrapJson(
  before: string,
  form: Extract<ConfigForm, { at: JSONPath }>,
  wrapper: readonly string[],
): RewrittenConfig {
  const problems: ParseError[] = [];
  const root: unknown = parse(before, problems, { allowTrailingComma: true });
  if (problems.length > 0) return { ok: false, why: 'it is no JSON' };
  const entries = Object.entries(
    toRecord(form.at.reduce<unknown>((at, key) => toRecord(at)[key], root)),
  );
  let text = before;
  const servers: ConfiguredServer[] = [];
  for (const [name, entry] of entries) {
    const server = readEntry(name, toRecord(entry), form.kind);
    if (server === null) continue;
    servers.push(server);
    if (server.wrapped) continue;
    for (const [path, value] of changesOf(server, toRecord(entry), { form, wrapper })) {
      text = applyEdits(text, modify(text, path, value, { formattingOptions: formattingOf(text) }));
    }
  }
  return { ok: true, text, servers };
}

function changesOf(
  { name, argv, env, secrets }: ConfiguredServer,
  entry: Readonly<Record<string, unknown>>,
  { form, wrapper }: { form: Extract<ConfigForm, { at: JSONPath }>; wrapper: readonly string[] },
): readonly (readonly [JSONPath, unknown])[] {
  const at = [...form.at, name];
  const [command, ...rest] = [...wrapper, ...argv];
  const field = form.kind === 'opencode' ? 'environment' : 'env';
  // What is a secret goes with the server that gets it from the vault; the client has no use of the reference.
  const kept = Object.keys(env).length === 0 ? undefined : env;
  const freed: (readonly [JSONPath, unknown])[] =
    Object.keys(secrets).length > 0 && entry[field] !== undefined ? [[[...at, field], kept]] : [];
  return form.kind === 'opencode'
    ? [
        [
          [...at, 'command'],
          [command, ...rest],
        ],
        ...freed,
      ]
    : [[[...at, 'command'], command], [[...at, 'args'], rest], ...freed];
}

/** A server over standard streams; null for one that is reached otherwise, and for what is no server. */
function readEntry(
  name: string,
  entry: Readonly<Record<string, unknown>>,
  kind: 'json' | 'opencode' | 'codex',
): ConfiguredServer | null {
  const list = kind === 'opencode' ? toTexts(entry['command']) : null;
  const command = entry['command'];
  const args = entry['args'] === undefined ? [] : toTexts(entry['args']);
  const argv = list ?? (typeof command === 'string' && args !== null ? [command, ...args] : null);
  if (argv === null || argv.length === 0) return null;
  const values = Object.entries(toRecord(entry[kind === 'opencode' ? 'environment' : 'env']));
  const env: Record<string, string> = {};
  const secrets: Record<string, string> = {};
  for (const [variable, value] of values) {
    if (typeof value !== 'string') continue;
    const reference = parseReference(value);
    if (reference?.kind === 'secret') secrets[variable] = reference.name;
    else env[variable] = value;
  }
  return { name, argv, env, secrets, wrapped: isWrapped(argv) };
}

/** `... mcp wrap -- CMD`, and our own server for databases. */
function isWrapped(argv: readonly string[]): boolean {
  const at = argv.indexOf('mcp');
  return (
    at >= 1 &&
    at <= 2 &&
    /agentguard/.test(argv[at - 1] ?? '') &&
    ['wrap', 'database'].includes(argv[at + 1] ?? '')
  );
}

/** A basic string on one line, and a list of such strings: all that is written by hand there. */
const TOML_COMMAND = /^(\s*command\s*=\s*)("(?:[^"\\\n]|\\.)*"|'[^'\n]*')/m;
const TOML_ARGS = /^(\s*args\s*=\s*)\[[^\]]*\]/m;

function wrapToml(before: string, wrapper: readonly string[]): RewrittenConfig {
  const entries = Object.entries(toRecord(toRecord(parseToml(before))['mcp_servers']));
  const servers: ConfiguredServer[] = [];
  let text = before;
  for (const [name, entry] of entries) {
    const server = readEntry(name, toRecord(entry), 'codex');
    if (server === null) continue;
    servers.push(server);
    if (!server.wrapped) text = wrapSection(text, server, wrapper);
  }
  for (const { name, argv, wrapped } of servers) {
    // The text was changed by its look, so what it says now is read again.
    const written = toRecord(toRecord(toRecord(parseToml(text))['mcp_servers'])[name]);
    const wanted = wrapped ? argv : [...wrapper, ...argv];
    const said = [written['command'], ...(toTexts(written['args']) ?? [])];
    if (JSON.stringify(said) !== JSON.stringify(wanted)) {
      return {
        ok: false,
        why: `\`mcp_servers.${name}\` is not written in a way that can be changed`,
      };
    }
  }
  return { ok: true, text, servers };
}

function wrapSection(
  text: string,
  { name, argv }: ConfiguredServer,
  wrapper: readonly string[],
): string {
  const header = new RegExp(
    `^\\s*\\[mcp_servers\\.(?:"${escapeText(name)}"|${escapeText(name)})\\]\\s*(?:#.*)?$`,
    'm',
  ).exec(text);
  if (header === null) return text;
  const start = header.index + header[0].length;
  const next = /^\s*\[/m.exec(text.slice(start));
  const end = next === null ? text.length : start + next.index;
  const [command = '', ...rest] = [...wrapper, ...argv];
  const list = `[${rest.map((word) => JSON.stringify(word)).join(', ')}]`;
  const section = text.slice(start, end);
  const commanded = section.replace(
    TOML_COMMAND,
    (_, before: string) => before + JSON.stringify(command),
  );
  const changed = TOML_ARGS.test(commanded)
    ? commanded.replace(TOML_ARGS, (_, before: string) => before + list)
    : commanded.replace(TOML_COMMAND, (whole) => `${whole}\nargs = ${list}`);
  return text.slice(0, start) + changed + text.slice(end);
}

function escapeText(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function formattingOf(text: string): { insertSpaces: boolean; tabSize: number; eol: string } {
  return {
    insertSpaces: !/^\t/m.test(text),
    tabSize: 2,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function toTexts(value: unknown): readonly string[] | null {
  if (!Array.isArray(value)) return null;
  const texts = value.filter((one): one is string => typeof one === 'string');
  return texts.length === value.length ? texts : null;
}

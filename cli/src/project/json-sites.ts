/**
 * Secrets in the JSON settings of agents and their MCP servers: `env`, `headers`, arguments and addresses, wherever they
 * stand. Comments and trailing commas are read; nothing is ever formatted anew.
 */

import { looksSecret } from '@agentguard/rules/detect/looks-secret';
import { findNodeAtLocation, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { JSONPath, Node, ParseError } from 'jsonc-parser';
import type { ProjectFile } from './read-project-file.ts';
import { SecretText } from './secret-text.ts';
import type { Findings, LeftAlone, Site } from './site.ts';

/** Settings whose values are named by their own key. */
const NAMED_VALUES = new Set(['env', 'environment', 'headers', 'http_headers', 'requestInit']);

/** Settings whose values have no name of their own. */
const UNNAMED_VALUES = new Set(['args', 'command', 'url', 'httpUrl', 'serverUrl', 'uri']);

const AUTHORIZATION_WORD = /^(?:Bearer|Basic|Token) +/i;

/** The option that stands before a value among arguments: `--api-key`. */
const OPTION = /^--?([A-Za-z][\w-]*)$/;
const OPTION_WITH_VALUE = /^--?([A-Za-z][\w-]*)=(.+)$/s;

/** What to look at in a file. */
export interface JsonScope {
  /** Where in the document to begin; the whole of it by default. */
  readonly path: JSONPath;
  /** See `Site.takesVariables`. */
  readonly takesVariables: boolean;
}

interface Context {
  readonly file: ProjectFile;
  readonly text: string;
  readonly scope: JsonScope;
  readonly sites: Site[];
  readonly left: LeftAlone[];
}

/** The secrets of a file. */
export function findJsonSites(file: ProjectFile, scope: JsonScope): Findings {
  const text = file.content.unsafeReveal();
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined || root === undefined) {
    const what = error === undefined ? 'it is empty' : printParseErrorCode(error.error);
    const line = lineOf(text, error?.offset ?? 0);
    return { sites: [], left: text.trim() === '' ? [] : [unreadable(file, line, what)] };
  }
  const context: Context = { file, text, scope, sites: [], left: [] };
  const start = scope.path.length === 0 ? root : findNodeAtLocation(root, scope.path);
  if (start !== undefined) visit(start, context);
  return { sites: context.sites, left: context.left };
}

function unreadable(file: ProjectFile, line: number, what: string): LeftAlone {
  return { path: file.shown, line, name: null, why: `it is not valid JSON (${what})` };
}

function visit(node: Node, context: Context): void {
  if (node.type === 'array') for (const child of node.children ?? []) visit(child, context);
  if (node.type !== 'object') return;
  for (const property of node.children ?? []) {
    const [key, value] = property.children ?? [];
    if (key === undefined || value === undefined) continue;
    const name = String(key.value);
    if (NAMED_VALUES.has(name)) visitNamed(value, context);
    else if (UNNAMED_VALUES.has(name)) visitUnnamed(name, value, context);
    else visit(value, context);
  }
}

function visitNamed(node: Node, context: Context): void {
  for (const property of node.type === 'object' ? (node.children ?? []) : []) {
    const [key, value] = property.children ?? [];
    if (key === undefined || value === undefined) continue;
    if (value.type === 'string') judge(String(key.value), value, context);
    else visitNamed(value, context);
  }
}

/** Arguments are judged by the option before them: `"--token", "x"` and `"--token=x"`. */
function visitUnnamed(name: string, node: Node, context: Context): void {
  if (node.type === 'string') judge(name, node, context);
  if (node.type !== 'array') return;
  let option = name;
  for (const child of node.children ?? []) {
    if (child.type !== 'string') continue;
    const argument = String(child.value);
    const [, inside, value] = OPTION_WITH_VALUE.exec(argument) ?? [];
    if (inside !== undefined && value !== undefined) {
      judge(inside, child, context, argument.length - value.length);
    } else {
      judge(option, child, context);
    }
    option = OPTION.exec(argument)?.[1] ?? name;
  }
}

/** @param skip characters at the beginning of the string that are no part of the value */
function judge(name: string, node: Node, context: Context, skip = 0): void {
  const { file, text, scope } = context;
  const whole = String(node.value).slice(skip);
  const word = AUTHORIZATION_WORD.exec(whole)?.[0] ?? '';
  const value = whole.slice(word.length);
  const judgement = looksSecret(name, value);
  if (judgement.kind === 'nothing') return;
  const line = lineOf(text, node.offset);
  const raw = text.slice(node.offset + 1, node.offset + node.length - 1);
  const before = skip + word.length;
  // With escapes in it the string is longer than what it means, and nobody could say where the value begins.
  if (before > 0 && raw !== String(node.value)) {
    context.left.push({ path: file.shown, line, name, why: 'it is written with escapes' });
    return;
  }
  const start = node.offset + 1 + before;
  const end = node.offset + node.length - 1;
  const { takesVariables } = scope;
  context.sites.push({
    ...{ file, format: 'json', name, line, start, end, judgement, takesVariables },
    value: new SecretText(value),
    commented: false,
  });
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\r|\n/).length;
}

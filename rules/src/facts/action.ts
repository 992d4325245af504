/**
 * What every action has, whatever its protocol: parts with effects, a class, and text that must not be shown.
 * A new protocol joins here and nowhere else in deciding and recording.
 */

import type { Effect } from './effect.ts';
import type { EgressFacts } from './egress-facts.ts';
import type { HttpFacts, HttpOperation } from './http-facts.ts';
import type { McpFacts } from './mcp-facts.ts';
import type { ActionFacts } from './operation.ts';
import { classOfFacts, mayChangeSomething, strongestClass } from './sql-facts.ts';
import type { SqlClass, TextSpan } from './sql-facts.ts';
import type { ToolFacts } from './tool-facts.ts';

/** Effects by part, in order: one part for each statement of SQL, one for a connection or an operation of an API. */
export function effectsOfParts(action: ActionFacts): readonly (readonly Effect[])[] {
  switch (action.protocol) {
    case 'postgres':
      return action.sql.statements.map((statement) => statement.effects);
    case 'egress':
      return [[toConnectEffect(action.egress)]];
    case 'http':
      return action.http.operations.map((operation) => toHttpEffects(action.http, operation));
    case 'tool':
      return [toToolEffects(action.tool)];
    case 'mcp':
      return [[toMcpEffect(action.mcp)], ...sqlEffects(action.mcp)];
  }
}

/** All effects, in order. */
export function effectsOfAction(action: ActionFacts): readonly Effect[] {
  return effectsOfParts(action).flat();
}

/** What each part is called: `SELECT`, `CONNECT`. */
export function commandsOfAction(action: ActionFacts): readonly string[] {
  switch (action.protocol) {
    case 'postgres':
      return action.sql.statements.map((statement) => statement.command);
    case 'egress':
      return ['CONNECT'];
    case 'http':
      return action.http.operations.map(({ name }) => name);
    case 'tool':
      return [action.tool.tool, ...action.tool.programs];
    case 'mcp':
      return [
        `${action.mcp.work} ${action.mcp.name}`,
        ...(action.mcp.sql?.statements ?? []).map((one) => one.command),
      ];
  }
}

/** The strongest thing that the action does. */
export function classOfAction(action: ActionFacts): SqlClass {
  switch (action.protocol) {
    case 'postgres':
      return classOfFacts(action.sql);
    case 'egress':
      return 'connect';
    case 'http':
      return strongestClass(effectsOfAction(action));
    case 'tool':
      return classOfTool(action.tool);
    case 'mcp':
      return classOfMcp(action.mcp);
  }
}

/** Ranges of its text that hold a secret. */
export function secretsOfAction(action: ActionFacts): readonly TextSpan[] {
  switch (action.protocol) {
    case 'postgres':
      return action.sql.secretSpans;
    case 'egress':
      return [];
    case 'http':
      return action.http.secretSpans;
    case 'tool':
      return action.tool.secretSpans;
    case 'mcp':
      return action.mcp.secretSpans;
  }
}

/**
 * Whether its intent has to be synced to disk first. A connection changes nothing by itself, and what flows through
 * it is not seen either way: its intent has to survive the daemon, not the machine's power.
 */
export function mustBeSynced(action: ActionFacts): boolean {
  switch (action.protocol) {
    case 'postgres':
      return mayChangeSomething(action.sql);
    case 'egress':
      return false;
    case 'http':
      return strongestClass(effectsOfAction(action)) !== 'read';
    case 'tool':
      // Ordinary work of an agent is too much for the disk; what has a finding is asked about and synced for that.
      return action.tool.findings.length > 0;
    case 'mcp':
      return mayAct(action.mcp);
  }
}

/** Nothing that was found says nothing of what a script does, so a tool's class is never `read`. */
function classOfTool({ findings }: ToolFacts): SqlClass {
  if (findings.some(({ deed }) => deed === 'unclear')) return 'unknown';
  return findings.length > 0 ? 'outside' : 'session';
}

function toToolEffects({ findings, cover }: ToolFacts): readonly Effect[] {
  const behind = cover === undefined ? {} : { cover };
  return findings.map((finding) => ({ kind: 'tool', ...finding, ...behind }));
}

/** SECURITY(P-02): what cannot be told is an `unknown` effect, as for every other protocol. */
function toHttpEffects(facts: HttpFacts, operation: HttpOperation): readonly Effect[] {
  const { kind, severity, target, does, name, via, sql } = operation;
  const carried = (sql ?? []).map((effect) => ({ ...effect, via: [...via, ...effect.via] }));
  if (kind === 'unknown') return [{ kind, reason: does, via }, ...carried];
  const provider = facts.provider ?? facts.host;
  const itself: Effect = {
    ...{ kind: 'http', deed: kind, severity, provider, operation: name, target, what: does, via },
  };
  return [itself, ...carried];
}

/** Nobody knows what a tool does, so a call is never less than work outside. */
function classOfMcp({ work, sql }: McpFacts): SqlClass {
  if (sql !== null && classOfFacts(sql) === 'unknown') return 'unknown';
  return mayActWork(work) ? 'outside' : 'read';
}

function mayAct({ work, reads, sql }: McpFacts): boolean {
  if (sql !== null && mayChangeSomething(sql)) return true;
  return mayActWork(work) && !reads;
}

function mayActWork(work: McpFacts['work']): boolean {
  return work === 'call' || work === 'task' || work === 'other';
}

function sqlEffects({ sql }: McpFacts): readonly (readonly Effect[])[] {
  return sql === null ? [] : sql.statements.map(({ effects }) => effects);
}

function toMcpEffect({ work, server, name, standing }: McpFacts): Effect {
  return { kind: 'mcp', work, server, name, standing, via: [] };
}

function toConnectEffect(egress: EgressFacts): Effect {
  const { host, port, standing, note, addresses } = egress;
  return { kind: 'connect', target: `${host}:${port}`, standing, note, addresses, via: [] };
}

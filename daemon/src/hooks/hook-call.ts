/**
 * An agent's hook event, as that agent sends it, to one shape. Every boundary value is checked; fields that are not
 * needed are not looked at, since agents add some with every version.
 */

import * as z from 'zod';
import type { HOOK_AGENTS } from '../control/contract/messages/hooks.ts';

/** Agents whose hooks we speak. */
export type HookAgent = (typeof HOOK_AGENTS)[number];

/** When the hook was called. `other`: nothing is about to happen. */
export type HookMoment = 'before' | 'after' | 'other';

/** One call of a hook. */
export interface HookCall {
  readonly agent: HookAgent;
  readonly moment: HookMoment;
  /** The event by the agent's own name; answers quote it. */
  readonly event: string;
  /** As the agent calls it; empty when the event is about none. */
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly cwd: string | null;
  /** The agent's own id of this call of the tool; the same before and after. */
  readonly toolUse: string | null;
  readonly failed: boolean;
}

export type ReadCall =
  { readonly ok: true; readonly call: HookCall } | { readonly ok: false; readonly problem: string };

const textSchema = z.string().max(4096);

const eventSchema = z.looseObject({
  hook_event_name: textSchema.optional(),
  hookEventName: textSchema.optional(),
  tool_name: textSchema.optional(),
  tool_input: z.unknown().optional(),
  tool_use_id: textSchema.nullish(),
  cwd: textSchema.nullish(),
  workspace_roots: z.array(textSchema).optional(),
  command: z.string().optional(),
  file_path: textSchema.optional(),
});

const BEFORE = new Set([
  ...['PreToolUse', 'BeforeTool', 'preToolUse', 'beforeShellExecution', 'beforeMCPExecution'],
  ...['beforeReadFile', 'tool.execute.before', 'PermissionRequest'],
]);
const FAILED = new Set(['PostToolUseFailure', 'postToolUseFailure']);
const AFTER = new Set([
  ...['PostToolUse', 'AfterTool', 'postToolUse', 'afterShellExecution', 'afterMCPExecution'],
  ...['tool.execute.after', ...FAILED],
]);

/** Reads one event. */
export function readHookCall(agent: HookAgent, body: unknown): ReadCall {
  const parsed = eventSchema.safeParse(body);
  if (!parsed.success) return { ok: false, problem: 'the event does not have the shape it should' };
  const event = parsed.data.hook_event_name ?? parsed.data.hookEventName ?? '';
  const input = readInput(parsed.data.tool_input);
  if (input === null) return { ok: false, problem: 'the input of the tool cannot be read' };
  const moment = toMoment(event);
  const { command, file_path: path } = parsed.data;
  const tool = parsed.data.tool_name ?? toolOfEvent(event);
  if (moment === 'before' && tool === '') return { ok: false, problem: 'the event names no tool' };
  return {
    ok: true,
    call: {
      agent,
      event,
      moment,
      tool,
      input: {
        ...input,
        ...(command === undefined ? {} : { command }),
        ...(path === undefined ? {} : { file_path: path }),
      },
      cwd: parsed.data.cwd ?? parsed.data.workspace_roots?.[0] ?? null,
      toolUse: parsed.data.tool_use_id ?? null,
      failed: FAILED.has(event),
    },
  };
}

function toMoment(event: string): HookMoment {
  if (BEFORE.has(event)) return 'before';
  return AFTER.has(event) ? 'after' : 'other';
}

/** Cursor has events of their own for some tools, and says no name with them. */
function toolOfEvent(event: string): string {
  switch (event) {
    case 'beforeShellExecution':
      return 'Shell';
    case 'beforeReadFile':
      return 'Read';
    default:
      return '';
  }
}

/** Cursor sends the input of MCP tools as a text of JSON. */
function readInput(input: unknown): Readonly<Record<string, unknown>> | null {
  if (input === undefined || input === null) return {};
  if (typeof input === 'string') {
    try {
      return readInput(JSON.parse(input));
    } catch {
      // A tool may take plain text; nothing of it is looked at.
      return {};
    }
  }
  const parsed = z.record(z.string(), z.unknown()).safeParse(input);
  return parsed.success ? parsed.data : null;
}

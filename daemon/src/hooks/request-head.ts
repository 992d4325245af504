/** The head of a request to the hook listener: which agent, in which form, with which token. Pure. */

import { HOOK_AGENTS } from '../control/contract/messages/hooks.ts';
import type { HookAgent } from './hook-call.ts';

/** How the answer is wanted: as the agent takes it over HTTP, or for a program that prints it. */
export type AnswerForm = 'http' | 'command';

export type ReadHead =
  | {
      readonly ok: true;
      readonly agent: HookAgent;
      readonly form: AnswerForm;
      readonly token: string;
    }
  | { readonly ok: false; readonly status: 400 | 401 | 403 | 404 | 405; readonly problem: string };

/** What is looked at. Names in lower case. */
export interface HookRequestHead {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** What only a page sends: none has any business here. `sec-fetch-mode` is sent by programs too. */
const OF_A_BROWSER = ['origin', 'referer', 'sec-fetch-site', 'cookie'];

/**
 * Reads a head.
 * @param port the listener's own, which the host must name: a name that was made to lead here names another
 */
export function readHead({ method, target, headers }: HookRequestHead, port: number): ReadHead {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!hosts.includes(textOf(headers['host'])))
    return refuse(403, 'the host is not that of the guard');
  if (OF_A_BROWSER.some((name) => headers[name] !== undefined)) {
    return refuse(403, 'the request comes from a browser');
  }
  const path = /^\/(hook|command)\/([a-z]+)$/.exec(target);
  const agent = HOOK_AGENTS.find((name) => name === path?.[2]);
  if (agent === undefined) return refuse(404, 'there is no such hook');
  if (method !== 'POST') return refuse(405, 'a hook is sent by POST');
  const token = /^Bearer ([\w.-]{1,1000})$/.exec(textOf(headers['authorization']))?.[1];
  if (token === undefined) return refuse(401, NO_SESSION);
  return { ok: true, agent, form: path?.[1] === 'hook' ? 'http' : 'command', token };
}

/** Said to an agent that was started without the guard although its hooks are installed. */
export const NO_SESSION =
  'this agent runs outside of the guard; start it with: agentguard run -- COMMAND';

function refuse(status: 400 | 401 | 403 | 404 | 405, problem: string): ReadHead {
  return { ok: false, status, problem };
}

function textOf(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}

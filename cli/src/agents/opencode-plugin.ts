/** The plugin of opencode: a small module that asks the daemon before each tool and throws when the answer is no. Pure. */

import { HOOK_TOKEN, HOOK_URL } from '../launch/hook-environment.ts';

/** The text of the plugin. It holds no address and no secret: both stand in the environment of a guarded run. */
export function opencodePlugin(): string {
  return `// Written by agentguard. Removed by: agentguard agent uninstall opencode
const ask = async (event, tool, call, args) => {
  const url = process.env.${HOOK_URL};
  const token = process.env.${HOOK_TOKEN};
  if (!url || !token) {
    throw new Error('blocked: this agent runs outside of the guard; start it with: agentguard run -- opencode');
  }
  const response = await fetch(url + '/hook/opencode', {
    method: 'POST',
    headers: { authorization: 'Bearer ' + token },
    body: JSON.stringify({
      hook_event_name: event,
      tool_name: tool,
      tool_input: args ?? {},
      tool_use_id: call,
      cwd: process.cwd(),
    }),
  });
  const answer = response.ok ? await response.json() : null;
  if (answer?.decision !== 'allow') {
    throw new Error(answer?.reason ?? 'blocked: the guard did not answer');
  }
};

export const Agentguard = async () => ({
  'tool.execute.before': (input, output) =>
    ask('tool.execute.before', input.tool, input.callID, output.args),
  'tool.execute.after': async (input) => {
    // A report decides nothing: one that does not arrive leaves the outcome unknown on the record.
    await ask('tool.execute.after', input.tool, input.callID, {}).catch(() => undefined);
  },
});
`;
}

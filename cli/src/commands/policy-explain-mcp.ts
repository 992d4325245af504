/** `agentguard policy explain --mcp`: what would become of a call of a tool that nobody sent. */

import { connectStarting } from '../connect.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { printAnswer, printJson } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';

/** What was typed. */
export interface PolicyExplainMcpOptions {
  /** `SERVER/TOOL`. */
  readonly call: string;
  /** JSON text. */
  readonly args: string;
  readonly role: string | null;
  readonly json: boolean;
}

/** Explains one call. Nothing is recorded, counted or asked. */
export async function policyExplainMcp(options: PolicyExplainMcpOptions): Promise<number> {
  const at = options.call.indexOf('/');
  if (at < 1) throw new UsageError('name a server and a tool: SERVER/TOOL', 'agentguard mcp list');
  const [server, tool] = [options.call.slice(0, at), options.call.slice(at + 1)];
  const client = await connectStarting();
  const { args, role } = options;
  const workspace = process.cwd();
  const judged = await client.call('mcp.judge', { server, tool, args, role, workspace });
  if (options.json) {
    printJson({ server, tool, ...judged });
    return EXIT.done;
  }
  printAnswer(`${judged.verdict}: ${makeVisible(judged.reason).text}`);
  for (const { rule, verdict, reason } of judged.rules) {
    printAnswer(makeVisible(`  ${verdict.padEnd(5)} ${rule}: ${reason}`).text);
  }
  for (const effect of judged.effects) printAnswer(makeVisible(`  would ${effect}`).text);
  return EXIT.done;
}

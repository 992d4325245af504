/**
 * The hosts without which a known agent does not run: where its model answers and where it signs in.
 * Telemetry, updates, plugins and package sources are not here: whoever wants them lists them.
 *
 * Sources, read in November 2026: the network pages of the vendors (Claude Code "Network configuration", ChatGPT
 * "Network recommendations"), the public issues on hosts that firewalls must open (google-gemini/gemini-cli 4552,
 * anomalyco/opencode 8814), and the sign-in addresses in the open sources of Codex, Gemini CLI and opencode.
 */

import type { HostEntry } from '@agentguard/rules';

/** By the name of the command that starts the agent. opencode has no model of its own: its provider's host is listed by the user. */
const AGENT_HOSTS: Readonly<Record<string, readonly string[]>> = {
  claude: ['api.anthropic.com', 'claude.ai', 'platform.claude.com', 'console.anthropic.com'],
  codex: ['api.openai.com', 'auth.openai.com', 'chatgpt.com'],
  gemini: [
    'generativelanguage.googleapis.com',
    'cloudcode-pa.googleapis.com',
    'oauth2.googleapis.com',
    'accounts.google.com',
  ],
  opencode: ['opencode.ai', 'models.dev'],
};

/** Hosts that a session of this agent may reach without being listed by anybody; none for an agent that is not known. */
export function hostsOfAgent(agent: string): readonly HostEntry[] {
  const names = Object.hasOwn(AGENT_HOSTS, agent) ? AGENT_HOSTS[agent] : undefined;
  return (names ?? []).map((text) => ({
    host: { kind: 'name', text },
    subdomains: false,
    port: 443,
    transport: 'tls',
    private: false,
  }));
}

/** `--sandbox`: whether this command gets one, and what the person is told about it. */

import { PlatformError } from '@agentguard/daemon/control';

/** What was asked for. */
export type SandboxMode = 'auto' | 'require' | 'off';

/** What this machine and this folder offer. */
export type Offer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'none'; readonly why: string; readonly help: string };

/** What is done, with the line that says which guarantee the session has. */
export interface Choice {
  readonly sandboxed: boolean;
  readonly line: string;
}

/**
 * SECURITY(P-54): decides. Only what can be found out beforehand leads to going without; a sandbox that then fails ends the run.
 * @throws PlatformError when one is required and there is none
 */
export function chooseSandbox(mode: SandboxMode, offer: Offer): Choice {
  if (mode === 'off') {
    return {
      sandboxed: false,
      line: 'no sandbox: what this account can read or reach, the command can too',
    };
  }
  if (offer.kind === 'ready') {
    return {
      sandboxed: true,
      line: 'sandbox: no way out but the guard, credentials hidden, changes to this workspace only',
    };
  }
  if (mode === 'require') {
    throw new PlatformError('PLATFORM_UNSUPPORTED', `no sandbox: ${offer.why}`, {
      audience: 'user',
      help: offer.help,
    });
  }
  return {
    sandboxed: false,
    line: `no sandbox (${offer.why}): what this account can read or reach, the command can too`,
  };
}

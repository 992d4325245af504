/** Keeps a session alive while its command runs: the daemon ends it when this stream ends, however we die. */

import type { ControlClient } from '@agentguard/daemon/control';
import { printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';

/** A session that lives while it is held. */
export interface Hold {
  /** Lets go without a word; the command has ended. */
  release(): void;
}

/**
 * Opens the stream, and returns once the daemon holds the session.
 * @throws ControlError when it cannot be held
 */
export async function holdSession(client: ControlClient, session: string): Promise<Hold> {
  const stop = new AbortController();
  const events = client.subscribe('session.hold', { session }, { signal: stop.signal });
  await events.next();
  const watching = watchEnd(events, stop.signal);
  return {
    release: () => {
      stop.abort();
      void watching;
    },
  };
}

/** Says why a session ended under a running command. The command itself goes on; what it asks for is refused. */
async function watchEnd(
  events: ReturnType<ControlClient['subscribe']>,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const event of events) {
      if (signal.aborted || !('kind' in event) || event.kind !== 'ended') continue;
      const reason = makeVisible(event.reason).text;
      printNote(`agentguard: the session has ended (${reason}); its databases are out of reach`);
    }
  } catch {
    if (signal.aborted) return;
    printNote('agentguard: the daemon is gone; the databases are out of reach until the next run');
  }
}

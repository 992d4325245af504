/** Keeps a session alive while its command runs: the daemon ends it when this stream ends, however we die. */

import type { ControlClient, StreamEvent } from '@agentguard/daemon/control';
import { printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';

type HoldEvents = AsyncIterable<StreamEvent<'session.hold'>>;

/** A session that lives while it is held. */
export interface Hold {
  /** Lets go without a word; the command has ended. */
  release(): void;
}

/**
 * Opens the stream, and returns once the daemon holds the session.
 * @param save makes a save point before a step of the agent, and gives its id if it holds every file
 * @throws ControlError when it cannot be held
 */
export async function holdSession(
  client: ControlClient,
  session: string,
  save: (step: string) => Promise<string | null>,
): Promise<Hold> {
  const stop = new AbortController();
  const events = client.subscribe('session.hold', { session }, { signal: stop.signal });
  await events.next();
  const answer = async (id: string, step: string): Promise<void> => {
    const savePoint = await save(step);
    await client.call('session.saved', { session, id, savePoint });
  };
  const watching = watch(events, answer, stop.signal);
  return {
    release: () => {
      stop.abort();
      void watching;
    },
  };
}

/**
 * Saves what it is told to, and says why a session ended under a running command. The command itself goes on then; what it
 * asks for is refused.
 */
async function watch(
  events: HoldEvents,
  answer: (id: string, step: string) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const event of events) {
      if (signal.aborted) continue;
      if (event.kind === 'save') {
        // Nobody else has to wait for it; without an answer the daemon asks the person instead.
        void answer(event.id, event.step).catch(() => undefined);
      }
      if (event.kind !== 'ended') continue;
      const reason = makeVisible(event.reason).text;
      printNote(`agentguard: the session has ended (${reason}); its databases are out of reach`);
    }
  } catch {
    if (signal.aborted) return;
    printNote('agentguard: the daemon is gone; the databases are out of reach until the next run');
  }
}

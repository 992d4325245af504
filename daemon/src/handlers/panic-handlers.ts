/** The emergency stop over the control socket. It works before it is recorded: a full disk must not keep anybody from it. */

import type { CallHandlers } from '../control/server/handlers.ts';
import type { CallResult } from '../control/contract/methods.ts';
import { toTime } from '../enforcement/to-entries.ts';
import type { Panic, PanicSwitch } from '../panic/panic-switch.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import { personOf } from './person.ts';
import type { RecordEvent } from './record-event.ts';

/** What the handlers are built from. */
export interface PanicParts {
  readonly panicSwitch: PanicSwitch;
  readonly sessions: SessionStore<unknown>;
  readonly recordEvent: RecordEvent;
  readonly now: () => number;
}

/** Handlers of the calls. */
export function makePanicCalls(parts: PanicParts): Pick<CallHandlers, 'panic' | 'resume'> {
  const { panicSwitch, sessions, recordEvent, now } = parts;
  return {
    panic: async (_params, context) => {
      const panic = { since: now(), by: personOf(context) };
      const running = sessions.list().length;
      try {
        panicSwitch.press(panic);
      } finally {
        sessions.endAll('revoked');
      }
      await recordEvent('panic', { by: panic.by, sessions: running });
      return { sessions: running, panic: toMessage(panic) };
    },
    resume: async (_params, context) => {
      if (panicSwitch.panic === null) return { resumed: false };
      // On the record first: work must not begin again without a trace of who said so.
      await recordEvent('resumed', { by: personOf(context) });
      return { resumed: panicSwitch.release() };
    },
  };
}

/** A stop as it crosses the socket; null while work goes on. */
export function toPanicMessage(panic: Panic | null): CallResult<'status'>['panic'] {
  return panic === null ? null : toMessage(panic);
}

function toMessage({ since, by }: Panic): CallResult<'panic'>['panic'] {
  return { since: since === 0 ? null : toTime(since), by };
}

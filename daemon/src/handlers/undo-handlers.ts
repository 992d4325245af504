/** Bringing back rows over the control socket: a person's right, and on the record before and after. */

import type { CallHandlers } from '../control/server/handlers.ts';
import { toTime } from '../enforcement/to-entries.ts';
import { restore } from '../undo/restore.ts';
import type { OpenUndoSession } from '../undo/session.ts';
import type { UndoStore } from '../undo/undo-store.ts';
import { personOf } from './person.ts';
import type { RecordEvent } from './record-event.ts';

interface UndoParts {
  readonly store: UndoStore;
  readonly open: OpenUndoSession;
  readonly recordEvent: RecordEvent;
}

/** Handlers of the calls. */
export function makeUndoCalls(parts: UndoParts): Pick<CallHandlers, 'undo.list' | 'undo.restore'> {
  const { store, recordEvent } = parts;
  return {
    'undo.list': () => ({
      saved: store.list().map(({ decision, savedAt, bytes }) => ({
        decision,
        savedAt: toTime(savedAt),
        bytes,
      })),
    }),
    'undo.restore': async ({ decision }, context) => {
      const by = personOf(context);
      const saved = await store.read(decision);
      const { resource } = saved;
      // On the record first: what nobody could find afterwards must not happen.
      await recordEvent('undo begun', { decision, resource, by });
      const session = await parts.open(resource);
      try {
        const done = await restore(session.query, saved);
        const { inserted, updated, removed } = done;
        await recordEvent('undone', { decision, resource, by, inserted, updated, removed });
        store.forget(decision);
        return { resource, ...done };
      } catch (error) {
        await recordEvent('undo refused', { decision, resource, by });
        throw error;
      } finally {
        session.close();
      }
    },
  };
}

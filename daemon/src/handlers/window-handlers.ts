/** Migration windows over the control socket. Opening and closing are on the record. */

import type { QueueClock } from '../approvals/approval-queue.ts';
import type { CallHandlers } from '../control/server/handlers.ts';
import { toTime } from '../enforcement/to-entries.ts';
import { ResourceError } from '../errors.ts';
import type { ResourceStore } from '../resources/resource-store.ts';
import type { MigrationFile, MigrationStatements } from '../windows/migration-statements.ts';
import type { MigrationWindow, MigrationWindows } from '../windows/migration-windows.ts';
import { personOf } from './person.ts';
import type { RecordEvent } from './record-event.ts';

interface WindowParts {
  readonly windows: MigrationWindows;
  readonly resources: ResourceStore;
  readonly recordEvent: RecordEvent;
  readonly clock: QueueClock;
  /** @throws InputError when a file cannot be read as SQL */
  readonly toStatements: (files: readonly MigrationFile[]) => MigrationStatements;
}

/** Handlers of the calls. */
export function makeWindowCalls(
  parts: WindowParts,
): Pick<CallHandlers, 'window.open' | 'window.close' | 'window.list'> {
  const { windows, resources, recordEvent, clock } = parts;
  const ends = new Map<string, { cancel(): void }>();
  return {
    'window.open': async ({ resource, durationMs, migration: files }, context) => {
      if (resources.find(resource) === undefined) throw noSuchResource(resource);
      const by = personOf(context);
      const migration = files === undefined ? null : parts.toStatements(files);
      // On the record first: a window that nobody can find afterwards must not open.
      await recordEvent('window opened', { resource, durationMs, by, ...describe(migration) });
      const window = windows.open({ resource, durationMs, by, migration, now: clock.now() });
      ends.get(resource)?.cancel();
      const end = clock.after(window.closesAt - window.openedAt, () => {
        ends.delete(resource);
        windows.close(resource);
        void recordEvent('window closed', { resource, by: 'its time' }).catch(() => {
          // Said by the failing record itself; the window is closed all the same.
        });
      });
      ends.set(resource, end);
      return { window: toMessage(window) };
    },
    'window.close': async ({ resource }, context) => {
      ends.get(resource)?.cancel();
      ends.delete(resource);
      const closed = windows.close(resource);
      if (closed) await recordEvent('window closed', { resource, by: personOf(context) });
      return { closed };
    },
    'window.list': () => ({ windows: windows.list(clock.now()).map(toMessage) }),
  };
}

function describe(migration: MigrationStatements | null): Record<string, string | number> {
  if (migration === null) return {};
  return { files: migration.files.join(', '), statements: migration.keys.size };
}

function toMessage(window: MigrationWindow): {
  resource: string;
  openedAt: string;
  closesAt: string;
  by: string;
  files: string[] | null;
} {
  const { migration, ...rest } = window;
  return {
    ...rest,
    files: migration === null ? null : [...migration.files],
    openedAt: toTime(window.openedAt),
    closesAt: toTime(window.closesAt),
  };
}

function noSuchResource(name: string): ResourceError {
  return new ResourceError('RESOURCE_NOT_FOUND', `no resource is called \`${name}\``, {
    audience: 'user',
    help: 'agentguard resource list',
  });
}

/** Migration windows over the control socket. Opening and closing are on the record. */

import type { CallHandlers } from '../control/server/handlers.ts';
import { toTime } from '../enforcement/to-entries.ts';
import { ResourceError } from '../errors.ts';
import type { ResourceStore } from '../resources/resource-store.ts';
import type { MigrationWindow, MigrationWindows } from '../windows/migration-windows.ts';
import { personOf } from './person.ts';
import type { RecordEvent } from './record-event.ts';

interface WindowParts {
  readonly windows: MigrationWindows;
  readonly resources: ResourceStore;
  readonly recordEvent: RecordEvent;
  readonly now: () => number;
}

/** Handlers of the calls. */
export function makeWindowCalls(
  parts: WindowParts,
): Pick<CallHandlers, 'window.open' | 'window.close' | 'window.list'> {
  const { windows, resources, recordEvent, now } = parts;
  return {
    'window.open': async ({ resource, durationMs }, context) => {
      if (resources.find(resource) === undefined) throw noSuchResource(resource);
      const by = personOf(context);
      // On the record first: a window that nobody can find afterwards must not open.
      await recordEvent('window opened', { resource, durationMs, by });
      return { window: toMessage(windows.open({ resource, durationMs, by, now: now() })) };
    },
    'window.close': async ({ resource }, context) => {
      const closed = windows.close(resource);
      if (closed) await recordEvent('window closed', { resource, by: personOf(context) });
      return { closed };
    },
    'window.list': () => ({ windows: windows.list(now()).map(toMessage) }),
  };
}

function toMessage(window: MigrationWindow): {
  resource: string;
  openedAt: string;
  closesAt: string;
  by: string;
} {
  return {
    ...window,
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

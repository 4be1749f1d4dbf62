import { hostname } from 'node:os';
import type { Base, Capability } from '../capability.ts';
import { actorOf } from '../platform/http/caller.ts';
import { systemClock } from '../runtime/clock.ts';
import type { ChangeNotes, ProcessLog } from './ports.ts';

/** The log of this process as pages for admins. */
export function createLogs(
  { calendar }: Base,
  { logs }: { readonly logs?: { readonly folder: string } | undefined },
  { log, note }: { readonly log: ProcessLog; readonly note: ChangeNotes },
): Capability {
  return {
    async site() {
      const { createLogRoutes } = await import('./routes.ts');
      return {
        routes: ({ frame, gate }) =>
          createLogRoutes({
            ...{ log, folder: logs?.folder ?? null, frame, gate, timeZone: calendar.timeZone, clock: systemClock },
            worker: { host: hostname(), pid: process.pid },
            noteLevel: (request, level) =>
              note({ ...actorOf(request), action: 'log.level', subject: level, outcome: 'ok' }),
          }),
      };
    },
  };
}

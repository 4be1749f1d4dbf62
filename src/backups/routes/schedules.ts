import type { RecordChange } from '../../incidents/ports.ts';
import { actorOf } from '../../platform/http/caller.ts';
import type { Route } from '../../platform/http/route.ts';
import { scheduleRoutes } from '../api/schedules.ts';
import { createSchedulePages, type SchedulePagesDeps } from './schedule-pages.ts';

/** When backups are made, as a page and as JSON; each change is in the audit. */
export function createScheduleRoutes({
  record,
  ...deps
}: Omit<SchedulePagesDeps, 'noteOf'> & { readonly record: RecordChange }): Route[] {
  const given: SchedulePagesDeps = {
    ...deps,
    noteOf: (request) => (change) => record({ ...actorOf(request), ...change }),
  };
  return [...createSchedulePages(given), ...scheduleRoutes(given)];
}

import { createIncidentStore as incidentStore } from '../../src/incidents/store/incident-store.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { createBreachStore as breachStore } from '../../src/quotas/store/breach-store.ts';
import { createReportBook as reportBook } from '../../src/reports/store/report-store.ts';

interface Deps {
  readonly database: Database;
}

/** The stores that write notices beside what they are about, with the outbox of the same database. */
export function createBreachStore({ database }: Deps): ReturnType<typeof breachStore> {
  return breachStore({ database, notices: createNoticeWriter({ database }) });
}

export function createReportBook({ database }: Deps): ReturnType<typeof reportBook> {
  return reportBook({ database, notices: createNoticeWriter({ database }) });
}

export function createIncidentStore({ database }: Deps): ReturnType<typeof incidentStore> {
  return incidentStore({ database, notices: createNoticeWriter({ database }) });
}

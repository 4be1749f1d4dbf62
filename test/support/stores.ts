import { createWatchStore as watchStore } from '../../src/incidents/store/watch-store.ts';
import { createMailWriter } from '../../src/notices/store/mail-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { createBreachStore as breachStore } from '../../src/quotas/store/breach-store.ts';
import { createReportBook as reportBook } from '../../src/reports/store/report-store.ts';

interface Deps {
  readonly database: Database;
}

/** The stores that write mails beside what they are about, with the outbox of the same database. */
export function createBreachStore({ database }: Deps): ReturnType<typeof breachStore> {
  return breachStore({ database, mails: createMailWriter({ database }) });
}

export function createReportBook({ database }: Deps): ReturnType<typeof reportBook> {
  return reportBook({ database, mails: createMailWriter({ database }) });
}

export function createWatchStore({ database }: Deps): ReturnType<typeof watchStore> {
  return watchStore({ database, mails: createMailWriter({ database }) });
}

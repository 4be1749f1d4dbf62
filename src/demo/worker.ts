import { createCalendar } from '../accounting/day.ts';
import { createQueueReader } from '../adapters/routeros/queue-reader.ts';
import { openDatabase } from '../adapters/store/database.ts';
import { migrate } from '../adapters/store/migrate.ts';
import { createUsageArchive } from '../adapters/store/usage-archive.ts';
import { createUsageLedger } from '../adapters/store/usage-store.ts';
import type { Config } from '../config/schema.ts';
import { createBacklog } from '../features/usage/backlog.ts';
import { type Collector, createCollector, createOutage } from '../features/usage/collect.ts';
import type { QueueReader, UsageArchive } from '../features/usage/ports.ts';
import { createTimetable } from '../features/usage/timetable.ts';
import type { Logger } from '../runtime/logger.ts';
import { createScheduler } from '../runtime/scheduler.ts';
import { createTroubleLog } from '../runtime/trouble-log.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** The worker's own parts, on the virtual clock. */
export interface DemoWorker {
  readonly archive: UsageArchive;
  /** Begins to poll by the timetable. */
  start(): void;
  /** Ends the timetable and waits for polls in progress. */
  quiesce(): Promise<void>;
  /** One poll of every router; whether all were read and booked. */
  pollAll(): Promise<boolean>;
  close(): Promise<void>;
}

const HELD_ROWS = 100_000;
const STOP_GRACE_MS = 10_000;

export async function createDemoWorker(deps: {
  readonly config: Config;
  readonly clock: VirtualClock;
  readonly logger: Logger;
}): Promise<DemoWorker> {
  const { config, clock, logger } = deps;
  const database = openDatabase({ url: config.database.reveal(), clock, logger });
  await migrate({ database, clock, logger });
  const calendar = createCalendar(config.timeZone);
  const troubles = createTroubleLog({ logger, clock });
  const shared = {
    users: config.users,
    ledger: createUsageLedger({ database }),
    calendar,
    clock,
    backlog: createBacklog({ maxRows: HELD_ROWS, calendar }),
    outage: createOutage({ clock, troubles }),
    troubles,
  };
  const collectors = config.routers.map((router): Collector => {
    const target = {
      ...router,
      password: () => router.password.reveal(),
      timeoutMs: config.collect.timeoutSeconds * 1000,
    };
    const reader = createQueueReader({ target, clock, logger, readerId: 'demo' });
    return createCollector({ ...shared, router: { ...router, reader: holding(clock, reader) } });
  });
  const scheduler = createScheduler({
    jobs: collectors.map((collector) => ({
      nextAfter: createTimetable({ router: collector.router, everyMs: config.collect.everySeconds * 1000, calendar }),
      run: async (signal) => void (await collector.poll(signal)),
    })),
    clock,
    onBug: (error) => {
      throw error;
    },
  });

  return {
    archive: createUsageArchive({ database }),
    start: () => scheduler.start(),
    quiesce: () => scheduler.stop(STOP_GRACE_MS),
    async pollAll() {
      const outcomes = await Promise.all(collectors.map((collector) => collector.poll(new AbortController().signal)));
      return outcomes.every((outcome) => outcome.status === 'booked');
    },
    async close() {
      for (const collector of collectors) collector.close();
      await database.close();
    },
  };
}

/** Time stands still while a router is read: a millisecond of the real network would be seconds of the virtual one. */
function holding(clock: VirtualClock, reader: QueueReader): QueueReader {
  return {
    async read(signal) {
      const release = clock.hold();
      try {
        return await reader.read(signal);
      } finally {
        release();
      }
    },
    close: () => reader.close(),
  };
}

import type { TestContext } from 'node:test';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import { createSessionStore } from '../../src/accounts/store/session-store.ts';
import { createReadyzRoute } from '../../src/devices/api/readyz.ts';
import { NO_FACTS } from '../../src/devices/facts.ts';
import type { Condition } from '../../src/devices/ports.ts';
import { createRoster, type Roster } from '../../src/devices/roster.ts';
import { createDeviceStore } from '../../src/devices/store/device-store.ts';
import { createRouterStateStore } from '../../src/devices/store/router-state-store.ts';
import type { ProcessLog } from '../../src/logs/ports.ts';
import { createLiveFeed, type LiveTopic } from '../../src/platform/http/live.ts';
import { createHttpServer, type HttpServerDeps } from '../../src/platform/http/server.ts';
import type { Site } from '../../src/platform/http/site.ts';
import type { Database } from '../../src/platform/store/database.ts';
import type { Breach } from '../../src/quotas/ports.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import type { Part } from '../../src/runtime/lifecycle.ts';
import { createLevelSwitch } from '../../src/runtime/log-level.ts';
import { createLogTail } from '../../src/runtime/log-tail.ts';
import type { LeveledLogger } from '../../src/runtime/logger.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import type { DailyPart, UnobservedSpan, UsageEvent } from '../../src/usage/ports.ts';
import { createUsageArchive } from '../../src/usage/store/usage-archive.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { createUsageSums } from '../../src/usage/store/usage-sums.ts';
import { bookingAt, partOf } from './bookings.ts';
import { freshSqlite, migrated } from './databases.ts';
import { deviceOf } from './devices.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createMemoryLogger } from './memory-logger.ts';
import { inventoryOn } from './served-inventory.ts';
import { type SiteOfDeps, siteOf } from './site-of.ts';
import { createBreachStore } from './stores.ts';

export const TIME_ZONE = 'Asia/Karachi';
/** Friday 20 November 2026, 18:15 in the zone. */
export const EVENING = Temporal.ZonedDateTime.from('2026-11-20T18:15[Asia/Karachi]').epochMilliseconds;
export const TODAY = '2026-11-20';
export const PASSWORD = 'correct horse battery';
export const RETENTION_DAYS = 14;

const HOUR_MS = 3_600_000;
const calendar = createCalendar(TIME_ZONE);

/** Books kept in SQLite, and the pages that show them. */
export interface ServedPages {
  readonly url: string;
  readonly database: Database;
  readonly clock: ManualClock;
  readonly hostClock: ManualClock;
  readonly logger: ReturnType<typeof createMemoryLogger>;
  /** How well the routers are read; may be changed. */
  readonly conditions: Condition[];
  book(
    router: string,
    usage: readonly DailyPart[],
    events?: readonly UsageEvent[],
    unobserved?: readonly UnobservedSpan[],
  ): Promise<void>;
  /** As if a poll, or a look at a device, had ended: open pages are told, once the host's clock has gone on. */
  poll(topic?: LiveTopic): void;
  /** What is started with the worker. */
  readonly opening: Part;
  readonly warming: Part;
  /** Open streams of news. */
  streams(): number;
  close(): Promise<void>;
}

export function freshRouter(router: string, change: Partial<Condition> = {}): Condition {
  const well = { isFresh: true, code: null, trouble: null, since: null, wasPolled: true, facts: NO_FACTS };
  return { router, ageMs: 12_000, lastReadAt: EVENING - 12_000, ...well, ...change };
}

/** A user's day with a busy evening; the bytes of hours that are still to come are not there. */
export function userDay(name: string, day: string, bytes: bigint, change: Partial<DailyPart> = {}): DailyPart {
  const startAt = calendar.startOf(day);
  const shares = Array.from({ length: 24 }, (_, hour) => ({
    hourAt: startAt + hour * HOUR_MS,
    weight: BigInt(hour < 6 ? 1 : hour < 17 ? 3 : 9),
  })).filter(({ hourAt }) => hourAt < EVENING);
  const weights = shares.reduce((sum, { weight }) => sum + weight, 0n);
  const hours = shares.map(({ hourAt, weight }) => ({
    hourAt,
    uploadBytes: (bytes * weight) / weights / 8n,
    downloadBytes: (bytes * weight) / weights,
  }));
  return partOf(name, {
    day,
    hours,
    uploadBytes: hours.reduce((sum, hour) => sum + hour.uploadBytes, 0n),
    downloadBytes: hours.reduce((sum, hour) => sum + hour.downloadBytes, 0n),
    ...change,
  });
}

/** Always of the routers whose conditions are known now. */
function rosterOf(conditions: readonly Condition[]): Pick<Roster, 'devices' | 'find'> {
  const hosts = new Map([
    ['edge-1', '192.0.2.1'],
    ['hill', '192.0.2.9'],
  ]);
  const devices = () => conditions.map(({ router }) => deviceOf(router, { host: hosts.get(router) ?? router }));
  const now = () => createRoster([{ devices, follow: () => {} }]);
  return { devices: () => now().devices(), find: (name) => now().find(name) };
}

/** The log of a process that keeps its lines; nothing writes into it by itself. */
export function createTestLog(clock: Clock): ProcessLog & { readonly logger: LeveledLogger } {
  const tail = createLogTail({ startedAt: clock.now() });
  tail.use(true);
  const logger = Object.assign(createMemoryLogger(), { level: 'info' });
  return { tail, logger, level: createLevelSwitch({ logger, clock, signal: new AbortController().signal }) };
}

/** What the site of a test is made of, as long as nothing else is said. */
function depsOf(
  database: Database,
  own: Pick<SiteOfDeps, 'clock' | 'hostClock' | 'logger'>,
): Omit<SiteOfDeps, 'live' | 'conditions' | 'roster'> {
  return {
    database,
    usage: createUsageArchive({ database }),
    sums: createUsageSums({ database }),
    alerts: createBreachStore({ database }),
    states: createRouterStateStore({ database }),
    sessions: createSessionStore({ database }),
    accounts: createAccountBooks({ database }),
    hasAccounts: false,
    publicUrl: null,
    enter: () => {},
    devices: createDeviceStore({ database }),
    inventory: inventoryOn(database),
    log: createTestLog(own.hostClock),
    logFolder: null,
    statusPages: [],
    more: [],
    quotas: [
      { match: 'server*', unlimited: true },
      { dailyGb: 10, weeklyGb: 50, warnAtPercent: [80] },
    ],
    weekStartsOn: 'monday',
    retentionDays: RETENTION_DAYS,
    password: () => PASSWORD,
    calendar,
    ...own,
  };
}

/** The site alone, without a server. */
export async function siteFor(t: TestContext, change: Partial<SiteOfDeps> = {}): Promise<Site> {
  const { database, drop } = await migrated(freshSqlite);
  t.after(drop);
  const clock = createManualClock(EVENING);
  const own = { clock, hostClock: clock, logger: createMemoryLogger() };
  return siteOf({
    ...depsOf(database, own),
    live: createLiveFeed({ clock }),
    conditions: () => [],
    roster: createRoster([]),
    ...change,
  });
}

/** `on`: a migrated database that others use too and that stays. */
export async function servePages(
  change: Partial<SiteOfDeps> = {},
  { trustProxy = false, on }: Pick<HttpServerDeps, 'trustProxy'> & { readonly on?: Database } = {},
): Promise<ServedPages> {
  const test = on === undefined ? await migrated(freshSqlite) : { database: on, drop: async () => {} };
  const { database } = test;
  const clock = createManualClock(EVENING);
  const hostClock = createManualClock(EVENING);
  const logger = createMemoryLogger();
  const live = createLiveFeed({ clock: hostClock });
  const conditions = [freshRouter('edge-1')];
  const ledger = createUsageLedger({ database });
  const site = siteOf({
    ...depsOf(database, { clock, hostClock, logger }),
    live,
    conditions: () => conditions,
    roster: rosterOf(conditions),
    ...change,
  });
  const server = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    site,
    trustProxy,
    clock,
    logger,
    probes: [
      createReadyzRoute({
        findReadiness: async () => ({
          isReady: true,
          reasons: [],
          routers: 1,
          freshRouters: 1,
          oldestMs: 0,
          heldSamples: 0,
        }),
      }),
    ],
    scrape: async () => ({ contentType: 'text/plain', text: '' }),
  });
  await server.start();
  return {
    url: server.url() ?? '',
    database,
    clock,
    hostClock,
    logger,
    conditions,
    book: (router, usage, events = [], unobserved = []) =>
      ledger.book(router, () => bookingAt(clock.now(), { usage, events, unobserved })),
    poll(topic = 'usage') {
      live.tell(topic);
      hostClock.advance(5_000);
    },
    opening: site.opening,
    warming: site.warming,
    streams: live.size,
    async close() {
      await server.stop();
      await test.drop();
    },
  };
}

/** The same, gone after the test; there must have been no bug. */
export async function servePagesFor(
  t: TestContext,
  change: Partial<SiteOfDeps> = {},
  proxies: Pick<HttpServerDeps, 'trustProxy'> = {},
): Promise<ServedPages> {
  const pages = await servePages(change, proxies);
  t.after(async () => {
    await pages.close();
    t.assert.deepEqual(pages.logger.errors(), []);
  });
  return pages;
}

/** A breach of today's limit that no mail tells of. */
export function breachOf(router: string, user: string, change: Partial<Breach> = {}): Breach {
  return {
    router,
    user,
    period: 'day',
    periodStart: TODAY,
    periodEnd: TODAY,
    threshold: 100,
    limitBytes: 10n * 1024n ** 3n,
    countedBytes: 11n * 1024n ** 3n,
    noticedAt: EVENING - HOUR_MS,
    day: TODAY,
    state: 'unsent',
    mailId: null,
    ...change,
  };
}

/** A village of users on two routers over so many days before today, with all that can happen to them. */
export async function bookVillage(pages: ServedPages, users: number, days = RETENTION_DAYS): Promise<void> {
  const { book, database, conditions } = pages;
  conditions.push(freshRouter('village', { isFresh: false, ageMs: 14 * 60_000, code: 'ROUTER_REFUSED' }));
  for (const router of ['edge-1', 'village']) {
    const share = router === 'village' ? Math.ceil(users / 5) : users;
    for (let back = days; back >= 0; back -= 1) {
      const day = calendar.addDays(TODAY, -back);
      const parts = Array.from({ length: share }, (_, index) => villager(index, back, day));
      const seenAgainAt = calendar.startOf(day) + 13.25 * HOUR_MS;
      await book(
        router,
        parts,
        [],
        parts.flatMap(({ name, user, isParent, unobservedMs }) =>
          unobservedMs === 0 ? [] : [{ name, user, isParent, startAt: seenAgainAt - unobservedMs, endAt: seenAgainAt }],
        ),
      );
    }
    await book(
      router,
      [],
      [
        {
          at: EVENING - 5 * HOUR_MS,
          code: 'ROUTER_REBOOTED',
          queue: null,
          detail: 'the router rebooted; 3 min of data missing before it',
        },
      ],
    );
  }
  await createBreachStore({ database }).record(
    [
      breachOf('edge-1', 'user-0001'),
      breachOf('edge-1', 'user-0001', { threshold: 80, state: 'superseded' }),
      breachOf('village', 'user-0002', {
        period: 'week',
        periodStart: '2026-11-16',
        periodEnd: '2026-11-22',
        threshold: 80,
        limitBytes: 50n * 1024n ** 3n,
        countedBytes: 41n * 1024n ** 3n,
      }),
    ],
    [],
  );
  const bootedAt = EVENING - 12 * 24 * HOUR_MS;
  const facts = { version: '7.20.1', board: 'CCR2116-12G-4S+', identity: 'edge', bootedAt };
  conditions.splice(0, 1, { ...(conditions[0] ?? freshRouter('edge-1')), facts });
  await createRouterStateStore({ database }).note([
    { router: 'edge-1', at: EVENING - 8 * 24 * HOUR_MS, pollMs: 38.4, error: null, facts },
  ]);
}

const GB = 1024n ** 3n;

function villager(index: number, back: number, day: string): DailyPart {
  const wave = BigInt(70 + ((index * 37 + back * 53) % 60));
  const rank = BigInt(index + 2);
  const names = ['server-backup', 'user-0001'];
  const name = names[index] ?? `user-${String(index).padStart(4, '0')}`;
  return userDay(name, day, (26n * GB * wave) / (100n * rank), {
    comment: index % 3 === 0 ? `Fiber 100, house ${index}` : null,
    ...(index === 1 && back % 5 === 0 ? { unobservedMs: 180_000, restarts: 1 } : {}),
  });
}

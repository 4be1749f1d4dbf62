import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { sql } from 'kysely';
import { createApp } from '../../src/app.ts';
import type { App } from '../../src/assemble.ts';
import { createRouterStateStore } from '../../src/devices/store/router-state-store.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { formatMoment } from '../../src/runtime/format.ts';
import { parseConfig } from '../../src/settings.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { bookingAt } from '../support/bookings.ts';
import { type FreshDatabase, freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { freePort } from '../support/ports.ts';
import { readable } from '../support/readable-html.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = '2026-11-20';
const REFUSED = { code: 'ROUTER_REFUSED', message: 'it refuses', advice: 'Switch it on.' };
const { signal } = new AbortController();

/** What a worker before this one noted of a router, and what all of NetSentinel says of it. */
interface Router {
  readonly name: string;
  readonly isConfigured: boolean;
  readonly readAt: number | null;
  /** When its polls failed since. */
  readonly failedAt: readonly number[];
  readonly isFresh: boolean;
  readonly code: string | null;
  /** On the list of routers. */
  readonly state: RegExp;
  /** On Today and on its page; `null`: nothing. */
  readonly banner: RegExp | null;
  readonly reportNote: string | null;
  readonly notReady: string | null;
  readonly checked: readonly [status: string, found: RegExp][];
  readonly mail: string | null;
}

const ROUTERS: readonly Router[] = [
  {
    name: 'fresh',
    isConfigured: true,
    readAt: NOW - 20_000,
    failedAt: [],
    isFresh: true,
    code: null,
    state: /fresh read/,
    banner: null,
    reportNote: null,
    notReady: null,
    checked: [['ok', /^last read 20 s ago/]],
    mail: null,
  },
  {
    name: 'stumbling',
    isConfigured: true,
    readAt: NOW - 80_000,
    failedAt: [NOW - 20_000],
    isFresh: true,
    code: REFUSED.code,
    state: /stumbling last poll failed \(ROUTER_REFUSED\)/,
    banner: null,
    reportNote: null,
    notReady: null,
    checked: [['ok', /^last read 1 min ago/]],
    mail: null,
  },
  {
    name: 'late',
    isConfigured: true,
    readAt: NOW - 3 * HOUR,
    failedAt: [],
    isFresh: false,
    code: null,
    state: /late not read for 3 h/,
    banner: /late has not been read for 3 h; usage since then is missing\./,
    reportNote: `late was last read on ${formatMoment(NOW - 3 * HOUR, 'UTC')}; usage since then is missing.`,
    notReady: 'POLL_OVERDUE',
    checked: [['warning', /^last read 3 h ago/]],
    mail: null,
  },
  {
    name: 'failing',
    isConfigured: true,
    readAt: NOW - 2 * HOUR,
    failedAt: [NOW - 2 * HOUR + MINUTE, NOW - MINUTE],
    isFresh: false,
    code: REFUSED.code,
    state: /failing not read for 2 h/,
    banner: /failing has not been read for 2 h; usage since then is missing\. Switch it on\. ROUTER_REFUSED/,
    reportNote: `failing was last read on ${formatMoment(NOW - 2 * HOUR, 'UTC')}; usage since then is missing.`,
    notReady: REFUSED.code,
    checked: [
      ['warning', /^last read 2 h ago/],
      ['warning', /^the worker cannot read it since Fri 20 Nov, 10:01 \(ROUTER_REFUSED\)/],
    ],
    mail: 'Router failing has not been read for 2 h',
  },
  {
    name: 'never',
    isConfigured: true,
    readAt: null,
    failedAt: [],
    isFresh: false,
    code: null,
    state: /never never read/,
    banner: /never has never been read; its usage is missing\./,
    reportNote: 'never has never been read; its usage is missing.',
    notReady: 'POLL_OVERDUE',
    checked: [['warning', /^never read/]],
    mail: null,
  },
  {
    name: 'removed',
    isConfigured: false,
    readAt: NOW - 3 * HOUR,
    failedAt: [NOW - 3 * HOUR + MINUTE, NOW - MINUTE],
    isFresh: false,
    code: null,
    state: /\bremoved\b/,
    banner: null,
    reportNote: null,
    notReady: null,
    checked: [],
    mail: null,
  },
];

type Noted = Pick<Router, 'name' | 'readAt' | 'failedAt'> & { readonly isConfigured?: boolean };

/** A process that starts on what another one noted. */
async function start(t: TestContext, fresh: FreshDatabase, routers: readonly Noted[], everySeconds = 60) {
  const test = await migrated(fresh);
  const { database } = test;
  const ledger = createUsageLedger({ database });
  const states = createRouterStateStore({ database });
  for (const { name: router, readAt, failedAt } of routers) {
    const facts = { version: '7.20.1', board: null, identity: null, bootedAt: 0 };
    if (readAt !== null) {
      await ledger.book(router, () => bookingAt(readAt));
      await states.note([{ router, at: readAt, pollMs: 5, error: null, facts }]);
    }
    for (const at of failedAt) await states.note([{ router, at, pollMs: 5, error: REFUSED, facts: null }]);
  }
  const port = await freePort();
  const config = parseConfig(
    {
      timeZone: 'UTC',
      database: test.url,
      routers: routers
        .filter(({ isConfigured = true }) => isConfigured)
        .map(({ name }) => ({ name, host: '127.0.0.1', port, username: 'api', password: 'api-password' })),
      collect: { everySeconds },
      mail: { from: 'n@example.com', to: ['a@example.com'], smtp: { host: '127.0.0.1', port } },
      http: { pages: true, auth: 'none' },
    },
    { env: {}, folder: '.' },
    'a test',
  );
  assert.ok(config.http !== undefined);
  const clock = createManualClock(NOW);
  const logger = createMemoryLogger();
  const app = await createApp({ ...config, http: { ...config.http, port: 0 } }, logger, { clock });
  t.after(async () => {
    await app.http?.stop();
    await app.close();
    await test.drop();
    assert.deepEqual(logger.errors(), []);
  });
  await app.migrate();
  await app.http?.start();
  return { app, clock, database, url: app.http?.url() ?? '' };
}

async function subjects(database: Database): Promise<string[]> {
  const { rows } = await database.read((queries) =>
    sql<{ subject: string }>`SELECT subject FROM notices`.execute(queries),
  );
  return rows.map(({ subject }) => subject);
}

async function reportOf(app: App): Promise<{ readonly text: string; readonly html: string }> {
  const { text, html } = await app.reporter.compose({ startDay: DAY, endDay: DAY });
  return { text: text.replace(/\s+/g, ' '), html: readable(html) };
}

for (const [kind, fresh] of [
  ['SQLite', freshSqlite],
  ['MariaDB', freshMysql],
] as const) {
  describe(`what is said of a router, on ${kind}`, () => {
    it('is the same in pages, API, readiness, metrics, report, check and mails', async (t) => {
      const { app, database, url } = await start(t, fresh, ROUTERS);
      const get = async (path: string) => await (await fetch(url + path)).text();
      const [today, list] = [readable(await get('/')), readable(await get('/r'))];
      const entries: { router: string }[] = JSON.parse(await get('/api/v1/routers'));
      const { stale } = JSON.parse(await get('/api/v1/today'));
      const ready = JSON.parse(await get('/readyz'));
      const metrics = await get('/metrics');
      const report = await reportOf(app);
      const findings = await app.checker.check({ sendsTestMail: false, signal });
      await app.tellOnce();
      const mailed = async () => (await subjects(database)).filter((subject) => subject.startsWith('Router '));
      assert.deepEqual(await mailed(), [], 'nobody has tried to read a router since the start');

      assert.deepEqual([ready.status, ready.routers], ['not ready', { total: 5, fresh: 2 }]);
      for (const router of ROUTERS) {
        const { name, isConfigured, isFresh, readAt, code, banner } = router;
        const lastReadAt = readAt === null ? null : new Date(readAt).toISOString();
        const entry = entries.find((each) => each.router === name);
        if (isConfigured) {
          assert.ok(entry !== undefined, name);
          const { fresh: saidFresh, lastReadAt: saidAt, code: saidCode } = entry as Record<string, unknown>;
          assert.deepEqual([saidFresh, saidAt, saidCode], [isFresh, lastReadAt, code], name);
          assert.match(list, router.state);
          assert.match(metrics, new RegExp(`netsentinel_router_fresh\\{router="${name}"\\} ${isFresh ? 1 : 0}`));
        } else {
          assert.equal(entry, undefined, name);
          assert.doesNotMatch(list, router.state);
          assert.doesNotMatch(metrics, new RegExp(`router="${name}"`));
        }
        const saysNothing = new RegExp(`\\b${name} has `);
        assert.match(today, banner ?? /./, name);
        if (banner === null) assert.doesNotMatch(today, saysNothing);
        const page = isConfigured ? readable(await get(`/d/${name}`)) : '';
        if (banner === null) assert.doesNotMatch(page, saysNothing);
        else assert.match(page, banner);
        assert.deepEqual(
          stale.filter((each: { router: string }) => each.router === name).map((each: { code: string }) => each.code),
          banner === null ? [] : [code],
        );
        for (const text of [report.text, report.html]) {
          assert.equal(text.includes(`${name} was last read`) || text.includes(`${name} has never`), banner !== null);
          if (router.reportNote !== null) assert.ok(text.includes(router.reportNote), text);
        }
        assert.deepEqual(
          ready.reasons.filter((each: { router: string }) => each.router === name).map((each: NotReady) => each.code),
          router.notReady === null ? [] : [router.notReady],
        );
        const said = findings.filter(({ subject, part }) => subject === `router ${name}` && part === 'collection');
        assert.deepEqual(
          said.map(({ status }) => status),
          router.checked.map(([status]) => status),
          name,
        );
        for (const [index, [, found]] of router.checked.entries()) assert.match(said[index]?.found ?? '', found);
      }
      await app.collect(signal);
      await app.tellOnce();
      assert.deepEqual(
        await mailed(),
        ROUTERS.flatMap(({ mail }) => mail ?? []),
      );
    });
  });
}

interface NotReady {
  readonly code: string;
}

describe('with hourly polls', () => {
  const read = (minutesAgo: number): Noted => ({ name: 'edge', readAt: NOW - minutesAgo * MINUTE, failedAt: [] });

  it('a report does not call a router missing that was read 40 min ago', async (t) => {
    const { app } = await start(t, freshSqlite, [read(40)], 3600);
    const { text, html } = await reportOf(app);
    for (const form of [text, html]) assert.doesNotMatch(form, /edge (was last read|has never)/);
  });

  it('one failed poll mails nothing, nor do two within three intervals; the first after them mails once', async (t) => {
    const { app, clock, database } = await start(t, freshSqlite, [read(61)], 3600);
    const blind = async () => (await subjects(database)).filter((subject) => subject.startsWith('Router edge has'));
    for (let hour = 0; hour < 2; hour += 1) {
      await app.collect(signal);
      await app.tellOnce();
      assert.deepEqual(await blind(), []);
      clock.advance(HOUR);
    }
    await app.collect(signal);
    await app.tellOnce();
    assert.deepEqual(await blind(), ['Router edge has not been read for 3 h 1 min']);
  });

  it('one failed poll mails nothing either after the worker was away for hours; the second one does', async (t) => {
    const { app, clock, database } = await start(t, freshSqlite, [read(300)], 3600);
    const blind = async () => (await subjects(database)).filter((subject) => subject.startsWith('Router edge has'));
    await app.collect(signal);
    await app.tellOnce();
    assert.deepEqual(await blind(), []);
    clock.advance(HOUR);
    await app.collect(signal);
    await app.tellOnce();
    assert.deepEqual(await blind(), ['Router edge has not been read for 6 h']);
  });
});

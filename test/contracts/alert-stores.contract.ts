import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sql } from 'kysely';
import { forgetIncidents } from '../../src/incidents/store/incident-purger.ts';
import { createWatchStore } from '../../src/incidents/store/watch-store.ts';
import type { OutgoingNotice } from '../../src/notices/notice.ts';
import type { ClaimedNotice, LineOutcome } from '../../src/notices/ports.ts';
import { forgetNotices } from '../../src/notices/store/notice-purger.ts';
import { createOutbox } from '../../src/notices/store/outbox-store.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { createJobStore } from '../../src/platform/store/job-store.ts';
import type { AlertFilter, Breach, BreachBook, QuotaList } from '../../src/quotas/ports.ts';
import { forgetBreaches } from '../../src/quotas/store/breach-purger.ts';
import { createQuotaHistoryStore } from '../../src/quotas/store/quota-history-store.ts';
import { forgetReports } from '../../src/reports/store/report-purger.ts';
import { forgetAll } from '../../src/runtime/forget.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { createUsageSums } from '../../src/usage/store/usage-sums.ts';
import { bookingAt, DAY, NOON, partOf, stampAt } from '../support/bookings.ts';
import { type FreshDatabase, migrated } from '../support/databases.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { MAIL, noticeOf, outcomeOf } from '../support/notices.ts';
import { createBreachStore, createIncidentStore, createReportBook } from '../support/stores.ts';

const LEASE = 120_000;
const HOUR = 3_600_000;
const HOSTILE = [
  'bob',
  'bob ',
  'BOB',
  "'; DROP TABLE mails; --",
  '👾'.repeat(255),
  'tab\tline\n',
  '\u202Eevil',
  '\\',
  '%',
];

function mailOf(id: string, change: Partial<OutgoingNotice> = {}): OutgoingNotice {
  return noticeOf(id, { subject: `subject of ${id} 👾`, createdAt: NOON, periodEnd: DAY, ...change });
}

function breachOf(change: Partial<Breach> = {}): Breach {
  return {
    router: 'edge-1',
    user: 'bob',
    period: 'day',
    periodStart: DAY,
    periodEnd: DAY,
    threshold: 100,
    limitBytes: 10n,
    countedBytes: 11n,
    noticedAt: NOON,
    day: DAY,
    state: 'unsent',
    mailId: null,
    ...change,
  };
}

/** What every store of breaches, mails and reports must do; `fresh` gives it an empty database. */
export function describeAlertStores(store: string, fresh: FreshDatabase): void {
  describe(`alert stores on ${store}`, () => {
    let test: Awaited<ReturnType<typeof migrated>>;
    let database: Database;
    let breaches: ReturnType<typeof createBreachStore>;

    beforeEach(async () => {
      test = await migrated(fresh);
      database = test.database;
      breaches = createBreachStore({ database });
    });
    afterEach(() => test.drop());

    async function put(...notices: OutgoingNotice[]) {
      assert.equal(await breaches.record([], notices), true);
    }

    /** What a worker gets of the mail channel at an instant of the outbox's clock. */
    function claimAt(now: number, from = database): Promise<ClaimedNotice | null> {
      return createOutbox({ database: from, clock: createManualClock(now) }).claim(MAIL, LEASE);
    }

    async function claimed(now = NOON): Promise<ClaimedNotice> {
      const notice = await claimAt(now);
      assert.ok(notice !== null);
      return notice;
    }

    function settle(notice: ClaimedNotice, change: Partial<LineOutcome> = {}, now = NOON): Promise<boolean> {
      const outbox = createOutbox({ database, clock: createManualClock(now) });
      return outbox.settle(
        notice,
        notice.lines.map(({ address }) => outcomeOf({ address, sentAt: now, ...change })),
      );
    }

    function nextDueAt(): Promise<number | null> {
      return createOutbox({ database, clock: createManualClock(0) }).nextDueInMs(MAIL.name);
    }

    describe('history of the quotas', () => {
      const list = (dailyGb: number): QuotaList => ({
        weekStartsOn: 'monday',
        quotas: [
          { match: 'Семья 👾*', dailyGb, warnAtPercent: [80], counts: 'total' },
          { ignore: true, router: "'\\" },
        ],
      });
      const at = (madeAt: number, now = madeAt) => ({ madeAt, now });

      it('notes a list when it is another than the last, and gives them all, oldest first', async () => {
        const history = createQuotaHistoryStore({ database });
        assert.deepEqual(await history.note(list(10), at(1)), [{ since: 1, list: list(10) }]);
        assert.deepEqual(await history.note(list(10), at(2)), [{ since: 1, list: list(10) }]);
        await history.note(list(0.5), at(3));
        assert.deepEqual(await createQuotaHistoryStore({ database: test.open() }).note(list(10), at(4)), [
          { since: 1, list: list(10) },
          { since: 3, list: list(0.5) },
          { since: 4, list: list(10) },
        ]);
      });

      it('lets hold from now on what a clock that was ahead has noted', async () => {
        const history = createQuotaHistoryStore({ database });
        await history.note(list(10), at(1000));
        assert.deepEqual(await history.note(list(10), at(3, 5)), [{ since: 5, list: list(10) }]);
        assert.deepEqual(await history.note(list(10), at(7)), [{ since: 5, list: list(10) }]);
      });

      it('gives a list of another version as unknown', async () => {
        const history = createQuotaHistoryStore({ database });
        await history.note({ ...list(10), weekStartsOn: 'someday' as 'monday' }, at(1));
        assert.deepEqual((await history.note(list(10), at(2)))[0], { since: 1, list: null });
      });

      it('keeps the last hundred and some', async () => {
        const history = createQuotaHistoryStore({ database });
        for (let made = 1; made <= 110; made += 1) await history.note(list(made), at(made));
        const changes = await history.note(list(111), at(111));
        assert.equal(changes.length, 101);
        assert.deepEqual([changes[0]?.since, changes.at(-1)?.since], [11, 111]);
      });
    });

    describe('breaches', () => {
      it('are recorded with their mail, once', async () => {
        const breach = breachOf({ state: 'mailed', mailId: 'm1' });
        assert.equal(await breaches.record([breach], [mailOf('m1')]), true);
        assert.equal(await breaches.record([{ ...breach, mailId: 'm2' }], [mailOf('m2')]), false);
        assert.equal((await claimed()).notice.id, 'm1');
        assert.equal(await claimAt(NOON), null);
      });

      it('are all recorded or none', async () => {
        await breaches.record([breachOf()], []);
        const both = [breachOf({ user: 'eve', state: 'mailed', mailId: 'm1' }), breachOf()];
        assert.equal(await breaches.record(both, [mailOf('m1')]), false);
        assert.deepEqual(
          (await breaches.recorded({ periodEndFrom: DAY })).map(({ user }) => user),
          ['bob'],
        );
        assert.equal(await nextDueAt(), null);
      });

      it('differ by router, user, period, start, threshold and limit', async () => {
        const all = [
          breachOf(),
          breachOf({ router: 'edge-2' }),
          breachOf({ period: 'week' }),
          breachOf({ periodStart: '2026-05-03' }),
          breachOf({ threshold: 80 }),
          breachOf({ limitBytes: 2n ** 62n }),
          ...HOSTILE.slice(1).map((user) => breachOf({ user })),
        ];
        assert.equal(await breaches.record(all, []), true);
        const recorded = await breaches.recorded({ periodEndFrom: DAY });
        const keys = (rows: readonly { router: string; user: string; limitBytes: bigint; threshold: number }[]) =>
          rows
            .map(({ router, user, limitBytes, threshold }) => `${router}|${user}|${limitBytes}|${threshold}`)
            .toSorted();
        assert.deepEqual(keys(recorded), keys(all));
      });

      it('are found by routers and by the end of their period', async () => {
        await breaches.record(
          [
            breachOf(),
            breachOf({ router: 'edge-2' }),
            breachOf({ router: 'edge-3', periodStart: '2026-05-01', periodEnd: '2026-05-03' }),
          ],
          [],
        );
        const found = async (filter: Parameters<BreachBook['recorded']>[0]) =>
          (await breaches.recorded(filter)).map(({ router }) => router).toSorted();
        assert.deepEqual(await found({ periodEndFrom: DAY }), ['edge-1', 'edge-2']);
        assert.deepEqual(await found({ periodEndFrom: '2026-05-03' }), ['edge-1', 'edge-2', 'edge-3']);
        assert.deepEqual(await found({ periodEndFrom: DAY, routers: ['edge-2', 'none'] }), ['edge-2']);
      });

      it('are recorded by one of two workers who find the same ones at once', async () => {
        const both = [breachOf({ user: 'eve' }), breachOf()];
        const outcomes = await Promise.all(
          ['m1', 'm2', 'm3', 'm4'].map((id) => {
            const book = createBreachStore({ database: test.open() });
            return book.record(
              both.map((breach) => ({ ...breach, state: 'mailed', mailId: id })),
              [mailOf(id)],
            );
          }),
        );
        assert.equal(outcomes.filter((isOurs) => isOurs).length, 1);
        assert.ok((await claimAt(NOON)) !== null);
        assert.equal(await claimAt(NOON), null);
      });

      it('show what has become of their mail', async () => {
        const rows = [
          breachOf({ user: 'a', state: 'mailed', mailId: 'm1' }),
          breachOf({ user: 'b', state: 'superseded' }),
          breachOf({ user: 'c', state: 'estimated' }),
          breachOf({ user: 'd', state: 'unsent' }),
          breachOf({ user: 'e', day: '2026-05-05' }),
        ];
        await breaches.record(rows, [mailOf('m1')]);
        const shown = async () =>
          (await breaches.alerts({ fromDay: DAY, toDay: DAY })).map(({ user, state, sentAt, attempts }) => [
            user,
            state,
            sentAt,
            attempts,
          ]);
        const rest = [
          ['b', 'superseded', null, 0],
          ['c', 'estimated', null, 0],
          ['d', 'unsent', null, 0],
        ];
        assert.deepEqual(await shown(), [['a', 'pending', null, 0], ...rest]);
        const mail = await claimed();
        assert.deepEqual((await shown())[0], ['a', 'claimed', null, 1]);
        await settle(mail, {}, NOON + 7);
        assert.deepEqual((await shown())[0], ['a', 'sent', NOON + 7, 1]);
      });

      const all = { fromDay: '2026-05-01', toDay: '2026-05-31' };

      it('are found by router, user, period, threshold, mail and a part of a name, whatever its case and script', async () => {
        await breaches.record(
          [
            breachOf({ user: 'Ümlaut-1', state: 'mailed', mailId: 'm1' }),
            breachOf({ user: 'bob', threshold: 80 }),
            breachOf({ user: 'ann', router: 'HÜGEL', period: 'week', state: 'mailed', mailId: 'm2' }),
            breachOf({ user: '100%_off', day: '2026-04-30' }),
            breachOf({ user: '100%_on' }),
          ],
          [mailOf('m1'), mailOf('m2')],
        );
        const users = async (filter: Partial<AlertFilter>) =>
          (await breaches.alerts({ ...all, ...filter })).map(({ user }) => user).sort();
        assert.deepEqual(await users({}), ['100%_on', 'ann', 'bob', 'Ümlaut-1'].sort());
        assert.deepEqual(await users({ router: 'HÜGEL' }), ['ann']);
        assert.deepEqual(await users({ user: 'bob' }), ['bob']);
        assert.deepEqual(await users({ period: 'week' }), ['ann']);
        assert.deepEqual(await users({ level: 'warning' }), ['bob']);
        assert.equal((await users({ level: 'over' })).length, 3);
        assert.deepEqual(await users({ mail: 'waiting' }), ['ann', 'Ümlaut-1'].sort());
        assert.deepEqual(await users({ mail: 'none' }), ['100%_on', 'bob']);
        assert.deepEqual(await users({ mail: 'sent' }), []);
        assert.deepEqual(await users({ q: 'üMLAUT' }), ['Ümlaut-1']);
        assert.deepEqual(await users({ q: 'hügel' }), ['ann']);
        for (const q of ['%_o', '\\', "'", 'ũ', 'nobody']) {
          assert.deepEqual(await users({ q }), q === '%_o' ? ['100%_on'] : [], q);
        }
        await settle(await claimed());
        assert.equal((await users({ mail: 'sent' })).length, 1);
        assert.equal((await breaches.alerts({ ...all, limit: 2 })).length, 2);
      });

      it('are one line for each user and period, the newest first and a page at a time', async () => {
        const many = Array.from({ length: 25 }, (_, index) =>
          breachOf({ user: `user-${index}`, noticedAt: NOON + index, threshold: 80 }),
        );
        await breaches.record(
          [
            ...many,
            breachOf({ user: 'user-3', noticedAt: NOON + 100 }),
            breachOf({ user: 'user-3', noticedAt: NOON + 90, period: 'week', periodStart: '2026-05-04' }),
            breachOf({ user: 'user-3', router: 'hill', noticedAt: NOON + 80 }),
          ],
          [],
        );
        const page = async (skip: number, filter: Partial<AlertFilter> = {}) => {
          const { found, lines } = await breaches.lines({ ...all, ...filter, skip, most: 10 });
          return [
            found,
            ...lines.map((line) =>
              line.map(({ router, user, period, threshold }) => `${router} ${user} ${period} ${threshold}`),
            ),
          ];
        };
        const [found, ...lines] = await page(0);
        assert.deepEqual([found, lines.length], [27, 10]);
        assert.deepEqual(lines.slice(0, 4), [
          ['edge-1 user-3 day 100', 'edge-1 user-3 day 80'],
          ['edge-1 user-3 week 100'],
          ['hill user-3 day 100'],
          ['edge-1 user-24 day 80'],
        ]);
        assert.equal((await page(20)).length, 1 + 7);
        assert.deepEqual(await page(30), [27]);
        assert.deepEqual(await page(0, { router: 'hill' }), [1, ['hill user-3 day 100']]);
        assert.deepEqual(await page(0, { q: 'user-3', level: 'warning' }), [1, ['edge-1 user-3 day 80']]);
      });

      it('keep names apart that differ by a blank or by case, in lines too', async () => {
        await breaches.record(
          HOSTILE.map((user) => breachOf({ user, router: user })),
          [],
        );
        const { found, lines } = await breaches.lines({ ...all, skip: 0, most: 50 });
        assert.deepEqual([found, lines.map(([first]) => first?.user).sort()], [HOSTILE.length, HOSTILE.toSorted()]);
      });
    });

    describe('reports', () => {
      it('knows when the database was set up', async () => {
        assert.ok((await createReportBook({ database }).installedAt()) > 0);
      });

      it('are written once per report and period, and again only when asked to', async () => {
        const reports = createReportBook({ database });
        const key = { report: 'day today 18:15', periodStart: DAY };
        const write = (id: string, again: boolean) =>
          reports.write(
            key,
            { ...mailOf(id), attachment: { fileName: 'a', contentType: 'text/csv', content: '' } },
            again,
          );
        assert.equal(await reports.isWritten(key), false);
        assert.equal(await write('m1', false), true);
        assert.equal(await write('m2', false), false);
        assert.equal(await write('m3', true), true);
        assert.equal(await reports.isWritten(key), true);
        assert.equal(await reports.isWritten({ ...key, periodStart: '2026-05-05' }), false);
        assert.deepEqual([(await claimed()).notice.id, (await claimed()).notice.id].toSorted(), ['m1', 'm3']);
      });

      it('give the state of their mail, and the best of several of the same days', async () => {
        const reports = createReportBook({ database });
        const days = { periodStart: DAY, periodEnd: DAY };
        const attachment = { fileName: 'a', contentType: 'text/csv', content: '' };
        const send = async (report: string, state: 'sent' | 'failed') => {
          await reports.write({ report, periodStart: DAY }, { ...mailOf(report), attachment }, false);
          assert.equal(await reports.fateOf(days), 'waiting');
          const mail = await claimed();
          assert.equal(await reports.fateOf(days), 'waiting');
          await settle(mail, { state });
        };
        assert.equal(await reports.fateOf(days), null);
        await send('first', 'failed');
        assert.equal(await reports.fateOf(days), 'given-up');
        assert.equal(await reports.fateOf({ ...days, periodEnd: '2026-05-10' }), null);
        await send('second', 'sent');
        assert.equal(await reports.fateOf(days), 'sent-before');
      });
    });

    describe('watches', () => {
      it('begin when a router is first looked at, and know its last reading', async () => {
        const watches = createWatchStore({ database });
        await createUsageLedger({ database }).book('edge-1', () => bookingAt(NOON + 5));
        const first = [
          { router: 'edge-1', watchedSince: NOON, blindSince: null, lastReadAt: NOON + 5 },
          { router: "new 'one", watchedSince: NOON, blindSince: null, lastReadAt: null },
        ];
        assert.deepEqual(await watches.watch(['edge-1', "new 'one"], NOON), first);
        assert.deepEqual(await watches.watch(['edge-1', "new 'one"], NOON + 10), first);
        assert.deepEqual(await watches.watch([], NOON), []);
      });
    });

    describe('incidents', () => {
      const blindSince = async () =>
        (await createWatchStore({ database }).watch(['edge-1', 'edge-2'], NOON)).map((watch) => watch.blindSince);
      const column = (router: string, at: number | null) =>
        database.read((queries) =>
          sql`UPDATE router_watches SET blind_since = ${at} WHERE router = ${router}`.execute(queries),
        );
      const edge1 = { subject: 'edge-1', summary: 'not read', openedAt: NOON + 1 };
      const closed = (...subjects: string[]) => ({ subjects, closedAt: NOON + 9 });

      it('are opened once and closed once, with their notices, all or none', async () => {
        const incidents = createIncidentStore({ database });
        await blindSince();
        assert.equal(await incidents.raise('blind', [edge1], [mailOf('m1')]), true);
        const both = [{ subject: 'edge-2', summary: 'not read', openedAt: NOON + 2 }, edge1];
        assert.equal(await incidents.raise('blind', both, [mailOf('m2')]), false);
        assert.deepEqual(await blindSince(), [NOON + 1, null]);
        assert.equal(await incidents.clear('blind', closed('edge-1', 'edge-2'), [mailOf('m3')]), false);
        assert.deepEqual(await blindSince(), [NOON + 1, null]);
        assert.equal(await incidents.clear('blind', closed('edge-1'), []), true);
        assert.deepEqual(await blindSince(), [null, null]);
        assert.equal(await incidents.raise('blind', [{ ...edge1, openedAt: NOON + 20 }], []), true);
        assert.deepEqual(await blindSince(), [NOON + 20, null]);
        assert.equal((await claimed()).notice.id, 'm1');
        assert.equal(await claimAt(NOON), null);
      });

      it('give their number to the notice about one alone, and one that closes them follows up what told of them', async () => {
        const incidents = createIncidentStore({ database });
        const wan = (subject: string) => ({ subject, summary: 'WAN lost', openedAt: NOON });
        const about = (id: string, ...devices: string[]) => mailOf(id, { devices });
        await incidents.raise('wan', [wan('a')], [about('a is down', 'a')]);
        await incidents.raise('wan', [wan('b'), wan('c')], [about('b and c are down', 'b', 'c')]);
        await incidents.clear('wan', closed('a'), [about('a is up', 'a')]);
        await incidents.raise('wan', [wan('a')], []);
        const upAgain = [about('a is up, of which nobody was told', 'a'), about('all are up', 'a', 'b')];
        await incidents.clear('wan', closed('a', 'b'), upAgain);
        await incidents.clear('wan', closed('c'), [about('c is up', 'c')]);
        const found = new Map<string, unknown>();
        for (let next = await claimAt(NOON); next !== null; next = await claimAt(NOON)) {
          found.set(next.notice.id, [next.notice.incident, next.notice.answers]);
        }
        assert.deepEqual(Object.fromEntries(found), {
          'a is down': [1, null],
          'b and c are down': [null, null],
          'a is up': [1, 'a is down'],
          'a is up, of which nobody was told': [4, null],
          'all are up': [null, null],
          'c is up': [3, 'b and c are down'],
        });
      });

      it('are opened by one of many workers at once', async () => {
        await blindSince();
        const outcomes = await Promise.all(
          ['m1', 'm2', 'm3', 'm4'].map((id) =>
            createIncidentStore({ database: test.open() }).raise('blind', [edge1], [mailOf(id)]),
          ),
        );
        assert.equal(outcomes.filter((isOurs) => isOurs).length, 1);
        await claimed();
        assert.equal(await claimAt(NOON), null);
      });

      it('are opened and closed by what a worker of the version before has told people', async () => {
        const incidents = createIncidentStore({ database });
        await blindSince();
        await column('edge-1', NOON + 3);
        assert.equal(await incidents.raise('blind', [edge1], [mailOf('m1')]), false);
        assert.deepEqual(await blindSince(), [NOON + 3, null]);
        await column('edge-1', null);
        assert.equal(await incidents.clear('blind', closed('edge-1'), [mailOf('m2')]), false);
        assert.deepEqual(await blindSince(), [null, null]);
        assert.equal(await incidents.raise('blind', [edge1], []), true);
        assert.equal(await claimAt(NOON), null);
      });

      it('are forgotten when they are long closed', async () => {
        const incidents = createIncidentStore({ database });
        await blindSince();
        await incidents.raise('blind', [edge1, { subject: 'edge-2', summary: 'not read', openedAt: NOON }], []);
        await incidents.clear('blind', closed('edge-1'), []);
        const count = async () => {
          const { rows } = await database.read((queries) =>
            sql<{ rows: bigint }>`SELECT COUNT(*) AS ${sql.ref('rows')} FROM incidents`.execute(queries),
          );
          return rows[0]?.rows;
        };
        await forgetIncidents({ database })({ beforeDay: DAY, beforeAt: Date.parse(DAY) }, false);
        assert.equal(await count(), 2n);
        await forgetIncidents({ database })({ beforeDay: '2027-01-01', beforeAt: Date.parse('2027-01-01') }, false);
        assert.equal(await count(), 1n);
      });
    });

    describe('jobs', () => {
      it('are remembered by their last run', async () => {
        const jobs = createJobStore({ database });
        const run = { job: 'report', startedAt: NOON, durationMs: 12.5, outcome: 'ok', code: null } as const;
        await jobs.note(run);
        await jobs.note({ ...run, job: 'delivery' });
        await jobs.note({ ...run, startedAt: NOON + 1, outcome: 'failed', code: 'DATABASE_UNAVAILABLE' });
        assert.deepEqual(await jobs.lastRuns(), [
          { ...run, job: 'delivery' },
          { ...run, startedAt: NOON + 1, outcome: 'failed', code: 'DATABASE_UNAVAILABLE' },
        ]);
      });

      it('of several workers that overlap are remembered by the one that began last, whichever ends last', async () => {
        const jobs = createJobStore({ database });
        const long = { job: 'backup', startedAt: NOON, durationMs: 3_600_000, outcome: 'failed', code: 'A' } as const;
        const short = { job: 'backup', startedAt: NOON + 60_000, durationMs: 5.5, outcome: 'ok', code: null } as const;
        const last = async () => (await jobs.lastRuns()).find(({ job }) => job === 'backup');
        await jobs.note(short);
        await jobs.note(long);
        assert.deepEqual(await last(), short);
        // The same span, noted again as more of it ends.
        const longer = { ...short, durationMs: 9, outcome: 'failed', code: 'B' } as const;
        await jobs.note(longer);
        assert.deepEqual(await last(), longer);
        // What was noted by a clock that was years ahead does not stay for years.
        await jobs.note({ ...short, startedAt: NOON + 9e10 });
        const now = { ...short, startedAt: NOON + 120_000 };
        await jobs.note(now);
        assert.deepEqual(await last(), now);
      });
    });

    describe('totals', () => {
      const hour = (hourAt: number, bytes: bigint) => ({ hourAt, uploadBytes: bytes, downloadBytes: bytes });
      const NEXT = '2026-05-05';

      beforeEach(async () => {
        const ledger = createUsageLedger({ database });
        await ledger.book('edge-1', () =>
          bookingAt(NOON, {
            usage: [
              partOf('bob', {
                uploadBytes: 2n ** 60n,
                estimatedBytes: 3n,
                unobservedMs: 5,
                restarts: 1,
                comment: 'old',
                hours: [hour(NOON - HOUR, 4n), hour(NOON, 6n)],
              }),
              partOf('bob', { day: NEXT, uploadBytes: 1n, comment: 'new' }),
              partOf('bob', { day: NEXT, user: 'eve', comment: null }),
              partOf('all', { isParent: true }),
              partOf('later', { day: '2026-05-06' }),
            ],
          }),
        );
        await ledger.book('edge-2', () =>
          bookingAt(NOON, { stamp: stampAt(NOON + 9), usage: HOSTILE.map((name) => partOf(name, { comment: name })) }),
        );
      });

      it('sum each queue over the days, with its last comment', async () => {
        const totals = await createUsageSums({ database }).queueTotals({
          fromDay: DAY,
          toDay: NEXT,
          routers: ['edge-1'],
        });
        const zero = { estimatedBytes: 0n, unobservedMs: 0, restarts: 0 };
        assert.deepEqual(
          totals.toSorted((a, b) => (`${a.queue} ${a.user}` < `${b.queue} ${b.user}` ? -1 : 1)),
          [
            {
              router: 'edge-1',
              queue: 'all',
              user: 'all',
              isParent: true,
              comment: null,
              uploadBytes: 1n,
              downloadBytes: 2n,
              ...zero,
            },
            {
              router: 'edge-1',
              queue: 'bob',
              user: 'bob',
              isParent: false,
              comment: 'new',
              uploadBytes: 2n ** 60n + 1n,
              downloadBytes: 4n,
              estimatedBytes: 3n,
              unobservedMs: 5,
              restarts: 1,
            },
            {
              router: 'edge-1',
              queue: 'bob',
              user: 'eve',
              isParent: false,
              comment: null,
              uploadBytes: 1n,
              downloadBytes: 2n,
              ...zero,
            },
          ],
        );
      });

      it('leave out users of a router whose queues moved no more than asked for', async () => {
        const { queueTotals } = createUsageSums({ database });
        const users = async (usersAbove: bigint) =>
          new Set(
            (await queueTotals({ fromDay: DAY, toDay: NEXT, usersAbove })).map(
              ({ router, user }) => `${router} ${user}`,
            ),
          );
        assert.deepEqual(await users(3n), new Set(['edge-1 bob']));
        assert.equal((await users(2n)).size, 3 + HOSTILE.length);
        assert.deepEqual(await users(2n ** 61n), new Set());
      });

      it('keep names apart that look alike', async () => {
        const totals = await createUsageSums({ database }).queueTotals({
          fromDay: DAY,
          toDay: DAY,
          routers: ['edge-2'],
        });
        assert.deepEqual(totals.map(({ queue }) => queue).toSorted(), HOSTILE.toSorted());
        assert.deepEqual(totals.map(({ comment }) => comment).toSorted(), HOSTILE.toSorted());
      });

      it('give all routers when none is named', async () => {
        const totals = await createUsageSums({ database }).queueTotals({ fromDay: DAY, toDay: DAY });
        assert.deepEqual(new Set(totals.map(({ router }) => router)), new Set(['edge-1', 'edge-2']));
      });

      it('give a user’s days and hours', async () => {
        const { userDays, userHours } = createUsageSums({ database });
        const bob = { router: 'edge-1', user: 'bob' };
        const days = await userDays({ ...bob, fromDay: DAY, toDay: NEXT });
        assert.deepEqual(days.map(({ day, uploadBytes }) => [day, uploadBytes]).toSorted(), [
          [DAY, 2n ** 60n],
          [NEXT, 1n],
        ]);
        const hours = await userHours({ ...bob, day: DAY });
        assert.deepEqual(hours.map(({ hourAt, uploadBytes }) => [hourAt, uploadBytes]).toSorted(), [
          [NOON - HOUR, 4n],
          [NOON, 6n],
        ]);
        assert.deepEqual(await userHours({ router: 'edge-2', user: 'eve', day: DAY }), []);
      });

      it('give the bytes of a day before and within an hour', async () => {
        const reports = createUsageSums({ database });
        const ofNames = await reports.hourShares({ day: DAY, hourAt: NOON, users: ['bob', 'eve'] });
        assert.equal(ofNames.length, 2);
        assert.deepEqual(
          ofNames.filter(({ router }) => router === 'edge-1'),
          [
            {
              router: 'edge-1',
              queue: 'bob',
              user: 'bob',
              isParent: false,
              comment: 'old',
              dayBytes: 2n ** 60n + 2n,
              knownBytes: 20n,
              beforeBytes: 8n,
              withinBytes: 12n,
            },
          ],
        );
        const known = async (hourAt: number) => {
          const shares = await reports.hourShares({ day: DAY, hourAt });
          return new Map(shares.filter(({ router }) => router === 'edge-1').map((share) => [share.queue, share]));
        };
        assert.equal((await known(NOON - HOUR)).get('bob')?.knownBytes, 20n);
        assert.equal((await known(NOON - HOUR)).get('bob')?.withinBytes, 8n);
        const withoutHours = (await known(NOON)).get('all');
        assert.deepEqual([withoutHours?.dayBytes, withoutHours?.knownBytes, withoutHours?.isParent], [3n, 0n, true]);
        assert.deepEqual(await reports.hourShares({ day: DAY, hourAt: NOON, users: [] }), []);
      });

      it('give the days of the users that are asked for, on the routers that are asked for', async () => {
        const pointsOf = async (routers: readonly string[]) => {
          const users = ['bob', '%', 'none'];
          const points = await createUsageSums({ database }).dayPoints({ fromDay: DAY, toDay: DAY, users, routers });
          return points.map(({ router, user }) => `${router} ${user}`).toSorted();
        };
        assert.deepEqual(await pointsOf(['edge-1', 'edge-2', 'none']), ['edge-1 bob', 'edge-2 %', 'edge-2 bob']);
        assert.deepEqual(await pointsOf(['edge-1']), ['edge-1 bob']);
      });

      it('give when the queues of users were not observed, on every router or of one user on one', async () => {
        const span = { user: 'bob', isParent: false, startAt: NOON - HOUR, endAt: NOON };
        const booked = bookingAt(NOON + 60_000, {
          usage: ['tv', 'pc'].map((name) => partOf(name, { user: 'bob' })),
          unobserved: [
            { ...span, name: 'tv' },
            { ...span, name: 'pc', startAt: NOON - 2 * HOUR },
          ],
        });
        const eves = {
          ...booked,
          unobserved: [
            { ...span, name: 'bob', user: 'eve' },
            { ...span, name: 'tv' },
          ],
        };
        const usage = [...booked.usage, partOf('bob', { user: 'eve' })];
        await createUsageLedger({ database }).book('edge-1', () => booked);
        await createUsageLedger({ database }).book('edge-2', () => ({ ...eves, usage, queues: usage }));
        const told = (spans: readonly { router: string; queue: string; user: string; startAt: number }[]) =>
          spans
            .map(({ router, queue, user, startAt }) => `${router} ${queue} ${user} ${(NOON - startAt) / HOUR}`)
            .toSorted();
        const { unobservedOf } = createUsageSums({ database });
        const within = { fromAt: NOON - HOUR / 2, toAt: NOON };
        assert.deepEqual(told(await unobservedOf({ ...within, users: ['bob', '%'] })), [
          'edge-1 pc bob 2',
          'edge-1 tv bob 1',
          'edge-2 tv bob 1',
        ]);
        assert.deepEqual(await unobservedOf({ fromAt: NOON, toAt: NOON + HOUR, users: ['bob'] }), []);
        assert.deepEqual(await unobservedOf({ ...within, users: [] }), []);
        const { userGaps } = createUsageSums({ database });
        assert.deepEqual(told(await userGaps({ ...within, router: 'edge-2', user: 'eve' })), ['edge-2 bob eve 1']);
      });
    });

    describe('purge', () => {
      it('forgets what is past, but no mail that may still go out', async () => {
        const old = { periodStart: '2026-04-01', periodEnd: '2026-04-01' };
        await breaches.record(
          [breachOf({ ...old, state: 'mailed', mailId: 'm1' }), breachOf()],
          [mailOf('m1', { periodEnd: old.periodEnd })],
        );
        await settle(await claimed());
        await put(mailOf('waiting', { periodEnd: old.periodEnd }), mailOf('young'));
        const reports = createReportBook({ database });
        const file = { fileName: 'a', contentType: 'text/csv', content: '' };
        const report = { report: 'day', periodStart: old.periodStart };
        await reports.write(report, { ...mailOf('report', { periodEnd: old.periodEnd }), attachment: file }, false);
        const forget = forgetAll(
          [forgetBreaches, forgetReports, forgetIncidents, forgetNotices].map((make) =>
            make({
              ...{ database, clock: createManualClock(NOON), logger: createMemoryLogger() },
              channels: [MAIL.name],
            }),
          ),
        );
        const purge = async (dryRun: boolean) =>
          (await forget({ beforeDay: DAY, beforeAt: 0 }, dryRun)).map(({ count, many }) => `${count} ${many}`);
        assert.deepEqual(await purge(true), ['1 breaches', '1 mails']);
        assert.deepEqual(await purge(false), ['1 breaches', '1 mails']);
        assert.deepEqual(await purge(false), ['0 breaches', '0 mails']);
        assert.equal(await reports.isWritten(report), false);
        assert.equal((await breaches.recorded({ periodEndFrom: '2026-01-01' })).length, 1);
        assert.ok((await claimed()) !== null);
      });
    });
  });
}

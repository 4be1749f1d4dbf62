import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { NOTHING_TOLD, type Told, type WaitingNews } from '../../src/health/gather.ts';
import { healthLetter } from '../../src/health/health-letter.ts';
import { NO_LINKS } from '../../src/health/links.ts';
import type { DeviceRecord, HealthBatch, Telling } from '../../src/health/ports.ts';
import type { SpanPart } from '../../src/health/spans.ts';
import { newHealth, STATES, type State } from '../../src/health/state.ts';
import { createHealthArchive, createMaintenanceStore } from '../../src/health/store/health-archive.ts';
import { forgetHealth } from '../../src/health/store/health-purger.ts';
import { createHealthStore } from '../../src/health/store/health-store.ts';
import { createPublicArchive } from '../../src/health/store/public-archive.ts';
import { healthQueries } from '../../src/health/store/schema.ts';
import { createStanding } from '../../src/health/store/standing.ts';
import { createIncidentWriter } from '../../src/incidents/store/incident-writer.ts';
import { incidentQueries } from '../../src/incidents/store/schema.ts';
import { createNoticeMaker } from '../../src/notices/make-notice.ts';
import type { OutgoingNotice } from '../../src/notices/notice.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import { wordOf } from '../../src/platform/store/columns.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { NO_FIGURES, NOON } from '../health/support.ts';
import { type FreshDatabase, migrated, type TestDatabase } from '../support/databases.ts';
import { recordOf } from '../support/health-site.ts';
import { createManualClock } from '../support/manual-clock.ts';

const LEASE_MS = 20_000;
const DAY_MS = 86_400_000;
const silent = (_waiting: readonly WaitingNews[], told: Told): Telling => ({ notices: [], ids: [], told });

/** What every store of health has to do. Each test uses devices of its own. */
export function healthStoreContract(kind: string, fresh: FreshDatabase): void {
  describe(`health in ${kind}`, () => {
    let test: TestDatabase & { readonly database: Database };
    before(async () => {
      test = await migrated(fresh);
    });
    after(() => test.drop());

    const bookOf = (database: Database) =>
      createHealthStore({
        database,
        notices: createNoticeWriter({ database }),
        incidents: createIncidentWriter({ database }),
      });
    const batch = (holder: string, given: Partial<HealthBatch>): HealthBatch => ({
      ...{ id: randomUUID(), holder, at: NOON, blindSince: null, routers: 0 },
      ...{ records: [], transitions: [], parts: [], incidents: [], news: [] },
      ...given,
    });
    const part = (device: string, given: Partial<SpanPart>): SpanPart => ({
      ...{ device, length: 'minutes', startsAt: NOON, upMs: 0, downMs: 0, unknownMs: 0, figures: new Map() },
      ...given,
    });
    const free = () => test.database.read((queries) => healthQueries(queries).deleteFrom('health_watch').execute());

    it('gives the turn to one worker until its lease ends or it gives it back', async () => {
      await free();
      const book = bookOf(test.database);
      const [one, other] = [randomUUID(), randomUUID()];
      assert.deepEqual(await book.claim(one, NOON, LEASE_MS), { seenAt: NOON, blindSince: null });
      assert.equal(await book.claim(other, NOON + 5, LEASE_MS), null);
      assert.notEqual(await book.claim(one, NOON + 9, LEASE_MS), null);
      await book.release(other);
      assert.equal(await book.claim(other, NOON, LEASE_MS), null);
      await book.release(one);
      assert.deepEqual(await book.claim(other, NOON + 10, LEASE_MS), { seenAt: NOON, blindSince: null });
      await book.claim(other, NOON, 0);
      assert.notEqual(await book.claim(one, NOON, LEASE_MS), null);
    });

    it('writes nothing for a worker that lost its turn, and no batch twice', async () => {
      await free();
      const book = bookOf(test.database);
      const [one, other] = [randomUUID(), randomUUID()];
      await book.claim(one, NOON, LEASE_MS);
      const given = batch(one, { parts: [part('twice', { upMs: 1000 })], blindSince: NOON - 7 });
      assert.equal(await book.commit(given, LEASE_MS, silent), true);
      assert.equal(await book.commit(given, LEASE_MS, silent), true);
      await book.release(one);
      assert.equal((await book.claim(other, NOON, LEASE_MS))?.blindSince, NOON - 7);
      assert.equal(await book.commit(batch(one, { parts: [part('twice', { upMs: 1000 })] }), LEASE_MS, silent), false);
      const archive = createHealthArchive(test);
      assert.deepEqual(
        (await archive.spans('twice', 'minutes', NOON)).map(({ upMs }) => upMs),
        [1000],
      );
    });

    it('gives the turn to one of two workers that ask at once', async () => {
      await free();
      const books = [bookOf(test.database), bookOf(test.open())];
      const turns = await Promise.all(books.map((book) => book.claim(randomUUID(), NOON, LEASE_MS)));
      assert.equal(turns.filter((turn) => turn !== null).length, 1);
    });

    it('adds spans up, and keeps the smallest and the largest of each figure', async () => {
      await free();
      const book = bookOf(test.database);
      const holder = randomUUID();
      await book.claim(holder, NOON, LEASE_MS);
      const tally = (count: number, min: number, sum: number, max: number) => ({ count, min, sum, max });
      for (const figures of [
        new Map([['cpuPercent', tally(2, 5, 25, 20)]] as const),
        new Map([['temperatureC', tally(1, 41.5, 41.5, 41.5)]] as const),
        new Map([['cpuPercent', tally(1, 2, 2, 2)]] as const),
      ]) {
        await book.commit(
          batch(holder, { parts: [part('sum', { upMs: 10, downMs: 20, unknownMs: 30, figures })] }),
          LEASE_MS,
          silent,
        );
      }
      assert.deepEqual(await createHealthArchive(test).spans('sum', 'minutes', NOON), [
        {
          ...{ startsAt: NOON, upMs: 30, downMs: 60, unknownMs: 90 },
          figures: new Map([
            ['cpuPercent', tally(3, 2, 27, 20)],
            ['temperatureC', tally(1, 41.5, 41.5, 41.5)],
          ]),
        },
      ]);
    });

    it('counts the figures of a day that is looked at each second', async () => {
      await free();
      const book = bookOf(test.database);
      const holder = randomUUID();
      await book.claim(holder, NOON, LEASE_MS);
      const figures = new Map([['latencyMs', { count: 50_000, min: 1, sum: 50_000, max: 1 }]] as const);
      for (const at of [1, 2]) {
        const parts = [part('each second', { length: 'day', upMs: at, figures })];
        assert.equal(await book.commit(batch(holder, { parts }), LEASE_MS, silent), true);
      }
      const [day] = await createHealthArchive(test).spans('each second', 'day', NOON);
      assert.equal(day?.figures.get('latencyMs')?.count, 100_000);
    });

    it('gives back what it was given of a device, but for the clock of the process', async () => {
      await free();
      const book = bookOf(test.database);
      const holder = randomUUID();
      await book.claim(holder, NOON, LEASE_MS);
      const record: DeviceRecord = {
        health: {
          ...newHealth('кухня "1"', NOON - 5),
          ...{ state: 'suspect', code: 'DEAD', reason: 'no answer', latencyMs: 1.5, failures: 2, checks: 'uud' },
          lookedAt: { at: NOON, monotonicMs: 77 },
          failingSince: { at: NOON, monotonicMs: 77 },
          held: [{ endsAt: NOON, ms: 30_000 }],
        },
        firstAt: NOON - 9,
        warnings: { temperatureC: { isOn: true, since: NOON, otherForMs: null } },
        links: { ...NO_LINKS, readAt: { at: NOON, monotonicMs: 77 }, hours: [[NOON, 3]] },
        figures: { ...NO_FIGURES, version: '7.20', sensors: [{ name: 'cpu', value: 40, unit: 'C' }] },
        figuresAt: NOON,
      };
      const moment = { at: NOON, monotonicMs: null };
      const kept = {
        ...record,
        health: { ...record.health, lookedAt: moment, failingSince: moment },
        links: { ...record.links, readAt: moment },
      };
      for (const each of [{ ...record, figures: null }, record]) {
        assert.equal(await book.commit(batch(holder, { records: [each] }), LEASE_MS, silent), true);
      }
      assert.deepEqual(
        (await book.load()).find(({ health }) => health.device === 'кухня "1"'),
        kept,
      );
    });

    it('keeps news until it is told, and remembers when that was', async () => {
      await free();
      const book = bookOf(test.database);
      const holder = randomUUID();
      await book.claim(holder, NOON, LEASE_MS);
      const news = (['down', 'up'] as const).map((event, index) => ({
        ...{
          device: `news${index}`,
          event,
          at: NOON + index,
          since: NOON,
          incident: 'device' as const,
          reason: 'x'.repeat(300),
        },
      }));
      const seen: (readonly string[])[] = [];
      const tell = (take: number) => (waiting: readonly WaitingNews[], told: Told) => {
        seen.push([...waiting.map(({ device }) => device), JSON.stringify(told.last)]);
        const ids = waiting.slice(0, take).map(({ id }) => id);
        return { notices: [], ids, told: { ...told, last: { down: NOON } } };
      };
      await book.commit(batch(holder, { news }), LEASE_MS, tell(1));
      await book.commit(batch(holder, {}), LEASE_MS, tell(1));
      await book.commit(batch(holder, {}), LEASE_MS, tell(1));
      assert.deepEqual(seen, [
        ['news0', 'news1', JSON.stringify(NOTHING_TOLD.last)],
        ['news1', `{"down":${NOON}}`],
        [`{"down":${NOON}}`],
      ]);
    });

    it('opens and closes incidents in their order', async () => {
      await free();
      const book = bookOf(test.database);
      const holder = randomUUID();
      await book.claim(holder, NOON, LEASE_MS);
      const change = (is: 'open' | 'closed', at: number, subject = 'fell') => ({
        ...{ kind: 'device' as const, subject, is, at, summary: 'no answer' },
      });
      const incidents = [
        change('open', NOON),
        change('closed', NOON + 5),
        change('open', NOON + 9),
        change('open', NOON + 10),
      ];
      await book.commit(batch(holder, { incidents }), LEASE_MS, silent);
      const rows = await test.database.read((queries) =>
        incidentQueries(queries)
          .selectFrom('incidents')
          .selectAll()
          .where('subject', '=', 'fell')
          .orderBy('id')
          .execute(),
      );
      assert.deepEqual(
        rows.map(({ opened_at, closed_at }) => [
          Number(opened_at) - NOON,
          closed_at === null ? null : Number(closed_at) - NOON,
        ]),
        [
          [0, 5],
          [9, null],
        ],
      );
    });

    it('ties notices to the incidents they tell of, and an end to what told of its opening', async () => {
      await free();
      const book = bookOf(test.database);
      const holder = randomUUID();
      await book.claim(holder, NOON, LEASE_MS);
      const makeNotice = createNoticeMaker({ calendar: createCalendar('Asia/Karachi'), newId: randomUUID });
      const written: OutgoingNotice[] = [];
      const tying = createHealthStore({
        database: test.database,
        incidents: createIncidentWriter(test),
        notices: {
          write: (_transaction, notices) => {
            written.push(...notices);
            return Promise.resolve();
          },
        },
      });
      const tell =
        (event: 'down' | 'up', devices: readonly string[]) => (_waiting: readonly WaitingNews[], told: Told) => {
          const composition = healthLetter(
            { event, news: [], recovered: [], ids: [] },
            { now: NOON, timeZone: 'UTC', watched: 1, behind: () => 0 },
          );
          const to = [{ channel: 'mail', address: 'a@example.net' }];
          const notice = makeNotice(composition, {
            kind: 'device',
            event: `device.${event}`,
            devices,
            to,
            now: NOON,
            periodEnd: '2026-11-27',
          });
          const news = devices.map((device) => ({
            device,
            event,
            at: NOON,
            since: NOON,
            incident: 'device' as const,
            reason: null,
          }));
          return { notices: [{ notice, event, news }], ids: [], told };
        };
      const incidents = ['tied1', 'tied2'].map((subject) => ({
        kind: 'device' as const,
        subject,
        is: 'open' as const,
        at: NOON,
        summary: 'x',
      }));
      await tying.commit(batch(holder, { incidents }), LEASE_MS, tell('down', ['tied1', 'tied2']));
      const closed = incidents.map((each) => ({ ...each, is: 'closed' as const, at: NOON + 9 }));
      await tying.commit(batch(holder, { incidents: closed }), LEASE_MS, tell('up', ['tied1']));
      assert.deepEqual(
        written.map(({ incident, answers }) => [incident !== null, answers]),
        [
          [false, null],
          [true, written[0]?.id],
        ],
      );
    });

    it('finds transitions by device and time, the last ones first, and the days of each device', async () => {
      await free();
      const book = bookOf(test.database);
      const holder = randomUUID();
      await book.claim(holder, NOON, LEASE_MS);
      const move = (device: string, seconds: number) => ({
        ...{ device, at: NOON + seconds, from: 'up' as const, to: 'suspect' as const, reason: null, latencyMs: 2.5 },
      });
      const parts = [0, DAY_MS].map((later) =>
        part('moves', { length: 'day', startsAt: NOON + later, upMs: 5, downMs: 2 }),
      );
      await book.commit(
        batch(holder, { transitions: [move('moves', 1), move('moves', 2), move('others', 3)], parts }),
        LEASE_MS,
        silent,
      );
      const archive = createHealthArchive(test);
      const found = async (query: object) =>
        (await archive.transitions({ most: 10, ...query })).map(({ at }) => at - NOON);
      assert.deepEqual(await found({ device: 'moves' }), [2, 1]);
      assert.deepEqual(await found({ fromAt: NOON + 2 }), [3, 2]);
      assert.deepEqual(await found({ toAt: NOON + 2 }), [1]);
      assert.deepEqual(await found({ most: 1 }), [3]);
      const days = async (fromAt: number) => (await archive.times(fromAt)).filter(({ device }) => device === 'moves');
      assert.deepEqual(await days(NOON), [{ device: 'moves', upMs: 10, downMs: 4 }]);
      assert.deepEqual(await days(NOON + 1), [{ device: 'moves', upMs: 5, downMs: 2 }]);
      assert.deepEqual(await archive.times(NOON, ['moves', 'nobody']), [{ device: 'moves', upMs: 10, downMs: 4 }]);
      assert.deepEqual(await archive.times(NOON, []), []);
      const down = { ...move('moves', 4), to: 'down' as const };
      await book.commit(batch(holder, { transitions: [down] }), LEASE_MS, silent);
      assert.deepEqual(
        [(await archive.outages(NOON + 4)).get('moves'), (await archive.outages(NOON + 5)).get('moves')],
        [1, undefined],
      );
      assert.deepEqual(await archive.watched(), { isWatched: true, blindSince: null, seenAt: NOON });
      await book.release(holder);
      assert.deepEqual(await archive.watched(), { isWatched: false, blindSince: null, seenAt: NOON });
    });

    it('tells how many devices are in which state, and which are down longest; nothing of it while no worker looks', async () => {
      await free();
      const { database } = test;
      await database.read((queries) => healthQueries(queries).deleteFrom('health_states').execute());
      const holder = randomUUID();
      const states = [
        'up',
        'suspect',
        'paused',
        'maintenance',
        'unreachable',
        ...Array.from({ length: 7 }, () => 'down'),
      ];
      const records = states.map((state, index) =>
        recordOf(`s${index}`, NOON, { since: NOON - index * 1000, state: wordOf('state', state, STATES) }),
      );
      await bookOf(database).claim(holder, NOON, LEASE_MS);
      await bookOf(database).commit(batch(holder, { records, blindSince: NOON }), LEASE_MS, silent);
      const standing = createStanding({ database, archive: createHealthArchive({ database }) });
      assert.deepEqual(await standing.read(), {
        ...{ total: 11, up: 2, down: 7, unreachable: 1, unknown: 0, maintenance: 1, isBlind: true },
        longestDown: ['s11', 's10', 's9', 's8', 's7'],
      });
      await bookOf(database).release(holder);
      assert.deepEqual(await standing.read(), {
        ...{ total: 11, up: 0, down: 0, unreachable: 0, unknown: 11, maintenance: 0, isBlind: false },
        longestDown: [],
      });
    });

    it('gives of a page for everybody what it shows: days, windows and states of its devices alone', async () => {
      await free();
      const { database } = test;
      const holder = randomUUID();
      const move = { reason: null, latencyMs: null };
      const turn = (device: string, at: number, from: State, to: State) => ({ ...move, device, at, from, to });
      const records = ['p1', 'p2'].map((device) => recordOf(device, NOON, {}));
      const parts = ['p1', 'p2'].flatMap((device) =>
        [NOON - DAY_MS, NOON].map((startsAt) => part(device, { length: 'day', startsAt, upMs: 5, downMs: 2 })),
      );
      const transitions = [
        turn('p1', NOON + 2, 'maintenance', 'up'),
        turn('p1', NOON + 1, 'up', 'maintenance'),
        turn('p1', NOON + 3, 'up', 'suspect'),
        turn('p1', NOON - DAY_MS, 'up', 'maintenance'),
        turn('p2', NOON + 1, 'up', 'maintenance'),
      ];
      await bookOf(database).claim(holder, NOON, LEASE_MS);
      await bookOf(database).commit(batch(holder, { records, parts, transitions }), LEASE_MS, silent);
      const archive = createPublicArchive({ database, archive: createHealthArchive({ database }) });
      const { devices, ...read } = await archive.read(['p1', 'p9'], NOON);
      assert.deepEqual([...devices.keys()], ['p1']);
      assert.deepEqual(read, {
        isWatched: true,
        days: [{ device: 'p1', startsAt: NOON, upMs: 5, downMs: 2 }],
        maintenance: [
          { device: 'p1', at: NOON + 1, begins: true },
          { device: 'p1', at: NOON + 2, begins: false },
        ],
      });
    });

    it('sums up what flowed over the internet lines of all routers: once a minute, and when a time is over', async () => {
      await free();
      const book = bookOf(test.database);
      const archive = createHealthArchive(test);
      const holder = randomUUID();
      const startsAt = NOON + 1000 * DAY_MS;
      const minute = 60_000;
      await book.claim(holder, NOON, LEASE_MS);
      const rates = (sum: number, count: number) => ({ count, min: 0, sum, max: sum });
      const add = async (device: string, at: number, mbps: number | null, count = 1) => {
        const figures =
          mbps === null
            ? new Map()
            : new Map([
                ['downloadBps', rates(mbps * count * 1e6, count)],
                ['uploadBps', rates(mbps * count * 1e5, count)],
              ] as const);
        const parts = (['hour', 'day'] as const).map((length) =>
          part(device, { length, startsAt, upMs: minute, figures }),
        );
        const given = batch(holder, { at: startsAt + at, routers: 4, records: [recordOf(device, NOON, {})], parts });
        await book.commit(given, LEASE_MS, silent);
        return (await archive.wan('hour', startsAt)).map(({ seen, downloadBps }) => [seen, downloadBps / 1e6]);
      };
      assert.deepEqual(await add('wan-1', minute, 10), [], 'not every router was looked at yet');
      assert.deepEqual(await add('wan-2', 3 * minute, 30), [[2, 40]]);
      assert.deepEqual(await add('wan-3', 3.5 * minute, 5), [[2, 40]]);
      assert.deepEqual(await add('wan-4', 4 * minute, null), [[2, 40]]);
      // The mean of wan-1 is 12 now.
      assert.deepEqual(await add('wan-1', 4 * minute + 1, 13, 2), [[3, 47]]);
      assert.deepEqual(await add('wan-4', 60 * minute, null), [[3, 47]]);
      assert.deepEqual(await add('wan-2', 60 * minute + 1, 50), [[3, 57]]);
      assert.deepEqual(await archive.wan('hour', startsAt), [
        { startsAt, routers: 4, seen: 3, seenMs: 5 * minute, downloadBps: 57e6, uploadBps: 57e5 },
      ]);
      assert.deepEqual(
        (await archive.wan('day', startsAt)).map(({ seen }) => seen),
        [3],
      );
      assert.deepEqual(await archive.wan('hour', startsAt + 1), []);
      const forget = forgetHealth({ database: test.database, clock: createManualClock(startsAt + 91 * DAY_MS) });
      await forget({ beforeDay: '2026-01-01', beforeAt: NOON }, false);
      assert.deepEqual(
        [(await archive.wan('hour', startsAt)).length, (await archive.wan('day', startsAt)).length],
        [0, 1],
      );
    });

    it('counts no rate of an internet line twice when the turn is lost in the middle of an hour', async () => {
      await free();
      const book = bookOf(test.database);
      const [one, other] = [randomUUID(), randomUUID()];
      const startsAt = NOON + 2000 * DAY_MS;
      const minute = 60_000;
      const given = (holder: string, at: number, mbps: number) => {
        const rate = (bps: number) => ({ count: 1, min: bps, sum: bps, max: bps });
        const figures = new Map([
          ['downloadBps', rate(mbps * 1e6)],
          ['uploadBps', rate(mbps * 1e5)],
        ] as const);
        return batch(holder, {
          ...{ at: startsAt + at, routers: 1, records: [recordOf('turn-1', NOON, {})] },
          parts: [part('turn-1', { length: 'hour', startsAt, upMs: minute, figures })],
        });
      };
      const kept = async () => {
        const spans = await createHealthArchive(test).wan('hour', startsAt);
        return spans.map(({ seen, seenMs, downloadBps }) => [seen, seenMs / minute, downloadBps / 1e6]);
      };
      await book.claim(one, NOON, LEASE_MS);
      const first = given(one, 3 * minute, 10);
      await book.commit(first, LEASE_MS, silent);
      // Its answer was lost.
      assert.equal(await book.commit({ ...first, at: startsAt + 5 * minute }, LEASE_MS, silent), true);
      assert.deepEqual(await kept(), [[1, 1, 10]]);
      await book.release(one);
      await book.claim(other, NOON, LEASE_MS);
      assert.equal(await book.commit(given(one, 7 * minute, 90), LEASE_MS, silent), false);
      assert.deepEqual(await kept(), [[1, 1, 10]]);
      await book.commit(given(other, 9 * minute, 30), LEASE_MS, silent);
      assert.deepEqual(await kept(), [[1, 2, 20]]);
    });

    it('forgets spans, transitions and windows after their time, single failures sooner', async () => {
      await free();
      const book = bookOf(test.database);
      const windows = createMaintenanceStore(test);
      const holder = randomUUID();
      await book.claim(holder, NOON, LEASE_MS);
      const ages = [1, 8, 91, 732];
      const before = (days: number) => NOON - days * DAY_MS;
      const record = recordOf('old', NOON, {});
      const parts = ages.flatMap((age) =>
        (['minutes', 'hour', 'day'] as const).map((length) => part('old', { length, startsAt: before(age), upMs: 1 })),
      );
      const transitions = ages.flatMap((age) =>
        (['suspect', 'down'] as const).map((to) => ({
          ...{ device: 'old', at: before(age), from: 'up' as const, to, reason: null, latencyMs: null },
        })),
      );
      await book.commit(batch(holder, { records: [record], parts, transitions }), LEASE_MS, silent);
      const window = { device: 'old', tag: null, startsAt: before(20), endsAt: before(19) };
      const ids = [await windows.add({ ...window, isWeekly: false }), await windows.add({ ...window, isWeekly: true })];
      const forget = forgetHealth({ database: test.database, clock: createManualClock(NOON) });
      const limit = { beforeDay: '2026-01-01', beforeAt: NOON };
      await forget(limit, true);
      assert.equal((await windows.list()).length, 2);
      await forget(limit, false);
      const archive = createHealthArchive(test);
      const left = async (length: 'minutes' | 'hour' | 'day') =>
        (await archive.spans('old', length, 0)).map(({ startsAt }) => (NOON - startsAt) / DAY_MS);
      assert.deepEqual([await left('minutes'), await left('hour'), await left('day')], [[1], [8, 1], [91, 8, 1]]);
      const moves = await archive.transitions({ device: 'old', most: 99 });
      assert.deepEqual(moves.map(({ to, at }) => `${to} ${(NOON - at) / DAY_MS}`).sort(), [
        'down 1',
        'down 8',
        'down 91',
        'suspect 1',
      ]);
      assert.deepEqual(
        (await windows.list()).map(({ id }) => id),
        ids.slice(1),
      );
      assert.equal(await windows.remove(ids[1] ?? 0), true);
      assert.equal(await windows.remove(ids[1] ?? 0), false);
    });
  });
}

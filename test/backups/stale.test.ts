import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { createBackupMetrics } from '../../src/backups/metrics.ts';
import type { Outcome, RunBook } from '../../src/backups/outcome.ts';
import { type BackupWatch, createStaleWatch, judgeWatches } from '../../src/backups/stale.ts';
import { standingsOf } from '../../src/backups/standing.ts';
import { createBackupStore } from '../../src/backups/store/backup-store.ts';
import { createWatchStore } from '../../src/backups/store/watch-store.ts';
import { createBackupTeller } from '../../src/backups/tell.ts';
import type { Version } from '../../src/backups/versions.ts';
import { createIncidentBook } from '../../src/incidents/store/incident-book.ts';
import { createIncidentWriter } from '../../src/incidents/store/incident-writer.ts';
import { createNoticeMaker } from '../../src/notices/make-notice.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { newVersion } from '../support/backups.ts';
import { type FreshDatabase, freshMysql, freshSqlite, migrated, type TestDatabase } from '../support/databases.ts';
import { vault } from '../support/inventory.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { mailRecipients } from '../support/notices.ts';

const HOUR_MS = 3_600_000;
const NOON = Date.UTC(2026, 10, 26, 12);

describe('what has become of the watches over backups', () => {
  const watch = (given: Partial<BackupWatch>): BackupWatch => ({
    ...{ device: 'edge', watchedSince: NOON - 1000 * HOUR_MS, notedAt: NOON, staleSince: null, lastGoodAt: null },
    ...given,
  });
  const judged = (given: Partial<BackupWatch>, change: Partial<Parameters<typeof judgeWatches>[1]> = {}) => {
    const names = new Set(['edge']);
    const there = { expected: names, known: names, areAllKnown: true, ...change };
    const { left, stale, fresh } = judgeWatches([watch(given)], there, { now: NOON, staleAfterMs: 48 * HOUR_MS });
    return [left.length > 0 && 'left', stale.length > 0 && 'stale', fresh.length > 0 && 'fresh'].filter(Boolean);
  };
  it('is said once: when it was told, nothing is to be told until something changes', () => {
    const when = fc.integer({ min: -100, max: 0 }).map((hours) => NOON + hours * HOUR_MS);
    const names: fc.Arbitrary<string> = fc.constantFrom('edge', 'core', 'gone');
    const given = fc.uniqueArray(
      fc.record({
        ...{ device: names, watchedSince: when, notedAt: when },
        ...{ staleSince: fc.option(when), lastGoodAt: fc.option(when) },
      }),
      { selector: ({ device }) => device },
    );
    const some = fc.uniqueArray(names).map((each) => new Set(each));
    fc.assert(
      fc.property(given, some, some, fc.boolean(), (watches, expected, others, areAllKnown) => {
        const there = { expected, known: new Set([...expected, ...others]), areAllKnown };
        const rule = { now: NOON, staleAfterMs: 48 * HOUR_MS };
        const { left, stale, fresh } = judgeWatches(watches, there, rule);
        const told = [...left, ...[...stale, ...fresh].map(({ device }) => device)];
        assert.equal(new Set(told).size, told.length);
        assert.ok([...stale, ...fresh].every(({ device }) => expected.has(device)));
        const next = watches.flatMap((each) => {
          if (left.includes(each.device)) return [];
          if (stale.includes(each)) return [{ ...each, staleSince: NOON }];
          return [fresh.includes(each) ? { ...each, staleSince: null } : each];
        });
        assert.deepEqual(judgeWatches(next, there, rule), { left: [], stale: [], fresh: [] });
      }),
    );
  });

  const nobody = { expected: new Set<string>() };
  const cases: [string, readonly string[], Parameters<typeof judged>][] = [
    ['backed up within the time', [], [{ lastGoodAt: NOON - 48 * HOUR_MS }]],
    ['backed up longer ago', ['stale'], [{ lastGoodAt: NOON - 48 * HOUR_MS - 1 }]],
    ['never backed up, and expected for long', ['stale'], [{}]],
    ['new', [], [{ watchedSince: NOON - HOUR_MS }]],
    [
      'backed up long ago, and paused until now',
      [],
      [{ watchedSince: NOON - HOUR_MS, lastGoodAt: NOON - 900 * HOUR_MS }],
    ],
    ['told already', [], [{ staleSince: NOON - HOUR_MS }]],
    ['told, and backed up since', ['fresh'], [{ staleSince: NOON - HOUR_MS, lastGoodAt: NOON - 1 }]],
    ['backed up in a future that the clock has left', [], [{ lastGoodAt: NOON + 900 * HOUR_MS }]],
    ['paused', ['left'], [{ staleSince: NOON }, nobody]],
    ['removed', ['left'], [{ notedAt: NOON - 25 * HOUR_MS }, { ...nobody, known: new Set() }]],
    ['known to another worker', [], [{ notedAt: NOON - 23 * HOUR_MS }, { ...nobody, known: new Set() }]],
    [
      'perhaps only not read yet from its source',
      [],
      [{ notedAt: NOON - 25 * HOUR_MS }, { ...nobody, known: new Set(), areAllKnown: false }],
    ],
  ];
  for (const [what, expected, asked] of cases) {
    it(`of a device that is ${what}: ${expected[0] ?? 'nothing'}`, () => assert.deepEqual(judged(...asked), expected));
  }
});

describe('a device on the page of backups', () => {
  const version: Version = {
    ...{ device: 'edge', version: 1, firstSeenAt: NOON, lastSeenAt: NOON, model: 'routeros', bytes: 10 },
    ...{ osVersion: null, hardware: null, serial: null, changedBy: [], linesAdded: 0, linesRemoved: 0 },
    ...{ isRewritten: false, isImported: false },
  };
  const standing = (lastSeenAt: number, watchedSince: number | null) =>
    standingsOf({
      devices: [{ name: 'edge', hasLogin: true, hasBackups: true, isPaused: false }],
      newest: [{ ...version, lastSeenAt }],
      ...{ quarantines: [], codes: new Map(), now: NOON, staleAfterMs: 48 * HOUR_MS },
      watches: watchedSince === null ? [] : [{ device: 'edge', watchedSince }],
    }).map((each) => each.standing);

  it('is stale when its incident is due, so not as soon as it is resumed', () => {
    const longAgo = NOON - 900 * HOUR_MS;
    assert.deepEqual(standing(longAgo, NOON - 48 * HOUR_MS), ['good']);
    assert.deepEqual(standing(longAgo, NOON - 48 * HOUR_MS - 1), ['stale']);
    assert.deepEqual(standing(NOON - 48 * HOUR_MS, longAgo), ['good']);
    // Before a worker has looked for the first time.
    assert.deepEqual(standing(longAgo, null), ['stale']);
  });
});

describe('metrics of backups', () => {
  it('have the age of each newest backup, how many are too old, and what was stored of runs', async () => {
    const registry = new Registry();
    const watch = { watchedSince: 0, notedAt: 0, staleSince: null, lastGoodAt: null };
    const metrics = createBackupMetrics(registry, {
      watches: () => [
        { ...watch, device: 'good', lastGoodAt: NOON - 90_000 },
        { ...watch, device: 'never', staleSince: NOON },
        { ...watch, device: 'clock set back', lastGoodAt: NOON + 5_000 },
      ],
      clock: { now: () => NOON },
    });
    let isAway = true;
    const book = metrics.count<Pick<RunBook, 'note' | 'finish'>>({
      note: async () => {
        if (isAway) throw new Error('away');
      },
      finish: async () => {},
    });
    const outcome: Outcome = {
      ...{ device: 'good', outcome: 'changed', code: null, step: null, tries: 1, durationMs: 1, bytes: 700 },
      ...{ version: 2, trouble: null, advice: null, binary: null },
    };
    await assert.rejects(book.note('run', outcome));
    isAway = false;
    await book.note('run', outcome);
    await book.note('run', { ...outcome, outcome: 'failed', bytes: null });
    await book.finish('run', NOON, []);
    metrics.refresh?.();
    const text = await registry.metrics();
    for (const line of [
      'netsentinel_backup_age_seconds{device="good"} 90',
      'netsentinel_backup_age_seconds{device="clock set back"} 0',
      'netsentinel_backup_stale_devices 1',
      'netsentinel_backup_runs_total 1',
      'netsentinel_backup_outcomes_total{outcome="changed"} 1',
      'netsentinel_backup_outcomes_total{outcome="failed"} 1',
      'netsentinel_backup_outcomes_total{outcome="skipped"} 0',
      'netsentinel_backup_bytes_total 700',
    ]) {
      assert.ok(text.includes(`${line}\n`), line);
    }
    assert.doesNotMatch(text, /device="never"/);
  });
});

for (const [store, fresh] of [
  ['SQLite', freshSqlite],
  ['MariaDB', freshMysql],
] as readonly [string, FreshDatabase][]) {
  describe(`devices without a backup for too long, on ${store}`, () => {
    let test: TestDatabase & { readonly database: Database };
    before(async () => {
      test = await migrated(fresh);
    });
    after(() => test.drop());

    it('are an incident and a notice once, whichever worker looks, closed by the next good backup', async () => {
      const { database } = test;
      const clock = createManualClock(NOON);
      const notices = createNoticeWriter({ database });
      const book = createBackupStore({ database, vault, keep: 5, notices });
      let ids = 0;
      let devices = ['edge-1', 'edge-2', 'paused'];
      let paused: readonly string[] = [];
      const worker = () =>
        createStaleWatch({
          expected: () => {
            const expected = new Set(devices.filter((name) => !paused.includes(name)));
            return { expected, known: new Set(devices), areAllKnown: true };
          },
          book: createWatchStore({ database, notices, incidents: createIncidentWriter({ database }) }),
          staleAfterMs: 48 * HOUR_MS,
          teller: createBackupTeller({
            ...{ recipients: mailRecipients('admin@example.com'), calendar: createCalendar('UTC'), clock },
            makeNotice: createNoticeMaker({ calendar: createCalendar('UTC'), newId: () => `notice-${store}-${++ids}` }),
          }),
          ...{ postman: { wake: () => {} }, calendar: createCalendar('UTC'), clock, logger: createMemoryLogger() },
          jobs: { note: async () => {}, lastRuns: async () => [] },
        });
      const [one, two] = [worker(), worker()];
      const incidents = async () =>
        (await createIncidentBook({ database }).list({ all: true, most: 10 })).map(
          ({ subject, summary, closedAt }) => `${subject}: ${summary}${closedAt === null ? '' : ', over'}`,
        );
      const told = async () => {
        const rows = await database.read((queries) =>
          queries
            .withTables<{
              notices: { id: string; subject: string };
              notice_topics: { notice: string; event: string; answers: string | null; incident: bigint | null };
            }>()
            .selectFrom('notices as n')
            .innerJoin('notice_topics as t', 't.notice', 'n.id')
            .select(['n.subject', 't.event', 't.answers', 't.incident'])
            .execute(),
        );
        return rows
          .map(({ subject, event, answers, incident }) =>
            [event, subject, answers === null ? 'new' : 'answer', incident === null ? '' : 'incident'].join(' | '),
          )
          .sort();
      };

      await one.look();
      await book.keep('edge-1', 'run-1', () => newVersion('a\n', { sight: { at: NOON, clockMs: null } }));
      clock.advance(49 * HOUR_MS);
      await Promise.all([one.look(), two.look()]);
      await one.look();
      assert.deepEqual(await told(), ['backup.stale | 3 devices: no backup for more than 2 d | new | ']);
      assert.equal((await incidents()).length, 3);
      assert.ok((await incidents()).includes('edge-1: not backed up since Thu 26 Nov, 12:00'));
      assert.ok((await incidents()).includes('edge-2: never backed up, expected since Thu 26 Nov, 12:00'));

      paused = ['paused'];
      await book.keep('edge-2', 'run-2', () => newVersion('b\n', { sight: { at: clock.now(), clockMs: null } }));
      await Promise.all([one.look(), two.look()]);
      assert.deepEqual(await told(), [
        'backup.fresh | edge-2: backup is up to date again | answer | incident',
        'backup.stale | 3 devices: no backup for more than 2 d | new | ',
      ]);
      assert.deepEqual((await incidents()).filter((line) => line.endsWith('over')).length, 2);

      // Paused for long and resumed: it has as much time as a new one.
      clock.advance(100 * HOUR_MS);
      paused = [];
      devices = ['edge-1', 'paused'];
      await one.look();
      assert.equal((await incidents()).filter((line) => line.startsWith('paused')).length, 1);
      assert.deepEqual(
        one.watches().map(({ device }) => device),
        ['edge-1', 'paused'],
      );
    });

    it('are told of only when a worker had time to make up for its absence', async () => {
      const { database } = test;
      const clock = createManualClock(NOON + 1000 * HOUR_MS);
      const raised: string[] = [];
      let notes = 0;
      const stored = createWatchStore({
        ...{ database, notices: createNoticeWriter({ database }), incidents: createIncidentWriter({ database }) },
      });
      await stored.note(['late'], NOON);
      const watch = createStaleWatch({
        expected: () => ({ expected: new Set(['late']), known: new Set(['late']), areAllKnown: false }),
        book: {
          ...stored,
          async note(devices, now) {
            notes += 1;
            await stored.note(devices, now);
          },
          raise: async (stale) => {
            raised.push(...stale.map(({ device }) => device));
            return true;
          },
        },
        staleAfterMs: 48 * HOUR_MS,
        teller: createBackupTeller({
          ...{ recipients: mailRecipients(), calendar: createCalendar('UTC'), clock },
          makeNotice: createNoticeMaker({ calendar: createCalendar('UTC'), newId: () => 'unused' }),
        }),
        ...{ postman: { wake: () => {} }, calendar: createCalendar('UTC'), clock, logger: createMemoryLogger() },
        jobs: { note: async () => {}, lastRuns: async () => [] },
      });
      // The worker goes on starting while it looks for the first time.
      assert.equal(watch.start(), undefined);
      await watch.stop();
      assert.deepEqual(raised, []);
      clock.advance(30 * 60_000);
      await watch.look();
      assert.deepEqual(raised, ['late']);
      assert.equal(notes, 1, 'it is written only where something is new, or the note an hour old');
      clock.advance(31 * 60_000);
      await watch.look();
      assert.equal(notes, 2);
    });
  });
}

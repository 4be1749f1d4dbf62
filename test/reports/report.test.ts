import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createMailTemplates } from '../../src/notices/channels/mail/templates.ts';
import { createJobStore } from '../../src/platform/store/job-store.ts';
import { createReporter, type Reporter, type ReporterDeps } from '../../src/reports/report.ts';
import { createReportTemplate } from '../../src/reports/template.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { conditionOf } from '../support/conditions.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { createMemoryUsage, usageRow } from '../support/memory-usage.ts';
import { dueMails, mailRecipients } from '../support/notices.ts';
import { usageOf } from '../support/report-usage.ts';
import { createReportBook } from '../support/stores.ts';

const HOUR = 3_600_000;
const TODAY = '2026-11-20';
const calendar = createCalendar('Asia/Karachi');

const dayOnly = (day: string) => ({ startDay: day, endDay: day });

describe('reporter', () => {
  let test: Awaited<ReturnType<typeof migrated>>;
  let clock: ManualClock;
  let logger: ReturnType<typeof createMemoryLogger>;
  let tick: () => void;
  let ids = 0;

  let installedAt = 0;

  beforeEach(async () => {
    test = await migrated(freshSqlite);
    installedAt = 0;
    clock = createManualClock(calendar.startOf(TODAY) + 18 * HOUR);
    logger = createMemoryLogger();
    tick = () => assert.fail('nothing ticks');
  });
  afterEach(async () => {
    await test.drop();
    assert.deepEqual(logger.errors(), []);
  });

  function reporter(change: Partial<ReporterDeps> = {}): Reporter {
    const database = test.open();
    return createReporter({
      usageOf: usageOf({
        archive: createMemoryUsage([usageRow({ day: TODAY, user: 'bob', downloadBytes: 5n })]),
        calendar,
        quotas: [],
        retentionDays: 14,
      }),
      calendar,
      weekStartsOn: 'monday',
      retentionDays: 14,
      conditions: () => [conditionOf('edge-1', { lastReadAt: clock.now() })],
      template: createReportTemplate(createMailTemplates()),
      reports: [{ every: 'day', at: '18:15', covers: 'today', rows: 200 }],
      recipients: mailRecipients('admin@example.com'),
      book: { ...createReportBook({ database }), installedAt: async () => installedAt },
      postman: { wake: () => {} },
      jobs: createJobStore({ database }),
      clock,
      logger,
      newId: () => {
        ids += 1;
        return `mail-${ids}`;
      },
      everyMinute: (run) => {
        tick = run;
        return () => {
          tick = () => assert.fail('it was stopped');
        };
      },
      ...change,
    });
  }

  async function mails(): Promise<string[]> {
    return (await dueMails(test.database, clock.now())).map(({ subject }) => subject);
  }

  it('writes the report at its time, once', async () => {
    const { mailDue } = reporter();
    assert.equal(await mailDue(), 0);
    clock.advance(HOUR / 4);
    assert.equal(await mailDue(), 1);
    assert.equal(await mailDue(), 0);
    assert.deepEqual(await mails(), ['Usage Fri 20 Nov until 18:15: 5 B']);
  });

  it('writes it once though the worker restarts at that time, and though two workers run', async () => {
    clock.advance(HOUR / 4);
    const counts = await Promise.all([reporter().mailDue(), reporter().mailDue(), reporter().mailDue()]);
    assert.deepEqual(counts.toSorted(), [0, 0, 1]);
    assert.equal(await reporter().mailDue(), 0);
    assert.equal((await mails()).length, 1);
  });

  it('catches up the same day, and not the day after', async () => {
    clock.advance(3 * HOUR);
    assert.equal(await reporter().mailDue(), 1);
    assert.deepEqual(await mails(), ['Usage Fri 20 Nov until 21:00: 5 B']);
    clock.advance(4 * HOUR);
    assert.equal(await reporter().mailDue(), 0);
  });

  it('does not make up for what fell due before it was installed', async () => {
    clock.advance(2 * HOUR);
    installedAt = clock.now() - 1;
    assert.equal(await reporter().mailDue(), 0);
    clock.advance(24 * HOUR);
    assert.equal(await reporter().mailDue(), 1);
  });

  it('writes the next day’s report the next day', async () => {
    const { mailDue } = reporter();
    clock.advance(HOUR);
    await mailDue();
    clock.advance(24 * HOUR);
    assert.equal(await mailDue(), 1);
  });

  it('writes nothing without mail in the configuration', async () => {
    clock.advance(HOUR);
    const silent = reporter({ recipients: mailRecipients() });
    silent.start();
    assert.equal(await silent.mailDue(), 0);
    assert.deepEqual(await mails(), []);
  });

  it('catches up at the start and then goes by the minute', async () => {
    clock.advance(HOUR);
    const running = reporter();
    running.start();
    await running.mailDue();
    assert.equal((await mails()).length, 1);
    clock.advance(24 * HOUR);
    tick();
    await running.stop();
    assert.equal((await mails()).length, 1);
  });

  it('tries again the next minute when the database was away', async () => {
    clock.advance(HOUR);
    const book = createReportBook({ database: test.database });
    let isAway = true;
    const { mailDue } = reporter({
      book: {
        ...book,
        installedAt: async () => installedAt,
        isWritten: (key) =>
          isAway ? Promise.reject(new TroubleError('DATABASE_UNAVAILABLE', 'gone', '')) : book.isWritten(key),
      },
    });
    await assert.rejects(mailDue(), { code: 'DATABASE_UNAVAILABLE' });
    isAway = false;
    assert.equal(await mailDue(), 1);
  });

  it('notes how the job went', async () => {
    clock.advance(HOUR);
    await reporter().mailDue();
    const [run] = await createJobStore({ database: test.database }).lastRuns();
    assert.deepEqual([run?.job, run?.outcome, run?.startedAt], ['report', 'ok', clock.now()]);
  });

  describe('by hand', () => {
    it('writes a day’s report once, unless forced', async () => {
      const { mail } = reporter();
      assert.equal(await mail(dayOnly('2026-11-18'), false), 'written');
      assert.equal(await mail(dayOnly('2026-11-18'), false), 'waiting');
      assert.equal(await mail(dayOnly('2026-11-18'), true), 'written');
      assert.equal((await mails()).length, 2);
    });

    it('writes the report of a range once, unless forced, and another one with the same first day too', async () => {
      const { mail } = reporter();
      const range = { startDay: '2026-11-16', endDay: '2026-11-18' };
      assert.equal(await mail(range, false), 'written');
      assert.equal(await mail(range, false), 'waiting');
      assert.equal(await mail({ ...range, endDay: '2026-11-19' }, false), 'written');
      assert.equal(await mail(dayOnly('2026-11-16'), false), 'written');
      assert.equal(await mail(range, true), 'written');
      assert.deepEqual(
        (await mails()).toSorted(),
        [
          'Usage Mon 16 Nov – Thu 19 Nov 2026: 0 B',
          ...Array(2).fill('Usage Mon 16 Nov – Wed 18 Nov 2026: 0 B'),
          'Usage Mon 16 Nov: 0 B',
        ].toSorted(),
      );
    });

    it('knows a report that the plan has sent', async () => {
      clock.advance(HOUR);
      const { mail, mailDue } = reporter();
      await mailDue();
      assert.equal(await mail(dayOnly(TODAY), false), 'waiting');
    });

    it('does not keep the planned report from being sent later', async () => {
      const { mail, mailDue } = reporter();
      await mail(dayOnly(TODAY), false);
      clock.advance(HOUR);
      assert.equal(await mailDue(), 1);
    });
  });
});

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createNoticeMaker } from '../../src/notices/make-notice.ts';
import { createPageLinks } from '../../src/platform/http/page-links.ts';
import { createJobStore } from '../../src/platform/store/job-store.ts';
import { type AlertEvaluatorDeps, createAlertEvaluator } from '../../src/quotas/evaluate.ts';
import type { BreachBook } from '../../src/quotas/ports.ts';
import { createQuotaHistoryStore } from '../../src/quotas/store/quota-history-store.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import type { QuotaPolicy } from '../../src/usage/accounting/quota.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { createMemoryUsage, type UsageRow, usageRow } from '../support/memory-usage.ts';
import { dueMails, mailRecipients } from '../support/notices.ts';
import { createBreachStore } from '../support/stores.ts';

const GB = 1024n ** 3n;
const HOUR = 3_600_000;
const TODAY = '2026-11-20';
const YESTERDAY = '2026-11-19';
const calendar = createCalendar('Asia/Karachi');

describe('evaluation of quotas', () => {
  let test: Awaited<ReturnType<typeof migrated>>;
  let clock: ManualClock;
  let logger: ReturnType<typeof createMemoryLogger>;
  let rows: UsageRow[];
  let woken: number;
  let ids: number;

  beforeEach(async () => {
    test = await migrated(freshSqlite);
    clock = createManualClock(calendar.startOf(TODAY) + 15 * HOUR);
    logger = createMemoryLogger();
    rows = [];
    woken = 0;
    ids = 0;
  });
  afterEach(async () => {
    await test.drop();
    assert.deepEqual(logger.errors(), []);
  });

  function evaluator(quotas: QuotaPolicy[], change: Partial<AlertEvaluatorDeps> = {}) {
    const usage = createMemoryUsage(rows);
    return createAlertEvaluator({
      quotas,
      weekStartsOn: 'monday',
      calendar,
      recipients: mailRecipients('admin@example.com'),
      totals: usage,
      history: usage,
      breaches: createBreachStore({ database: test.database }),
      // They have held since ever.
      quotaHistory: { note: async (list) => [{ since: 0, list }] },
      makeNotice: createNoticeMaker({
        calendar,
        newId: () => {
          ids += 1;
          return `mail-${ids}`;
        },
      }),
      postman: {
        wake() {
          woken += 1;
        },
      },
      jobs: createJobStore({ database: test.database }),
      clock,
      logger,
      ...change,
    });
  }

  function mails() {
    return dueMails(test.database, clock.now());
  }

  async function states(fromDay = '2026-11-01') {
    const alerts = await createBreachStore({ database: test.database }).alerts({ fromDay, toDay: TODAY });
    return alerts.map(({ day, user, period, threshold, state }) => `${day} ${user} ${period} ${threshold} ${state}`);
  }

  function uses(user: string, gb: number, change: Partial<UsageRow> = {}) {
    rows.push(usageRow({ day: TODAY, user, downloadBytes: BigInt(Math.round(gb * 1024)) * (GB / 1024n), ...change }));
  }

  it('links to the page of the user, and to the alerts where one mail is about many', async () => {
    const pages = createPageLinks('https://n.example.com');
    uses('bob', 10.4);
    await evaluator([{ dailyGb: 10 }], { pages }).evaluate();
    for (let user = 1; user <= 12; user += 1) uses(`user-${user}`, 11);
    await evaluator([{ dailyGb: 10 }], { pages }).evaluate();
    const [one, many] = await mails();
    assert.match(one?.text ?? '', /On the page:\n {2}https:\/\/n\.example\.com\/u\/edge-1\/bob\?day=2026-11-20\n/);
    assert.match(one?.html ?? '', /<a href="https:\/\/n\.example\.com\/u\/edge-1\/bob\?day&#x3D;2026-11-20"/);
    assert.match(many?.text ?? '', /https:\/\/n\.example\.com\/alerts\?from=2026-11-20&to=2026-11-20\n/);
  });

  it('records a breach with its mail, and nothing the next time', async () => {
    uses('bob', 10.4, {
      queue: 'bob-1',
      comment: 'Fiber 100',
      unobservedMs: 120_000,
      hours: [
        { hourAt: calendar.startOf(TODAY) + 13 * HOUR, uploadBytes: 0n, downloadBytes: 4n * GB },
        { hourAt: calendar.startOf(TODAY) + 14 * HOUR, uploadBytes: 0n, downloadBytes: 6n * GB },
      ],
    });
    uses('eve', 10);
    const { evaluate } = evaluator([{ dailyGb: 10 }]);
    assert.deepEqual(await evaluate(), { breaches: 1, notices: 1 });
    assert.deepEqual(await evaluate(), { breaches: 0, notices: 0 });
    assert.equal(woken, 1);
    const [mail, ...others] = await mails();
    assert.equal(others.length, 0);
    assert.equal(mail?.subject, 'Quota: bob used 10.4 of 10 GB today');
    assert.deepEqual(mail?.to, ['admin@example.com']);
    assert.doesNotMatch(`${mail?.text}${mail?.html}`, /On the page|<a /);
    assert.equal(mail?.worthUntil, calendar.endOf('2026-11-22'));
    for (const part of [
      'bob-1',
      'Fiber 100',
      'edge-1',
      '10.4 of 10 GB (download)',
      'Last hour',
      'about 14.3 Mbit/s on average since 14:00',
      'Fri 20 Nov, between 13:00 and 14:00',
      'from 13:00 on Fri 20 Nov, up to 6 GB an hour',
      '2 min',
      'npm run -s netsentinel -- explain --queue=bob-1 --router=edge-1 --day 2026-11-20',
    ]) {
      assert.ok(mail?.text.includes(part), `${part} in\n${mail?.text}`);
    }
    assert.ok(
      // A command is pasted whole.
      mail?.text.split('\n').every((line) => line.length <= 72 || line.startsWith('  npm run ')),
      mail?.text,
    );
  });

  for (const [name, day, hour, since] of [
    ['the start of the period for a user who was there before', YESTERDAY, 9, 'Fri 20 Nov, 00:00'],
    ['the first stored hour for a new user', TODAY, 9, 'Fri 20 Nov, between 09:00 and 10:00'],
    ['midnight for a new user who is stored since then', TODAY, 0, 'Fri 20 Nov, 00:00'],
  ] as const) {
    it(`says since when was counted: ${name}`, async () => {
      if (day !== TODAY) uses('bob', 0.1, { day });
      const hourAt = calendar.startOf(TODAY) + hour * HOUR;
      uses('bob', 11, { hours: [{ hourAt, uploadBytes: 0n, downloadBytes: 11n * GB }] });
      await evaluator([{ dailyGb: 10 }]).evaluate();
      const text = (await mails())[0]?.text ?? '';
      assert.match(text, new RegExp(`Counted since\\s+${since}\n`));
    });
  }
  it('says for how long any of the queues was not observed: neither the sum nor the longest', async () => {
    const startAt = calendar.startOf(TODAY);
    uses('bob', 10.4, { queue: 'tv', unobservedMs: 120_000 });
    uses('bob', 1, { queue: 'pc', unobservedMs: 120_000 });
    const whose = { router: 'edge-1', user: 'bob', isParent: false };
    const usage = createMemoryUsage(rows, [
      { ...whose, queue: 'tv', startAt: startAt - 60_000, endAt: startAt + 120_000 },
      { ...whose, queue: 'pc', startAt: startAt + 60_000, endAt: startAt + 180_000 },
    ]);
    await evaluator([{ dailyGb: 10 }], { totals: usage, history: usage }).evaluate();
    assert.match((await mails())[0]?.text ?? '', /Data missing\s+3 min: /);
  });

  it('warns first and alerts later, each once', async () => {
    const quotas = [{ dailyGb: 10, warnAtPercent: [80] }];
    uses('bob', 8.5);
    await evaluator(quotas).evaluate();
    uses('bob', 2, { queue: 'bob-2' });
    await evaluator(quotas).evaluate();
    assert.deepEqual(
      (await mails()).map(({ subject }) => subject),
      ['Quota: bob used 8.5 of 10 GB today', 'Quota: bob used 10.5 of 10 GB today'],
    );
  });

  it('sends one mail when warning and limit are crossed in one pass', async () => {
    uses('bob', 12);
    await evaluator([{ dailyGb: 10, warnAtPercent: [80, 90] }]).evaluate();
    assert.equal((await mails()).length, 1);
    assert.deepEqual(await states(), [
      `${TODAY} bob day 80 superseded`,
      `${TODAY} bob day 90 superseded`,
      `${TODAY} bob day 100 sent`,
    ]);
  });

  it('alerts again when the limit was raised and crossed again, not when it was lowered', async () => {
    uses('bob', 12);
    await evaluator([{ dailyGb: 10 }]).evaluate();
    assert.deepEqual(await evaluator([{ dailyGb: 5 }]).evaluate(), { breaches: 0, notices: 0 });
    assert.deepEqual(await evaluator([{ dailyGb: 11 }]).evaluate(), { breaches: 1, notices: 1 });
    assert.deepEqual(await evaluator([{ dailyGb: 10 }]).evaluate(), { breaches: 0, notices: 0 });
  });

  it('lists everyone in one mail from four of one pass on', async () => {
    for (const user of ['a', 'b', 'c']) uses(user, 11);
    await evaluator([{ dailyGb: 10 }]).evaluate();
    assert.equal((await mails()).length, 3);
    for (const user of ['d', 'e', 'f', 'g']) uses(user, 12);
    assert.deepEqual(await evaluator([{ dailyGb: 10 }]).evaluate(), { breaches: 4, notices: 1 });
    const mail = (await mails()).at(-1);
    assert.equal(mail?.subject, 'Quota: d, e and 2 more: 4 over a limit');
    for (const user of ['d', 'e', 'f', 'g']) assert.ok(mail?.html.includes(`<b>${user}</b>`));
  });

  it('writes to a rule’s own addressees', async () => {
    uses('bob', 11);
    uses('vip', 60);
    await evaluator([
      { match: 'vip', dailyGb: 50, to: ['ceo@example.com', 'ceo@example.com'] },
      { dailyGb: 10 },
    ]).evaluate();
    assert.deepEqual((await mails()).map(({ to }) => to).toSorted(), [['admin@example.com'], ['ceo@example.com']]);
  });

  it('tells delivery also when the answer to its commit was lost', async () => {
    uses('bob', 11);
    const book = createBreachStore({ database: test.database });
    const answers: (() => Promise<boolean>)[] = [
      // The transaction was repeated, and found what it had written itself.
      async () => false,
      () => Promise.reject(new TroubleError('DATABASE_UNAVAILABLE', 'gone', '')),
    ];
    for (const answer of answers) {
      woken = 0;
      let isLost = false;
      const losing = evaluator([{ dailyGb: 10 }], {
        breaches: {
          recorded: book.recorded,
          async record(...args) {
            assert.equal(await book.record(...args), true);
            isLost = true;
            return await answer();
          },
        },
      });
      await losing.evaluate().catch(() => losing.evaluate());
      assert.deepEqual([isLost, woken], [true, 1]);
      await losing.evaluate();
      assert.equal(woken, 1);
      uses('eve', 11);
    }
    assert.equal((await mails()).length, 2);
  });

  it('records without sending when no mail is configured', async () => {
    uses('bob', 11);
    await evaluator([{ dailyGb: 10 }], { recipients: mailRecipients() }).evaluate();
    assert.deepEqual(await states(), [`${TODAY} bob day 100 unsent`]);
    assert.deepEqual(await mails(), []);
  });

  it('still mails a breach of yesterday, and one of the day before, but none that is older', async () => {
    for (const day of [YESTERDAY, '2026-11-18', '2026-11-17']) uses('bob', 11, { day });
    await evaluator([{ dailyGb: 10 }]).evaluate();
    assert.deepEqual((await mails()).map(({ subject }) => subject).toSorted(), [
      'Quota: bob used 11 of 10 GB on Thu 19 Nov',
      'Quota: bob used 11 of 10 GB on Wed 18 Nov',
    ]);
  });

  describe('after a change of the quotas', () => {
    const midnight = calendar.startOf(TODAY);

    /** A worker that takes the quotas up now and lives through one pass, as each start, reload or `collect` does. */
    function pass(quotas: QuotaPolicy[], change: Partial<AlertEvaluatorDeps> = {}) {
      return evaluator(quotas, {
        quotaHistory: createQuotaHistoryStore({ database: test.database }),
        ...change,
      }).evaluate();
    }
    const at = (instant: number) => {
      clock = createManualClock(instant);
    };

    it('mails no closed day of before the first quota, as on the first start of an installation with history', async () => {
      uses('bob', 11, { day: YESTERDAY });
      uses('eve', 11);
      await pass([{ dailyGb: 10 }]);
      assert.deepEqual(await states(), [`${TODAY} eve day 100 pending`]);
    });

    it('mails yesterday when the quota held then, though the worker was down over midnight', async () => {
      at(midnight - HOUR);
      await pass([{ dailyGb: 10 }]);
      uses('bob', 11, { day: YESTERDAY });
      at(midnight + HOUR);
      await pass([{ dailyGb: 10 }]);
      assert.deepEqual(await states(), [`${YESTERDAY} bob day 100 pending`]);
    });

    for (const [name, before, after] of [
      ['a lower limit', [{ dailyGb: 20 }], [{ dailyGb: 10 }]],
      ['a higher limit that is exceeded too', [{ dailyGb: 5 }], [{ dailyGb: 10 }]],
      ['a limit where there was none', [{ unlimited: true }], [{ dailyGb: 10 }]],
      ['a quota for another period', [{ monthlyGb: 10 }], [{ dailyGb: 10 }]],
      ['another direction', [{ dailyGb: 10, counts: 'upload' }], [{ dailyGb: 10, counts: 'download' }]],
      ['a rule that fits now', [{ match: 'eve', dailyGb: 10 }], [{ match: 'b*', dailyGb: 10 }]],
      [
        'another order',
        [{ dailyGb: 20 }, { match: 'b*', dailyGb: 10 }],
        [{ match: 'b*', dailyGb: 10 }, { dailyGb: 20 }],
      ],
      ['a queue that was ignored', [{ match: 'bob-1', ignore: true }, { dailyGb: 10 }], [{ dailyGb: 10 }]],
    ] as const) {
      it(`mails no closed day by ${name}, made while the worker was down over midnight`, async () => {
        at(midnight - HOUR);
        await pass([...before]);
        uses('bob', 9, { day: YESTERDAY, queue: 'bob-1' });
        uses('bob', 8, { day: YESTERDAY, queue: 'bob-2' });
        at(midnight + HOUR);
        await pass([...after]);
        assert.deepEqual(await states(), []);
      });
    }

    it('mails no warning of a closed day that was not asked for then, and the limit that was', async () => {
      at(midnight - HOUR);
      await pass([{ dailyGb: 10 }]);
      uses('bob', 11, { day: YESTERDAY });
      uses('eve', 9, { day: YESTERDAY });
      at(midnight + HOUR);
      await pass([{ dailyGb: 10, warnAtPercent: [80] }]);
      assert.deepEqual(await states(), [`${YESTERDAY} bob day 100 pending`]);
    });

    it('mails no closed week that began on another day', async () => {
      at(midnight - 2 * HOUR);
      await pass([{ weeklyGb: 10 }]);
      uses('bob', 11, { day: YESTERDAY });
      await pass([{ weeklyGb: 10 }]);
      at(midnight + HOUR);
      // Today is a Friday: by this week yesterday was the end of one.
      await pass([{ weeklyGb: 10 }], { weekStartsOn: 'friday' });
      assert.deepEqual(await states(), [`${YESTERDAY} bob week 100 pending`], 'only the week that was open');
    });

    it('still mails closed days of those whose quota the change leaves as it was', async () => {
      at(midnight - HOUR);
      await pass([
        { match: 'vip-*', dailyGb: 50 },
        { dailyGb: 10, to: ['a@example.com'] },
      ]);
      uses('bob', 11, { day: YESTERDAY });
      uses('vip-eve', 45, { day: YESTERDAY });
      at(midnight + HOUR);
      await pass([
        { match: 'vip-*', dailyGb: 40 },
        { dailyGb: 10, to: ['b@example.com'] },
        { match: 'new', unlimited: true },
      ]);
      assert.deepEqual(await states(), [`${YESTERDAY} bob day 100 pending`]);
    });

    it('goes by what held at the end of the period when a change is taken back', async () => {
      at(midnight - 2 * HOUR);
      await pass([{ dailyGb: 10 }]);
      uses('bob', 11, { day: YESTERDAY });
      at(midnight + HOUR);
      await pass([{ dailyGb: 5 }]);
      await pass([{ dailyGb: 10 }]);
      assert.deepEqual(await states(), [`${YESTERDAY} bob day 100 pending`]);
    });

    it('lets each of two workers with different quotas use its own, whichever started last', async () => {
      at(midnight - 2 * HOUR);
      const old = evaluator([{ dailyGb: 10 }], { quotaHistory: createQuotaHistoryStore({ database: test.database }) });
      await old.evaluate();
      clock.advance(HOUR);
      const rolled = evaluator([{ dailyGb: 8 }], {
        quotaHistory: createQuotaHistoryStore({ database: test.database }),
      });
      await rolled.evaluate();
      uses('bob', 11, { day: YESTERDAY });
      clock.advance(2 * HOUR);
      await old.evaluate();
      await rolled.evaluate();
      assert.deepEqual(await states(), [`${YESTERDAY} bob day 100 pending`], 'a higher limit covers the lower one');
      assert.equal(
        (await createBreachStore({ database: test.database }).alerts({ fromDay: YESTERDAY, toDay: TODAY }))[0]
          ?.limitBytes,
        10n * GB,
      );
    });

    it('dates the quotas by the start of the worker, though the database was away over midnight', async () => {
      at(midnight - HOUR);
      const started = evaluator([{ dailyGb: 10 }], {
        quotaHistory: createQuotaHistoryStore({ database: test.database }),
      });
      uses('bob', 11, { day: YESTERDAY });
      clock.advance(2 * HOUR);
      await started.evaluate();
      assert.deepEqual(await states(), [`${YESTERDAY} bob day 100 pending`]);
    });
  });

  it('reports a breach of a closed day that needs estimated bytes, and never mails it', async () => {
    uses('bob', 11, { day: YESTERDAY, estimatedBytes: 2n * GB });
    uses('eve', 11, { estimatedBytes: 2n * GB });
    await evaluator([{ dailyGb: 10 }]).evaluate();
    assert.deepEqual(await states(), [`${YESTERDAY} bob day 100 estimated`, `${TODAY} eve day 100 pending`]);
  });

  it('dates a breach of the week by the day of the crossing', async () => {
    for (const day of ['2026-11-16', '2026-11-17', '2026-11-18']) uses('bob', 20, { day });
    await evaluator([{ weeklyGb: 30 }]).evaluate();
    assert.deepEqual(await states(), ['2026-11-17 bob week 100 pending']);
    assert.equal((await mails())[0]?.subject, 'Quota: bob used 60 of 30 GB this week');
  });

  it('looks only at the routers that were committed', async () => {
    uses('bob', 11, { router: 'edge-1' });
    uses('bob', 11, { router: 'edge-2' });
    const { evaluate } = evaluator([{ dailyGb: 10 }]);
    assert.deepEqual(await evaluate(['edge-2']), { breaches: 1, notices: 1 });
    assert.deepEqual(await evaluate(), { breaches: 1, notices: 1 });
  });

  it('writes each breach once though two workers find them at the same time', async () => {
    for (const user of ['a', 'b', 'c']) uses(user, 11);
    const found = await Promise.all(
      [1, 2, 3].map(() => {
        const database = test.open();
        return evaluator([{ dailyGb: 10 }], {
          breaches: createBreachStore({ database }),
          jobs: createJobStore({ database }),
        }).evaluate();
      }),
    );
    assert.deepEqual(found.map(({ breaches }) => breaches).toSorted(), [0, 0, 3]);
    assert.equal((await mails()).length, 3);
  });

  it('shows hostile names as they are, harmlessly', async () => {
    const name = `<img src=x>{{user}}\r\nBcc: eve@example.com\u202E'; rm -rf / #`;
    uses(name, 11);
    uses('\u0007', 11);
    uses('x'.repeat(255), 11);
    await evaluator([{ dailyGb: 10 }]).evaluate();
    const all = await mails();
    assert.equal(all.length, 3);
    for (const mail of all) {
      assert.doesNotMatch(mail.subject, /[\r\n\u202E\u0007]/);
      assert.ok(mail.subject.length < 120);
      assert.doesNotMatch(mail.html, /<img|\u202E/);
      assert.doesNotMatch(mail.text, /\u202E|\u0007|\nBcc/);
    }
    const mail = all.find(({ subject }) => subject.includes('img'));
    assert.ok(mail?.html.includes('&lt;img src&#x3D;x&gt;{{user}}'));
    assert.doesNotMatch(mail?.text ?? '', /--queue/);
  });

  it('quotes a name in the command to be pasted', async () => {
    uses(`it's; reboot $(x)`, 11);
    await evaluator([{ dailyGb: 10 }]).evaluate();
    assert.ok((await mails())[0]?.text.includes(`--queue='it'\\''s; reboot $(x)'`));
  });

  async function until(isTrue: () => boolean) {
    while (!isTrue()) await turn();
  }

  it('begins with everything, then looks at what was committed, gathered', async () => {
    uses('bob', 11);
    const looked: (readonly string[] | undefined)[] = [];
    const usage = createMemoryUsage(rows);
    const totals = {
      queueTotals(filter: Parameters<typeof usage.queueTotals>[0] & { readonly routers?: readonly string[] }) {
        if (filter.fromDay === TODAY) looked.push(filter.routers);
        return usage.queueTotals(filter);
      },
    };
    const running = evaluator([{ dailyGb: 10 }], { totals });
    running.start();
    clock.advance(0);
    await until(() => woken === 1);
    for (const router of ['edge-1', 'edge-2', 'edge-1']) running.wake(router);
    clock.advance(1000);
    await until(() => looked.length === 2);
    await running.stop();
    assert.deepEqual(looked, [undefined, ['edge-1', 'edge-2']]);
    assert.equal(clock.pending(), 0);
  });

  it('looks again later at what it could not because the database was away', async () => {
    uses('bob', 11);
    const book = createBreachStore({ database: test.database });
    let isAway = true;
    let asked = 0;
    const breaches: BreachBook = {
      ...book,
      recorded(filter) {
        asked += 1;
        return isAway ? Promise.reject(new TroubleError('DATABASE_UNAVAILABLE', 'gone', '')) : book.recorded(filter);
      },
    };
    const running = evaluator([{ dailyGb: 10 }], { breaches });
    running.start();
    clock.advance(0);
    await until(() => asked === 1 && clock.pending() === 1);
    isAway = false;
    clock.advance(30_000);
    await until(() => woken === 1);
    await running.stop();
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createNoticeMaker } from '../../src/notices/make-notice.ts';
import type { OutgoingNotice } from '../../src/notices/notice.ts';
import { createAlertEvaluator } from '../../src/quotas/evaluate.ts';
import type { Breach, BreachBook, QuotaChange, QuotaHistory } from '../../src/quotas/ports.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { isBreached } from '../../src/usage/accounting/quota.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { createMemoryUsage, type UsageRow, usageRow } from '../support/memory-usage.ts';
import { mailRecipients } from '../support/notices.ts';

const GB = 1024n ** 3n;
const TODAY = '2026-11-20';
const calendar = createCalendar('Europe/Berlin');
const NOW = calendar.startOf(TODAY) + 1000;
const FIRST_LIMIT_GB = 10;

/** What happens to a worker between two looks. */
const steps = fc.oneof(
  fc.record({
    kind: fc.constant('use' as const),
    user: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    gb: fc.integer({ min: 1, max: 6 }),
    back: fc.integer({ min: 0, max: 2 }),
  }),
  fc.record({ kind: fc.constant('limit' as const), gb: fc.integer({ min: 2, max: 12 }) }),
  fc.record({ kind: fc.constant('restart' as const) }),
  fc.record({ kind: fc.constant('lostRace' as const) }),
);

const quotasWith = (dailyGb: number) => [{ dailyGb, warnAtPercent: [50] }];

function createMemoryBook() {
  const breaches: Breach[] = [];
  const mails: OutgoingNotice[] = [];
  let losesNext = false;
  const keyOf = (breach: Breach) =>
    `${breach.router} ${breach.user} ${breach.period} ${breach.periodStart} ${breach.threshold} ${breach.limitBytes}`;
  const book: BreachBook = {
    async recorded({ periodEndFrom }) {
      return breaches.filter(({ periodEnd }) => periodEnd >= periodEndFrom);
    },
    async record(found, letters) {
      if (losesNext) {
        losesNext = false;
        return false;
      }
      assert.ok(!found.some((one) => breaches.some((known) => keyOf(known) === keyOf(one))), 'recorded twice');
      breaches.push(...found);
      mails.push(...letters);
      return true;
    },
  };
  return {
    book,
    breaches,
    mails,
    loseNext: () => {
      losesNext = true;
    },
  };
}

describe('evaluation over any history', () => {
  it('records each breach once, loses none, and mails the highest of each pass once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 25 }), async (history) => {
        const rows: UsageRow[] = [];
        const { book, breaches, mails, loseNext } = createMemoryBook();
        const usage = createMemoryUsage(rows);
        let limitGb = FIRST_LIMIT_GB;
        // The first limit was made days ago, the others are made today.
        const changes: QuotaChange[] = [{ since: 0, list: { weekStartsOn: 'monday', quotas: quotasWith(limitGb) } }];
        const quotaHistory: QuotaHistory = {
          async note(list) {
            changes.push({ since: NOW, list });
            return [...changes];
          },
        };
        let ids = 0;
        const start = () =>
          createAlertEvaluator({
            quotas: quotasWith(limitGb),
            weekStartsOn: 'monday',
            calendar,
            recipients: mailRecipients('admin@example.com'),
            totals: usage,
            history: usage,
            breaches: book,
            quotaHistory,
            makeNotice: createNoticeMaker({
              calendar,
              newId: () => {
                ids += 1;
                return `m${ids}`;
              },
            }),
            postman: { wake: () => {} },
            jobs: { note: async () => {}, lastRuns: async () => [] },
            clock: createManualClock(NOW),
            logger: createMemoryLogger(),
          });
        let evaluator = start();
        for (const step of history) {
          if (step.kind === 'use') {
            const day = calendar.addDays(TODAY, -step.back);
            rows.push(
              usageRow({
                day,
                user: step.user,
                queue: `${step.user}-${rows.length}`,
                downloadBytes: BigInt(step.gb) * GB,
              }),
            );
          }
          if (step.kind === 'limit') limitGb = step.gb;
          if (step.kind === 'lostRace') loseNext();
          if (step.kind === 'restart' || step.kind === 'limit') evaluator = start();
          const before = breaches.length;
          const mailsBefore = mails.length;
          await evaluator.evaluate();
          const found = breaches.slice(before);
          const told = found.filter(({ state }) => state === 'mailed');
          const periods = told.map(({ user, periodStart }) => `${user} ${periodStart}`);
          assert.equal(new Set(periods).size, periods.length, 'two mails about one user and day in one pass');
          const written = mails.length - mailsBefore;
          assert.equal(written, told.length >= 4 ? 1 : told.length);
          assert.deepEqual(await evaluator.evaluate(), { breaches: 0, notices: 0 });
        }
        for (const [key, parts] of Map.groupBy(rows, ({ user, day }) => `${user} ${day}`)) {
          const bytes = parts.reduce((sum, { downloadBytes }) => sum + downloadBytes, 0n);
          for (const threshold of [50, 100]) {
            const isKnown = breaches.some(
              (known) =>
                `${known.user} ${known.periodStart}` === key &&
                known.threshold === threshold &&
                known.limitBytes >= BigInt(limitGb) * GB,
            );
            // For a day that is over only the limit counts that held at its end.
            if (!key.endsWith(TODAY) && limitGb !== FIRST_LIMIT_GB) continue;
            if (isBreached(bytes, BigInt(limitGb) * GB, threshold))
              assert.ok(isKnown, `${key} at ${threshold}% is lost`);
          }
        }
        assert.ok(
          breaches.every(({ day, limitBytes }) => day === TODAY || limitBytes === BigInt(FIRST_LIMIT_GB) * GB),
          'a limit of today made a breach of a day before',
        );
        assert.ok(
          breaches.every(({ state, mailId }) => (state === 'mailed') === mails.some(({ id }) => id === mailId)),
        );
      }),
      { numRuns: 60 },
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dueReports, type ReportPlan } from '../../src/reports/plan.ts';
import { daysBefore, previousPeriod } from '../../src/usage/accounting/coverage.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';

const berlin = createCalendar('Europe/Berlin');
const at = (text: string) => Temporal.ZonedDateTime.from(`${text}[Europe/Berlin]`).epochMilliseconds;
const due = (plan: ReportPlan, text: string) =>
  dueReports([plan], at(text), berlin, 'monday').map(
    ({ key, coverage }) => `${key}: ${coverage.days.startDay} ${coverage.days.endDay}`,
  );

describe('reports that are due', () => {
  const evening: ReportPlan = { every: 'day', at: '18:15', covers: 'today', rows: 200 };

  it('are due from their time of day on, until midnight', () => {
    assert.deepEqual(due(evening, '2026-11-20T18:14:59.999'), []);
    assert.deepEqual(due(evening, '2026-11-20T18:15:00'), ['day today 18:15: 2026-11-20 2026-11-20']);
    assert.deepEqual(due(evening, '2026-11-20T23:59:59'), ['day today 18:15: 2026-11-20 2026-11-20']);
    assert.deepEqual(due(evening, '2026-11-21T00:00:00'), []);
  });

  it('cover the closed day in the morning', () => {
    const morning: ReportPlan = { every: 'day', at: '07:00', covers: 'yesterday', rows: 200 };
    assert.deepEqual(due(morning, '2026-03-01T07:00:00'), ['day yesterday 07:00: 2026-02-28 2026-02-28']);
  });

  it('cover the last closed week, on their weekday only', () => {
    const weekly: ReportPlan = { every: 'week', on: 'monday', at: '08:00', rows: 200 };
    assert.deepEqual(due(weekly, '2026-11-16T08:00:00'), ['week monday 08:00: 2026-11-09 2026-11-15']);
    assert.deepEqual(due(weekly, '2026-11-16T07:59:00'), []);
    assert.deepEqual(due(weekly, '2026-11-17T09:00:00'), []);
    assert.deepEqual(due({ ...weekly, on: 'friday' }, '2026-11-20T08:00:00'), [
      'week friday 08:00: 2026-11-09 2026-11-15',
    ]);
  });

  it('cover the last month, on the first', () => {
    const monthly: ReportPlan = { every: 'month', at: '08:00', rows: 200 };
    assert.deepEqual(due(monthly, '2027-01-01T08:00:00'), ['month 08:00: 2026-12-01 2026-12-31']);
    assert.deepEqual(due(monthly, '2027-01-02T08:00:00'), []);
  });

  it('come after the gap when the clock skips their time', () => {
    const night: ReportPlan = { every: 'day', at: '02:30', covers: 'yesterday', rows: 200 };
    assert.deepEqual(due(night, '2026-03-29T01:59:59'), []);
    assert.deepEqual(due(night, '2026-03-29T03:29:00'), []);
    assert.equal(due(night, '2026-03-29T03:30:00').length, 1);
  });

  it('come the first time when their time comes twice', () => {
    const night: ReportPlan = { every: 'day', at: '02:30', covers: 'yesterday', rows: 200 };
    assert.equal(due(night, '2026-10-25T02:29:59+02:00').length, 0);
    assert.equal(due(night, '2026-10-25T02:30:00+02:00').length, 1);
    assert.equal(due(night, '2026-10-25T02:10:00+01:00').length, 1);
  });

  it('are two reports at two times of one day', () => {
    const plans = ['12:00', '18:15'].map((time) => ({ ...evening, at: time }));
    assert.deepEqual(
      dueReports(plans, at('2026-11-20T20:00:00'), berlin, 'monday').map(({ key }) => key),
      ['day today 12:00', 'day today 18:15'],
    );
  });
});

describe('the period before', () => {
  it('is the last one that ended', () => {
    assert.deepEqual(previousPeriod('day', '2026-03-01', 'monday'), { startDay: '2026-02-28', endDay: '2026-02-28' });
    assert.deepEqual(previousPeriod('week', '2026-11-18', 'sunday'), { startDay: '2026-11-08', endDay: '2026-11-14' });
    assert.deepEqual(previousPeriod('month', '2026-03-31', 'monday'), { startDay: '2026-02-01', endDay: '2026-02-28' });
  });
});

describe('days before', () => {
  const cases = [
    ['day', '2026-03-01', '2026-03-01', '2026-02-28', '2026-02-28'],
    ['week', '2026-11-16', '2026-11-22', '2026-11-09', '2026-11-15'],
    ['week', '2026-11-16', '2026-11-18', '2026-11-09', '2026-11-11'],
    ['month', '2026-10-01', '2026-10-31', '2026-09-01', '2026-09-30'],
    ['month', '2026-03-01', '2026-03-31', '2026-02-01', '2026-02-28'],
    ['month', '2026-03-01', '2026-03-30', '2026-02-01', '2026-02-28'],
    ['month', '2026-11-01', '2026-11-20', '2026-10-01', '2026-10-20'],
    ['month', '2026-02-01', '2026-02-28', '2026-01-01', '2026-01-31'],
    ['range', '2026-11-03', '2026-11-05', '2026-10-31', '2026-11-02'],
    ['range', '2025-12-30', '2026-01-02', '2025-12-26', '2025-12-29'],
  ] as const;
  for (const [period, startDay, endDay, beforeStart, beforeEnd] of cases) {
    it(`of the ${period} from ${startDay} to ${endDay} are ${beforeStart} to ${beforeEnd}`, () => {
      assert.deepEqual(daysBefore({ period, days: { startDay, endDay } }), {
        startDay: beforeStart,
        endDay: beforeEnd,
      });
    });
  }
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type HourQuestion, hourChart } from '../../../src/platform/http/charts.ts';
import { createCalendar } from '../../../src/usage/accounting/day.ts';
import { unobservedBands } from '../../../src/usage/pages/unobserved-bands.ts';

describe('the bands of time with data missing', () => {
  const calendar = createCalendar('Europe/Berlin');
  const [startAt, endAt] = [calendar.startOf('2026-11-20'), calendar.endOf('2026-11-20')];
  const bandsOf = (minutes: readonly (readonly [from: number, to: number])[], hours: HourQuestion['hours'] = []) => {
    const unobserved = minutes.map(([from, to]) => ({
      startAt: startAt + from * 60_000,
      endAt: startAt + to * 60_000,
    }));
    const setting = { startAt, endAt, timeZone: 'Europe/Berlin' };
    const bands = unobservedBands(unobserved, setting);
    return hourChart({ ...setting, hours, bands, events: [], counts: 'download' });
  };

  it('lie where it happened, however short, and say so', () => {
    assert.deepEqual(
      bandsOf([
        [0, 3],
        [843.5, 843.75],
        [1430, 1440],
      ]).bands,
      [
        { x: 0, width: 3, label: '00:00 to 00:03 data missing' },
        { x: 843.5, width: 0.25, label: '14:03:30 to 14:03:45 data missing' },
        { x: 1430, width: 10, label: '23:50 to 24:00 data missing' },
      ],
    );
  });

  it('are one where nobody could see them apart', () => {
    const pieces = Array.from({ length: 10 }, (_, index) => [600 + index * 5, 601 + index * 5] as const);
    assert.deepEqual(bandsOf([[590, 595], ...pieces, [651, 652]]).bands, [
      { x: 590, width: 5, label: '09:50 to 09:55 data missing' },
      { x: 600, width: 46, label: '10:00 to 10:46 data missing 10 times, 10 min in all' },
      { x: 651, width: 1, label: '10:51:00 to 10:52:00 data missing' },
    ]);
  });

  it('are drawn on a day without a known hour', () => {
    const { bars, scale, bands } = bandsOf([[0, 1440]]);
    assert.deepEqual([bars.length, scale, bands.length], [0, [{ y: 100, place: '100%', label: '0' }], 1]);
  });
});

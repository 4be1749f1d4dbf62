import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { clockMarks, dayChart, dayMarks, hourChart, stripPath } from '../../../src/platform/http/charts.ts';
import { createCalendar } from '../../../src/usage/accounting/day.ts';

const GB = 1024n ** 3n;
const day = (downloadBytes: bigint, uploadBytes = 0n) => ({ downloadBytes, uploadBytes, label: 'a day' });

describe('the days as bars', () => {
  it('have the counted share at the ground, so that the limit is the limit of what counts', () => {
    const { bars, limitY } = dayChart([day(60n, 40n)], 'download', 80n);
    assert.deepEqual(bars[0]?.counted, { y: 40, height: 60 });
    assert.deepEqual(bars[0]?.rest, { y: 0, height: 40 });
    assert.equal(limitY, 20);
    assert.deepEqual(dayChart([day(60n, 40n)], 'upload', 80n).bars[0]?.counted, { y: 60, height: 40 });
  });

  it('leave room for a limit that is not reached, unless it is far above', () => {
    assert.equal(dayChart([day(100n)], 'download', 200n).limitY, 4.76);
    assert.equal(dayChart([day(100n)], 'download', 500n).limitY, null);
  });

  it('stay in the drawing, however much or little was moved', () => {
    const bytes = fc.bigInt({ min: 0n, max: 2n ** 64n });
    fc.assert(
      fc.property(fc.array(fc.tuple(bytes, bytes), { maxLength: 40 }), fc.option(bytes), (days, limit) => {
        const chart = dayChart(
          days.map(([down, up]) => day(down, up)),
          'total',
          limit,
        );
        for (const { x, width, counted, rest } of chart.bars) {
          assert.ok(x >= 0 && x + width <= chart.width);
          for (const { y, height } of [counted, rest]) assert.ok(y >= 0 && height >= 0 && y + height <= 100.01);
        }
        if (chart.limitY !== null) assert.ok(chart.limitY >= 0 && chart.limitY <= 100);
      }),
    );
  });
});

describe('the scale of the days', () => {
  it('has round amounts, each at its height in the drawing and on the page', () => {
    assert.deepEqual(dayChart([day(4n * GB)], 'download', null).scale, [
      { y: 100, place: '90.91%', label: '0' },
      { y: 75, place: '68.18%', label: '1 GB' },
      { y: 50, place: '45.45%', label: '2 GB' },
      { y: 25, place: '22.73%', label: '3 GB' },
      { y: 0, place: '0%', label: '4 GB' },
    ]);
  });

  it('labels some days, the last one always, and fewer on a phone', () => {
    const days = Array.from({ length: 15 }, (_, index) => `2026-11-${String(index + 6).padStart(2, '0')}`);
    const marks = dayMarks(days);
    assert.deepEqual(
      marks.map(({ label }) => label),
      ['8 Nov', '11 Nov', '14 Nov', '17 Nov', '20 Nov'],
    );
    assert.deepEqual(
      marks.filter(({ isMinor }) => !isMinor).map(({ label }) => label),
      ['8 Nov', '14 Nov', '20 Nov'],
    );
    assert.equal(marks.at(-1)?.place, '96.67%');
    assert.ok(dayMarks(Array.from({ length: 62 }, () => '2026-11-20')).length <= 7);
  });
});

describe('the hours as bars', () => {
  const zone = (timeZone: string, text: string) => {
    const calendar = createCalendar(timeZone);
    const [startAt, endAt] = [calendar.startOf(text), calendar.endOf(text)];
    const hours = [];
    for (let at = Math.floor(startAt / 3_600_000) * 3_600_000; at < endAt; at += 3_600_000) {
      hours.push({ hourAt: at, uploadBytes: 1n, downloadBytes: 9n });
    }
    const events = [{ at: startAt, label: 'x' }];
    return hourChart({ hours, startAt, endAt, events, bands: [], counts: 'download', timeZone });
  };

  it('fill days of 23, 24 and 25 hours', () => {
    assert.deepEqual(
      ['2026-03-29', '2026-11-20', '2026-10-25'].map((text) => zone('Europe/Berlin', text).width),
      [1380, 1440, 1500],
    );
  });

  it('label each third hour of the clock, at its place on the day of a clock change', () => {
    const places = (text: string) =>
      zone('Europe/Berlin', text).ticks.map(({ label, place, anchor }) => `${label} ${place} ${anchor}`);
    assert.deepEqual(places('2026-03-29').slice(0, 3), ['00:00 0% start', '03:00 8.7% middle', '06:00 21.74% middle']);
    assert.deepEqual(places('2026-10-25').slice(0, 2), ['00:00 0% start', '03:00 16% middle']);
    assert.equal(places('2026-11-20').at(-1), '00:00 100% end');
  });

  it('stay in the drawing, one after the other, with marks at full hours, on every day of every zone', () => {
    const zones = fc.constantFrom(
      ...['Europe/Berlin', 'Australia/Lord_Howe', 'America/Havana', 'Pacific/Apia', 'Asia/Kolkata', 'Asia/Kathmandu'],
    );
    const days = fc
      .integer({ min: 0, max: 40 * 365 })
      .map((count) => Temporal.PlainDate.from('2000-01-01').add({ days: count }).toString());
    fc.assert(
      fc.property(zones, days, (timeZone, text) => {
        // That day never was: the date line moved.
        fc.pre(timeZone !== 'Pacific/Apia' || text !== '2011-12-30');
        const { bars, width, ticks } = zone(timeZone, text);
        let end = 0;
        for (const bar of bars) {
          assert.ok(bar.x >= end && bar.width >= 1, `${bar.x} and ${bar.width} after ${end}`);
          end = bar.x + bar.width;
        }
        assert.ok(end <= width, `${end} of ${width}`);
        const places = ticks.map(({ place }) => Number.parseFloat(place));
        assert.ok(places.every((place, index) => place >= 0 && place <= 100 && place > (places[index - 1] ?? -1)));
        assert.ok(ticks.every(({ label }) => /^(00|03|06|09|12|15|18|21):00$/.test(label)));
      }),
    );
  });

  it('cut the first and the last hour in a zone with half hours', () => {
    const { bars, width, ticks } = zone('Asia/Kolkata', '2026-11-20');
    assert.equal(bars.length, 25);
    assert.deepEqual([bars[0]?.width, bars[1]?.width, bars.at(-1)?.width], [24, 54, 24]);
    assert.ok(bars.every((bar) => bar.x + bar.width <= width));
    const major = ticks.filter(({ isMinor }) => !isMinor).map(({ label }) => label);
    assert.deepEqual(major, ['00:00', '06:00', '12:00', '18:00', '00:00']);
  });
});

describe('the marks of a clock', () => {
  const HOUR = 3_600_000;
  const from = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
  const marked = (timeZone: string, text: string, hours: number, everyHours: number) => {
    const startAt = from(text);
    const marks = clockMarks(
      { startAt, endAt: startAt + hours * HOUR, timeZone },
      { everyHours, isMinor: ({ index }) => index % 2 === 1 },
    );
    return marks.map(({ label, place, anchor, isMinor }) => `${label} ${place} ${anchor}${isMinor ? ' minor' : ''}`);
  };

  it('are full hours of the zone, also where they are half hours of the world', () => {
    const day = ['00:00 22.92% middle', '06:00 47.92% middle minor', '12:00 72.92% middle', '18:00 97.92% end minor'];
    assert.deepEqual(marked('Asia/Kolkata', '2026-11-19T13:00:00Z', 24, 6), day);
    assert.deepEqual(marked('Asia/Kathmandu', '2026-11-19T12:45:00Z', 24, 6), day);
    assert.deepEqual(marked('Asia/Karachi', '2026-11-19T13:30:00Z', 24, 6), day);
  });

  it('are midnights with their days', () => {
    assert.deepEqual(marked('Asia/Kolkata', '2026-11-17T20:00:00Z', 72, 24), [
      '19 Nov 31.25% middle',
      '20 Nov 64.58% middle minor',
      '21 Nov 97.92% end',
    ]);
  });

  it('stay at full hours where the clock is set by half an hour', () => {
    const labels = marked('Australia/Lord_Howe', '2026-10-03T13:30:00Z', 24, 6).map((mark) => mark.slice(0, 5));
    assert.deepEqual(labels, ['00:00', '06:00', '12:00', '18:00', '00:00']);
  });
});

describe('a strip of days', () => {
  it('shows the highest full, leaves out nothing, and lets the least be seen', () => {
    assert.equal(stripPath([0n, 1n, 1_000_000n]), 'M5 12v-1h4v1zM10 12v-12h4v12z');
    assert.equal(stripPath([0n, 0n]), '');
  });
});

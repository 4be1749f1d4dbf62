import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseUptime } from '../../../src/platform/routeros/uptime.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('parseUptime', () => {
  const table: [string, number | null][] = [
    ['1w2d3h4m5s', 9 * DAY + 3 * HOUR + 4 * MINUTE + 5 * SECOND],
    ['2w1d03h04m05s', 15 * DAY + 3 * HOUR + 4 * MINUTE + 5 * SECOND],
    ['2d20h12m20s', 2 * DAY + 20 * HOUR + 12 * MINUTE + 20 * SECOND],
    ['01:22:53', HOUR + 22 * MINUTE + 53 * SECOND],
    ['2w 1d 00:00:00', 15 * DAY],
    ['1d 01:02:03', DAY + HOUR + 2 * MINUTE + 3 * SECOND],
    ['5s', 5 * SECOND],
    ['0s', 0],
    ['1h', HOUR],
    ['52w', 364 * DAY],
    ['520w6d23h59m59s', 3646 * DAY + 23 * HOUR + 59 * MINUTE + 59 * SECOND],
    ['', null],
    [' ', null],
    ['5', null],
    ['never', null],
    ['1d2w', null],
    ['-5s', null],
    ['1:2', null],
    ['1h 5x', null],
  ];
  for (const [text, expected] of table) {
    it(`reads '${text}' as ${expected === null ? 'no uptime' : `${expected} ms`}`, () => {
      assert.equal(parseUptime(text), expected);
    });
  }
});

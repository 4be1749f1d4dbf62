import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  formatBytes,
  formatCount,
  formatDay,
  formatDuration,
  formatFullDay,
  formatFullMoment,
  formatMoment,
  formatRate,
  formatShare,
  formatTogether,
  formatUnobserved,
  gigabytes,
  inGigabytes,
  readableName,
  shorten,
} from '../../src/runtime/format.ts';

const KB = 1024n;
const GB = KB ** 3n;

describe('amounts', () => {
  it('are written in the unit that fits, 1 GB being 1024³ bytes', () => {
    const table: [bigint, string][] = [
      [0n, '0 B'],
      [999n, '999 B'],
      [1000n, '0.98 KB'],
      [1536n, '1.5 KB'],
      [812n * KB, '812 KB'],
      [GB, '1 GB'],
      [10n * GB + (GB * 4n) / 10n, '10.4 GB'],
      [1000n * GB, '0.98 TB'],
      [2n ** 64n - 1n, '16 EB'],
    ];
    for (const [bytes, text] of table) assert.equal(formatBytes(bytes), text);
  });

  it('of a share always differ when the bytes do, as far as six places go', () => {
    const table: [bigint, bigint, string][] = [
      [(GB * 104n) / 10n, 10n * GB, '10.4 of 10 GB'],
      [10n * GB, 10n * GB, '10 of 10 GB'],
      [10n * GB + GB / 100n, 10n * GB, '10.01 of 10 GB'],
      [10n * GB + GB / 1000n, 10n * GB, '10.001 of 10 GB'],
      [GB / 2n + GB / 50n, GB / 2n, '532.5 of 512 MB'],
      [300n, 200n, '300 of 200 B'],
      [50n * GB, GB / 10n, '50 of 0.1 GB'],
      [2100n * GB, 2048n * GB, '2100 of 2048 GB'],
      [5n * KB ** 2n, 10n * GB, '0.0049 of 10 GB'],
    ];
    for (const [counted, limit, text] of table) assert.equal(formatShare(counted, limit), text);
  });

  it('that are read beside each other have one unit, which the largest decides', () => {
    const MB = KB ** 2n;
    const table: [bigint[], string][] = [
      [[10n * GB, 410n * MB], '10 GB, 0.4 GB'],
      [[500n * MB, 3n * MB], '500 MB, 3 MB'],
      [[600n * KB, 0n], '0.59 MB, 0 MB'],
      [[0n, 0n], '0 MB, 0 MB'],
      [[10n * GB, 12n * MB, 16n * MB, 0n], '10 GB, 12 MB, 0.02 GB, 0 GB'],
      [[2000n * GB, 100n * GB], '1.95 TB, 0.1 TB'],
      [[], ''],
    ];
    for (const [amounts, text] of table) assert.equal(formatTogether(amounts).join(', '), text);
  });

  it('in a column of GB that would read 0.01 or less have a unit of their own', () => {
    const MB = KB ** 2n;
    const table: [bigint, string, string][] = [
      [0n, '0.00', '0.00 GB'],
      [1n, '1 B', '1 B'],
      [12n * MB, '12 MB', '12 MB'],
      [16n * MB, '0.02', '0.02 GB'],
      [1234n * GB + GB / 2n, '1,234.50', '1,234.50 GB'],
    ];
    for (const [bytes, cell, text] of table) assert.deepEqual([gigabytes(bytes), inGigabytes(bytes)], [cell, text]);
  });

  it('of a rate are in powers of ten', () => {
    assert.equal(formatRate(1_550_000n, 1000), '12.4 Mbit/s');
    assert.equal(formatRate(125n, 1000), '1 kbit/s');
    assert.equal(formatRate(250_000_000n, 1000), '2 Gbit/s');
    assert.equal(formatRate(5n, 0), '0 kbit/s');
  });

  it('of a count say one or many', () => {
    assert.deepEqual(
      [formatCount(1, 'user', 'users'), formatCount(10_000, 'user', 'users')],
      ['1 user', '10,000 users'],
    );
  });
});

describe('times', () => {
  it('are written with the two largest units', () => {
    const table: [number, string][] = [
      [0, '0 s'],
      [1, '1 s'],
      [58_400, '59 s'],
      [59_400, '1 min'],
      [60_000, '1 min'],
      [3_600_000, '1 h'],
      [8_040_000, '2 h 14 min'],
      [273_600_000, '3 d 4 h'],
    ];
    for (const [ms, text] of table) assert.equal(formatDuration(ms), text);
  });

  it('of missing data are never shown shorter than they were', () => {
    const table: [number, string][] = [
      [0, '0 s'],
      [1, '1 s'],
      [59_001, '1 min'],
      [60_020, '1 min 1 s'],
      [239_000, '3 min 59 s'],
      [3_599_001, '1 h'],
      [3_600_001, '1 h 1 min'],
      [8_040_000, '2 h 14 min'],
      [86_399_000, '1 d'],
      [86_400_001, '1 d 1 h'],
      [2_591_999_999, '30 d'],
    ];
    for (const [ms, text] of table) assert.equal(formatUnobserved(ms), text);
  });

  it('are shown in the zone', () => {
    const at = Date.UTC(2026, 10, 20, 20, 5);
    assert.equal(formatMoment(at, 'Asia/Karachi'), 'Sat 21 Nov, 01:05');
    assert.equal(formatFullMoment(at, 'Asia/Karachi'), 'Sat 21 Nov 2026, 01:05');
    assert.equal(formatDay('2026-11-19'), 'Thu 19 Nov');
    assert.equal(formatFullDay('2026-11-19'), 'Thu 19 Nov 2026');
  });
});

describe('names', () => {
  it('become one readable line', () => {
    assert.equal(readableName('a\r\nb\tc\u0000\u202Ed\u200be\u2028f\ud800'), 'a��b�c��d�e�f�');
    assert.equal(readableName('Семья <b> 👩 {{x}}'), 'Семья <b> 👩 {{x}}');
  });

  it('are never longer than asked for, and never cut within a character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.integer({ min: 1, max: 20 }), (text, length) => {
        const short = shorten(text, length);
        assert.ok(Array.from(short).length <= length);
        assert.ok(short === text || (short.endsWith('…') && text.startsWith(short.slice(0, -1))));
        assert.ok(short.isWellFormed());
      }),
    );
  });
});

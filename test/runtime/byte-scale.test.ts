import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { byteScale, rateScale } from '../../src/runtime/byte-scale.ts';

const labels = (bytes: bigint) => byteScale(bytes).map(({ label }) => label);
const MB = 1024n ** 2n;

describe('a scale of bytes', () => {
  const cases: [bigint, string[]][] = [
    [0n, ['0']],
    [1n, ['0']],
    [3n, ['0', '1 B', '2 B', '3 B']],
    [182n * MB, ['0', '50 MB', '100 MB', '150 MB']],
    [999n * MB, ['0', '500 MB']],
    [1000n * MB, ['0', '0.5 GB']],
    [1152n * MB, ['0', '0.5 GB', '1 GB']],
    [10_752n * MB, ['0', '5 GB', '10 GB']],
    [8n * 1024n * MB, ['0', '2 GB', '4 GB', '6 GB', '8 GB']],
  ];
  for (const [bytes, wanted] of cases) {
    it(`up to ${bytes} bytes is ${wanted.join(', ')}`, () => assert.deepEqual(labels(bytes), wanted));
  }

  it('has two to five marks in one unit, in even steps and none above the top', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n, max: 2n ** 64n }), (full) => {
        const marks = byteScale(full);
        assert.ok(marks.length >= 2 && marks.length <= 5, String(marks.length));
        assert.ok(marks.every(({ bytes }) => bytes <= full));
        assert.equal(new Set(marks.slice(1).map(({ label }) => label.split(' ')[1])).size, 1);
        const step = marks[1]?.bytes ?? 0n;
        marks.forEach(({ bytes, label }, index) => {
          const off = bytes - step * BigInt(index);
          assert.ok(off <= 4n + bytes / 1_000_000n && off >= -4n - bytes / 1_000_000n, label);
          assert.ok(label.length <= 7, label);
        });
      }),
    );
  });
});

describe('a scale of rates', () => {
  const cases: [number, string[]][] = [
    [0, ['0']],
    [400, ['0', '0.1 kbit/s', '0.2 kbit/s', '0.3 kbit/s', '0.4 kbit/s']],
    [182e6, ['0', '50 Mbit/s', '100 Mbit/s', '150 Mbit/s']],
    [999_999, ['0', '500 kbit/s']],
    [2.4e9, ['0', '1 Gbit/s', '2 Gbit/s']],
    [1.2e12, ['0', '500 Gbit/s', '1000 Gbit/s']],
  ];
  for (const [full, wanted] of cases) {
    it(`up to ${full} bit/s is ${wanted.join(', ')}`, () =>
      assert.deepEqual(
        rateScale(full).map(({ label }) => label),
        wanted,
      ));
  }

  it('has two to five marks in even steps, and none above the top', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e13, noNaN: true }), (full) => {
        const marks = rateScale(full);
        assert.ok(marks.length >= 2 && marks.length <= 5, String(marks.length));
        assert.ok(marks.every(({ bitsPerSecond }) => bitsPerSecond <= full));
        const step = marks[1]?.bitsPerSecond ?? 0;
        marks.forEach(({ bitsPerSecond }, index) => {
          assert.ok(Math.abs(bitsPerSecond - step * index) <= bitsPerSecond / 1e6);
        });
      }),
    );
  });
});

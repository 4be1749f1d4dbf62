import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Counted, type CounterLook, isSameBoot, ratesOf } from '../../src/health/rates.ts';

const look = (uptimeSeconds: number, atMs: number, ...rows: Counted[]): CounterLook<Counted> => ({
  boot: { uptimeSeconds, atMs },
  rows,
});
const counted = (id: string, rxBytes: bigint | null, txBytes: bigint | null = 0n): Counted => ({
  id,
  rxBytes,
  txBytes,
});

describe('rates of interfaces', () => {
  const before = look(1_000, 0, counted('*1', 1_000n, 50n));
  const cases: readonly [string, CounterLook<Counted>, number | null, number | null][] = [
    ['bits a second over the uptime', look(1_030, 30_000, counted('*1', 4_000n, 50n)), 800, 0],
    ['not for a counter that fell', look(1_030, 30_000, counted('*1', 999n, 80n)), null, 8],
    ['not for another row', look(1_030, 30_000, counted('*2', 4_000n, 50n)), null, null],
    ['not after a boot', look(20, 30_000, counted('*1', 4_000n, 50n)), null, null],
    ['not after a boot that hides behind a long gap', look(1_200, 3_600_000, counted('*1', 4_000n, 50n)), null, null],
    ['not within one second of uptime', look(1_000, 400, counted('*1', 4_000n, 50n)), null, null],
    ['not where nothing is told', look(1_030, 30_000, counted('*1', null, 80n)), null, 8],
  ];
  for (const [title, now, download, upload] of cases) {
    it(`are ${title}`, () => {
      const rate = ratesOf(before, now).get(now.rows[0]?.id ?? '');
      assert.deepEqual(rate, { downloadBps: download, uploadBps: upload });
    });
  }

  it('are not known at the first look', () => {
    assert.deepEqual([...ratesOf(null, before)], [['*1', { downloadBps: null, uploadBps: null }]]);
  });

  it('are what passed, never negative, and nothing across a boot, whatever the counters are', () => {
    const counter = fc.bigInt({ min: 0n, max: 2n ** 50n });
    fc.assert(
      fc.property(
        counter,
        counter,
        fc.nat(100_000),
        fc.nat(100_000),
        fc.nat(100_000),
        (from, to, up, later, passed) => {
          const now = look(later, passed * 1000, counted('*1', to));
          const rate = ratesOf(look(up, 0, counted('*1', from)), now).get('*1');
          const isKnown = rate?.downloadBps !== null;
          if (isKnown) {
            assert.ok(to >= from && later > up);
            assert.ok(isSameBoot({ uptimeSeconds: up, atMs: 0 }, now.boot));
            assert.equal(rate?.downloadBps, Math.round((Number(to - from) * 8) / (later - up)));
          }
        },
      ),
    );
  });
});

describe('a boot', () => {
  const before = { uptimeSeconds: 1_000, atMs: 0 };
  const cases: readonly [string, number, number, boolean][] = [
    ['the same while the uptime grows with the time', 1_030, 30_000, true],
    ['the same by two clocks that differ in speed', 1_000 + 86_391, 86_400_000, true],
    ['the same where the answer was late', 1_026, 30_000, true],
    ['another when the uptime fell', 999, 30_000, false],
    ['another when time passed that the uptime lacks', 1_010, 30_000, false],
  ];
  for (const [title, uptimeSeconds, atMs, expected] of cases) {
    it(`is ${title}`, () => assert.equal(isSameBoot(before, { uptimeSeconds, atMs }), expected));
  }
});

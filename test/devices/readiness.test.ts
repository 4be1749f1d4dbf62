import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createReadiness } from '../../src/devices/readiness.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { conditionOf } from '../support/conditions.ts';
import { createManualClock } from '../support/manual-clock.ts';

const away = new TroubleError('DATABASE_UNAVAILABLE', 'away', 'start it');

function setUp(pingDatabase: () => Promise<void> = async () => {}, earliestAt = 0) {
  const clock = createManualClock(Date.UTC(2026, 5, 10), { earliestAt });
  const conditions = [conditionOf('edge'), conditionOf('core')];
  const findReadiness = createReadiness({ conditions: () => conditions, pingDatabase, heldSamples: () => 7, clock });
  return { clock, conditions, findReadiness };
}

describe('readiness', () => {
  it('is there with a database that answers and routers that are not late', async () => {
    const { findReadiness } = setUp();
    assert.deepEqual(await findReadiness(), {
      isReady: true,
      reasons: [],
      routers: 2,
      freshRouters: 2,
      oldestMs: 0,
      heldSamples: 7,
    });
  });

  it('names each stale router with the code of its trouble, or that no poll ended', async () => {
    const { conditions, findReadiness } = setUp();
    const late = { isFresh: false, ageMs: 200_000 };
    conditions.splice(0, 2, conditionOf('edge', late), conditionOf('core', { ...late, code: 'ROUTER_LOGIN_FAILED' }));
    const { isReady, reasons, freshRouters, oldestMs } = await findReadiness();
    assert.deepEqual({ isReady, freshRouters, oldestMs }, { isReady: false, freshRouters: 0, oldestMs: 200_000 });
    assert.deepEqual(reasons, [
      { subject: 'router', router: 'edge', code: 'POLL_OVERDUE', ageMs: 200_000 },
      { subject: 'router', router: 'core', code: 'ROUTER_LOGIN_FAILED', ageMs: 200_000 },
    ]);
  });

  it('is gone at once when the database is away', async () => {
    const { findReadiness } = setUp(() => Promise.reject(away));
    const { isReady, reasons } = await findReadiness();
    assert.equal(isReady, false);
    assert.deepEqual(reasons, [{ subject: 'database', code: 'DATABASE_UNAVAILABLE' }]);
  });

  it('is gone while the clock of the machine cannot be right', async () => {
    const { clock, findReadiness } = setUp(undefined, Date.UTC(2026, 5, 10) + 1);
    const { isReady, reasons } = await findReadiness();
    assert.equal(isReady, false);
    assert.deepEqual(reasons, [{ subject: 'clock', code: 'CLOCK_IMPLAUSIBLE' }]);
    clock.step(1);
    assert.equal((await findReadiness()).isReady, true);
  });

  it('waits two seconds for a database that hangs, and asks it once for all who wait', async () => {
    let asked = 0;
    let answer = () => {};
    const { clock, findReadiness } = setUp(() => {
      asked += 1;
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    const both = [findReadiness(), findReadiness()];
    clock.advance(2_000);
    for (const { reasons } of await Promise.all(both)) {
      assert.deepEqual(reasons, [{ subject: 'database', code: 'DATABASE_TIMEOUT' }]);
    }
    const third = findReadiness();
    answer();
    assert.equal((await third).isReady, true);
    assert.equal(asked, 1);
    assert.equal(clock.pending(), 0);
    const fourth = findReadiness();
    answer();
    assert.equal((await fourth).isReady, true);
    assert.equal(asked, 2);
  });

  it('lets a bug through', async () => {
    const { findReadiness } = setUp(() => Promise.reject(new Error('a bug')));
    await assert.rejects(findReadiness(), /a bug/);
  });
});

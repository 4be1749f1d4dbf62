import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { ALL_SHARDS } from '../../src/workers/shards.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryRedis, createTestWorker, LOCK_MS, type TestWorker } from './support.ts';

const NOON = Date.UTC(2026, 10, 27, 12);
/** As often as a worker looks. */
const LOOK_MS = 2_000;

function setUp() {
  const clock = createManualClock(NOON);
  const redis = createMemoryRedis(clock);
  /** All look in turn, so many times, and read what they have in between. */
  async function look(workers: readonly TestWorker[], times: number) {
    for (let left = times; left > 0; left -= 1) {
      for (const worker of workers) {
        await worker.dealer.look();
        worker.readAll();
      }
      clock.advance(LOOK_MS);
    }
  }
  /** Until nothing has changed for longer than a lock lasts. */
  async function settle(workers: readonly TestWorker[]) {
    for (let before = ''; ; ) {
      await look(workers, 1 + LOCK_MS / LOOK_MS);
      const now = JSON.stringify(workers.map(({ holdings }) => holdings.portrait()));
      if (now === before) return;
      before = now;
    }
  }
  const join = (name: string) => createTestWorker(name, redis, clock);
  return { clock, redis, look, settle, join };
}

const sorted = (shards: readonly number[]) => shards.toSorted((one, other) => one - other);
const held = (workers: readonly TestWorker[]) => sorted(workers.flatMap(({ holdings }) => holdings.shards()));
const sizes = (workers: readonly TestWorker[]) => workers.map(({ holdings }) => holdings.in('locked').length);

async function three() {
  const { settle, join, ...more } = setUp();
  const workers = ['a', 'b', 'c'].map(join);
  await settle(workers);
  assert.deepEqual(sizes(workers).toSorted(), [21, 21, 22]);
  const [a, b, c] = workers;
  assert.ok(a !== undefined && b !== undefined && c !== undefined);
  return { ...more, settle, join, a, b, c };
}

describe('a worker among others', () => {
  it('has everything when it is alone', async () => {
    const { look, join } = setUp();
    const a = join('a');
    await look([a], 2);
    assert.deepEqual(a.holdings.shards(), [], 'others may be about to start as well');
    await look([a], 2);
    assert.deepEqual(sorted(a.holdings.in('locked')), ALL_SHARDS);
  });

  it('takes no more than its share when several start at once', async () => {
    const { look, join } = setUp();
    const workers = ['a', 'b', 'c'].map(join);
    await look(workers, 4);
    const changes = workers.map((worker) => worker.changes());
    await look(workers, 20);
    assert.deepEqual(held(workers), ALL_SHARDS);
    assert.deepEqual(changes, [1, 1, 1]);
    assert.deepEqual(
      workers.map((worker) => worker.changes()),
      [1, 1, 1],
    );
  });

  it('gives a newcomer its share one by one, and polls each shard until the newcomer has', async () => {
    const { clock, look, join } = setUp();
    const a = join('a');
    await look([a], 4);
    const b = join('b');
    for (let looks = 0; looks < 200; looks += 1) {
      clock.advance(100);
      const before = b.holdings.in('locked').length;
      await b.dealer.look();
      await a.dealer.look();
      assert.ok(b.holdings.in('locked').length <= before + 1);
      assert.ok(a.holdings.in('handed').length <= 1);
      // Before the newcomer has tried the devices, the other one still has the shard.
      for (const shard of b.holdings.portrait().locked) {
        assert.ok(b.holdings.portrait().read.includes(shard) || a.holdings.has(shard));
      }
      b.readAll();
    }
    assert.deepEqual(sizes([a, b]), [32, 32]);
    assert.deepEqual(held([a, b]), ALL_SHARDS);
  });

  it('takes up the shards of one that was killed, and nothing of the others moves', async () => {
    const { look, a, b, c } = await three();
    const before = [a, b].map(({ holdings }) => holdings.shards());
    const looks = Math.ceil(45_000 / LOOK_MS);
    await look([a, b], looks);
    assert.deepEqual(sorted([...a.holdings.shards(), ...b.holdings.shards()]), ALL_SHARDS);
    for (const [index, { holdings }] of [a, b].entries()) {
      assert.deepEqual(holdings.shards().slice(0, before[index]?.length), before[index]);
    }
    assert.ok(c.holdings.shards().length > 0);
  });

  it('gives up at once what others took while it hung', async () => {
    const { settle, a, b, c } = await three();
    await settle([a, b]);
    await c.dealer.look();
    assert.deepEqual(c.holdings.shards(), []);
    await settle([a, b, c]);
    assert.deepEqual(sizes([a, b, c]).toSorted(), [21, 21, 22]);
    assert.deepEqual(held([a, b, c]), ALL_SHARDS);
  });

  for (const forgets of [false, true]) {
    it(`goes on with what it has while Redis is away, and has it again after that${forgets ? ', though Redis has lost its data' : ''}`, async () => {
      const { clock, redis, settle, a, b, c } = await three();
      const workers = [a, b, c];
      const before = workers.map(({ holdings }) => sorted(holdings.shards()));
      redis.setThere(false);
      for (let left = 5; left > 0; left -= 1) {
        for (const { dealer } of workers) await assert.rejects(dealer.look(), { code: 'REDIS_UNREACHABLE' });
        clock.advance(LOCK_MS);
      }
      if (forgets) redis.forget();
      redis.setThere(true);
      const changes = workers.map((worker) => worker.changes());
      await settle(workers);
      assert.deepEqual(
        workers.map(({ holdings }) => sorted(holdings.in('locked'))),
        before,
      );
      assert.deepEqual(
        workers.map((worker) => worker.changes()),
        changes,
      );
    });
  }

  it('polls everything alone when Redis is not there at the start, says so once, and joins later', async () => {
    const { clock, redis, settle, join } = setUp();
    redis.setThere(false);
    const [a, b] = [join('a'), join('b')];
    for (const { dealer } of [a, b]) dealer.start();
    for (let left = 10; left > 0; left -= 1) {
      await turn();
      clock.advance(LOOK_MS);
    }
    await turn();
    for (const { holdings, logger } of [a, b]) {
      assert.deepEqual(sorted(holdings.in('alone')), ALL_SHARDS);
      assert.equal(logger.entries.filter(({ level }) => level === 'warn').length, 2);
    }
    redis.setThere(true);
    await settle([a, b]);
    assert.deepEqual(sizes([a, b]), [32, 32]);
    assert.deepEqual(held([a, b]), ALL_SHARDS);
    for (const { dealer } of [a, b]) await dealer.halt();
  });

  it('polls on when it stops until the others have polled, and ends without them after the time', async () => {
    const { clock, look, a, b, c } = await three();
    for (const { dealer } of [a, b, c]) dealer.start();
    for (let left = 8; left > 0; left -= 1) await turn();
    const stopped = c.dealer.leave(4_000);
    let isOver = false;
    void stopped.then(() => {
      isOver = true;
    });
    for (let left = 4; left > 0; left -= 1) await turn();
    assert.ok(c.holdings.in('handed').length >= 21);
    await a.dealer.look();
    await b.dealer.look();
    clock.advance(100);
    for (let left = 8; left > 0; left -= 1) await turn();
    assert.ok(c.holdings.shards().length >= 21 && !isOver, 'the others have its shards, and have not read them');
    await look([a, b], 3);
    for (let left = 20; left > 0 && !isOver; left -= 1) {
      clock.advance(100);
      await turn();
    }
    assert.ok(isOver);
    assert.deepEqual(c.holdings.shards(), []);
    assert.deepEqual(held([a, b]), ALL_SHARDS);
    for (const { dealer } of [a, b]) await dealer.halt();
  });

  it('settles after any happening, with every shard held once and the shares fair', async () => {
    const happening = fc.record({
      what: fc.constantFrom('join', 'kill', 'hang', 'away', 'forget', 'nothing'),
      who: fc.nat(5),
      looks: fc.nat(12),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 8 }), async (happenings) => {
        const { redis, look, settle, join } = setUp();
        let workers = [join('a'), join('b')];
        let hanging: TestWorker[] = [];
        let names = 0;
        for (const { what, who, looks } of happenings) {
          const one = workers[who % workers.length];
          if (what === 'join' && workers.length + hanging.length < 5) workers.push(join(`n${names}`));
          names += 1;
          if ((what === 'kill' || what === 'hang') && workers.length > 1)
            workers = workers.filter((each) => each !== one);
          if (what === 'hang' && one !== undefined && !workers.includes(one)) hanging.push(one);
          if (what === 'forget') redis.forget();
          if (what === 'away') {
            redis.setThere(false);
            for (const { dealer } of workers) await assert.rejects(dealer.look());
            redis.setThere(true);
          }
          await look(workers, looks);
          if (what === 'nothing') [workers, hanging] = [[...workers, ...hanging], []];
        }
        workers = [...workers, ...hanging];
        await settle(workers);
        assert.deepEqual(held(workers), ALL_SHARDS);
        const due = ALL_SHARDS.length / workers.length;
        for (const size of sizes(workers)) assert.ok(size >= Math.floor(due) && size <= Math.ceil(due));
      }),
      { numRuns: 12 },
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { allowance, fairShare, gives, type Player } from '../../src/workers/deal.ts';
import { ALL_SHARDS, SHARDS, shardOf } from '../../src/workers/shards.ts';

const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'];

/** Workers that deal as `table.ts` does, but without Redis: who holds which shard, and who moved. */
function createGame() {
  const hands = new Map<string, number[]>();
  let free = [...ALL_SHARDS];
  /** Shards that were taken from a worker that stayed. */
  const moved: number[] = [];
  const players = (): Player[] => [...hands].map(([worker, shards]) => ({ worker, shards: shards.length }));

  /** One look of one worker; gives whether anything happened. */
  function look(worker: string): boolean {
    const hand = hands.get(worker) ?? [];
    const room = allowance(worker, players()) - hand.length;
    const taken = free.splice(0, Math.max(0, room));
    hand.push(...taken);
    if (taken.length > 0) return true;
    if (!gives(worker, players(), free.length)) return false;
    const given = hand.pop();
    assert.ok(given !== undefined);
    moved.push(given);
    free.push(given);
    return true;
  }

  return {
    hands,
    moved,
    join: (worker: string) => void hands.set(worker, []),
    leave(worker: string) {
      free = [...free, ...(hands.get(worker) ?? [])];
      hands.delete(worker);
    },
    /** All look in turn, in this order, until none has anything to do. */
    settle(order: readonly string[]) {
      for (let rounds = 0; ; rounds += 1) {
        assert.ok(rounds < 20 * SHARDS, 'it never settles');
        const busy = order.filter((worker) => hands.has(worker) && look(worker));
        if (busy.length === 0) return;
      }
    },
    free: () => free.length,
  };
}

const order = fc.shuffledSubarray(ids, { minLength: ids.length, maxLength: ids.length });

describe('a fair deal', () => {
  const cases: [number, number, number][] = [
    [1, 64, 64],
    [2, 32, 32],
    [3, 21, 22],
    [10, 6, 7],
    [64, 1, 1],
    [100, 0, 1],
  ];
  for (const [workers, least, most] of cases) {
    it(`is ${least} to ${most} shards for each of ${workers}`, () => {
      assert.deepEqual(fairShare(workers), { least, most });
    });
  }

  it('settles, from whatever was before, with every shard held once and no share off by more than one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...ids), fc.boolean()), { maxLength: 20 }),
        order,
        (acts, turns) => {
          const game = createGame();
          game.join('a');
          for (const [worker, settles] of acts) {
            if (!game.hands.has(worker)) game.join(worker);
            else if (game.hands.size > 1) game.leave(worker);
            if (settles) game.settle(turns);
          }
          game.settle(turns);
          const { least, most } = fairShare(game.hands.size);
          assert.deepEqual(
            [...game.hands.values()].flat().toSorted((x, y) => x - y),
            ALL_SHARDS,
          );
          for (const { length } of game.hands.values()) assert.ok(length >= least && length <= most);
        },
      ),
    );
  });

  it('moves no shard of those who stay when a worker is gone', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: ids.length }), order, fc.nat(), (count, turns, which) => {
        const game = createGame();
        const workers = ids.slice(0, count);
        for (const worker of workers) {
          game.join(worker);
          game.settle(turns);
        }
        const before = new Map([...game.hands].map(([worker, hand]) => [worker, [...hand]]));
        game.moved.length = 0;
        const gone = workers[which % count] ?? 'a';
        game.leave(gone);
        game.settle(turns);
        assert.deepEqual(game.moved, []);
        for (const [worker, hand] of game.hands) {
          assert.deepEqual(hand.slice(0, before.get(worker)?.length), before.get(worker));
        }
      }),
    );
  });

  it('moves as few shards to a newcomer as a fair share has', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: ids.length - 1 }), order, (count, turns) => {
        const game = createGame();
        for (const worker of ids.slice(0, count)) {
          game.join(worker);
          game.settle(turns);
        }
        game.moved.length = 0;
        const newcomer = ids[count] ?? '';
        game.join(newcomer);
        game.settle(turns);
        assert.equal(game.moved.length, fairShare(count + 1).least);
        assert.deepEqual(new Set(game.hands.get(newcomer)), new Set(game.moved));
      }),
    );
  });

  it('gives nothing away while shards are free, and never from two at a time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(SHARDS), { minLength: 1, maxLength: 12 }), fc.nat(SHARDS), (counts, free) => {
        const players = counts.map((shards, index) => ({ worker: ids[index] ?? '', shards }));
        const givers = players.filter(({ worker }) => gives(worker, players, free));
        assert.ok(givers.length <= (free === 0 ? 1 : 0));
      }),
    );
  });
});

describe('the shard of a device', () => {
  it('is the same for ever: a worker of another version has to find it too', () => {
    assert.deepEqual(['edge-1', 'edge-2', 'core', 'büro ☕', ''].map(shardOf), [51, 34, 56, 18, 37]);
  });

  it('is about as likely for each: a worker with a fair share of the shards has half to twice its share of 300 routers', () => {
    for (const prefix of ['edge-', 'tower-north-', 'r', 'MikroTik ']) {
      const sizes = ALL_SHARDS.map(() => 0);
      for (let number = 0; number < 300; number += 1) {
        const shard = shardOf(`${prefix}${number}`);
        sizes[shard] = (sizes[shard] ?? 0) + 1;
      }
      for (const workers of [2, 3, 4]) {
        const hands = Array.from({ length: workers }, (_, hand) =>
          sizes.reduce((sum, size, shard) => sum + (shard % workers === hand ? size : 0), 0),
        );
        const due = 300 / workers;
        for (const hand of hands) assert.ok(hand >= due / 2 && hand <= due * 2, `${prefix}: ${hands}`);
      }
    }
  });
});

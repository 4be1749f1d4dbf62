import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complaintsOf, type Growth, growthOf, type HeldReading, sayGrowth, settlesWithinMs } from './growth.ts';

const SECOND = 1_000;
const SETTLED_MS = 120 * SECOND;

/** A reading every ten seconds, with amounts by the age in seconds; every third one finds work in progress. */
function life(
  lastsSeconds: number,
  { heap = () => 0, rest = () => 0 }: { heap?: (age: number) => number; rest?: (age: number) => number },
): HeldReading[] {
  return Array.from({ length: Math.floor(lastsSeconds / 10) }, (_, index) => {
    const age = (index + 1) * 10;
    const inProgress = index % 3 === 0 ? 4 : 0;
    return { ageMs: age * SECOND, heapMib: 50 + inProgress + heap(age), restMib: 110 + inProgress + rest(age) };
  });
}

function judged(readings: readonly HeldReading[]): string[] {
  const growth = growthOf(readings, SETTLED_MS);
  assert.ok(growth !== null);
  return complaintsOf(growth);
}

describe('the growth of a worker', () => {
  it('is none while it compiles code and does work for the first time, nor by work in progress', () => {
    assert.deepEqual(
      judged(life(300, { heap: (age) => Math.min(age, 120) / 10, rest: (age) => Math.min(age, 120) / 5 })),
      [],
    );
  });

  it('is none by a step, as when a busy machine compiles late, and is seen beside one', () => {
    const step = (age: number) => Math.min(Math.max(age - 120, 0), 60) / 8;
    assert.deepEqual(judged(life(400, { heap: step })), []);
    assert.match(judged(life(400, { heap: (age) => step(age) + age * 2 * 0.02 })).join(), /heap grew by/);
  });

  it('is seen of a heap that keeps 50 kB of each poll of four routers every two seconds', () => {
    const readings = life(300, { heap: (age) => age * 2 * 0.05 });
    assert.match(judged(readings).join(), /^a worker's heap grew by 12\.0 MiB in 300 s: 64\.0, 70\.0, 76\.0 MiB$/);
  });

  it('was seen of workers that kept 50 kB of each poll in a soak, and of none that kept nothing', () => {
    const heapOf = (...leastHeapMib: number[]) =>
      complaintsOf({ livedMs: 300 * SECOND, leastHeapMib, leastRestMib: [100, 100, 100] }).length;
    for (const leak of [
      [63.2, 65.9, 72.4],
      [72.3, 77.4, 80.3],
      [76.4, 81.9, 89.2],
    ])
      assert.equal(heapOf(...leak), 1, String(leak));
    for (const well of [
      [61.1, 61.3, 62.5],
      [59.6, 59.7, 60.3],
      [59.8, 63.8, 64.4],
      [50.9, 54.3, 54.6],
    ])
      assert.equal(heapOf(...well), 0, String(well));
  });

  it('is seen of what native code keeps, apart', () => {
    const readings = life(300, { rest: (age) => age * 2 * 0.06 });
    assert.match(judged(readings).join(), /^a worker's memory beside the heap grew by 1\d\.\d MiB/);
  });

  it('is not judged of a life that ended soon', () => {
    assert.equal(growthOf(life(200, { heap: (age) => age }), SETTLED_MS), null);
    assert.equal(growthOf([], SETTLED_MS), null);
  });

  it('is told of the one that lived longest', () => {
    const lives = [300, 600].map((lasts): Growth | null => growthOf(life(lasts, {}), SETTLED_MS));
    assert.match(
      sayGrowth(lives.filter((each) => each !== null)),
      /^2 lived .*, the longest 600 s: its heap held at least 50\.0, 50\.0, 50\.0 MiB and the rest 110\.0, /,
    );
    assert.match(sayGrowth([]), /none lived long enough/);
  });
});

it('a worker has settled after as many polls, whether it has few routers or polls them seldom', () => {
  assert.equal(settlesWithinMs(4, SECOND), 60 * SECOND);
  assert.equal(settlesWithinMs(4, 2 * SECOND), 120 * SECOND);
});

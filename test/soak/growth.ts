/** What a process held after its garbage was collected, at one instant. */
export interface HeldReading {
  readonly ageMs: number;
  /** Objects and buffers of JavaScript. */
  readonly heapMib: number;
  /** All that is no heap: what native code holds, and the code itself. */
  readonly restMib: number;
}

/** By how much a process grew. */
export interface Growth {
  readonly livedMs: number;
  /** In each third of its life after it had settled. */
  readonly leastHeapMib: readonly number[];
  readonly leastRestMib: readonly number[];
}

/** Until then code is compiled, caches fill, and each kind of work is done for the first time. */
const SETTLED_AFTER_POLLS = 240;
/** In thirds of half a minute a single reading decides. */
const SHORTEST_LIFE_MS = 90_000;
/** The heap is exact, but for code that is compiled or dropped and work that goes on. */
const MOST_HEAP_MIB = 4;
/** What is freed goes back to the system when the allocator likes. */
const MOST_REST_MIB = 12;

/** How long a worker settles that polls so many routers, each so often. */
export function settlesWithinMs(routers: number, everyMs: number): number {
  return (SETTLED_AFTER_POLLS * everyMs) / routers;
}

/**
 * By the least that a process held in each third of its life after `settledMs`: work in progress comes and goes, what leaks stays. `null`:
 * it did not live long enough.
 */
export function growthOf(readings: readonly HeldReading[], settledMs: number): Growth | null {
  const settled = readings.filter(({ ageMs }) => ageMs > settledMs);
  const [first, last] = [settled[0], settled.at(-1)];
  if (first === undefined || last === undefined || last.ageMs - first.ageMs < SHORTEST_LIFE_MS) return null;
  const third = Math.floor(settled.length / 3);
  const thirds = [0, 1, 2].map((part) => settled.slice(part * third, (part + 1) * third));
  const leastIn = (of: (reading: HeldReading) => number) => thirds.map((some) => Math.min(...some.map(of)));
  return {
    livedMs: last.ageMs,
    leastHeapMib: leastIn(({ heapMib }) => heapMib),
    leastRestMib: leastIn(({ restMib }) => restMib),
  };
}

/** What is wrong with it, in words. */
export function complaintsOf({ livedMs, leastHeapMib, leastRestMib }: Growth): string[] {
  const complain = (what: string, least: readonly number[], mostMib: number) =>
    gainOf(least) > mostMib
      ? [`a worker's ${what} grew by ${gainOf(least).toFixed(1)} MiB in ${seconds(livedMs)} s: ${mib(least)}`]
      : [];
  return [
    ...complain('heap', leastHeapMib, MOST_HEAP_MIB),
    ...complain('memory beside the heap', leastRestMib, MOST_REST_MIB),
  ];
}

/** For people, of all that lived long enough. */
export function sayGrowth(lives: readonly Growth[]): string {
  const longest = lives.toSorted((one, other) => other.livedMs - one.livedMs)[0];
  if (longest === undefined) return 'none lived long enough to show whether it grows';
  return (
    `${lives.length} lived long enough to show whether they grow, the longest ${seconds(longest.livedMs)} s: its heap held at least ` +
    `${mib(longest.leastHeapMib)} and the rest ${mib(longest.leastRestMib)} in the thirds of its life after it had settled`
  );
}

/** What leaks grows to the end. A step does not, as when a busy machine compiles late: then the last two thirds are alike. */
function gainOf([first = 0, middle = 0, last = 0]: readonly number[]): number {
  return Math.min(last - first, 2 * (last - middle));
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(0);
}

function mib(amounts: readonly number[]): string {
  return `${amounts.map((amount) => amount.toFixed(1)).join(', ')} MiB`;
}

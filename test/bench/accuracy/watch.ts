import type { Queue, Watcher } from './month.ts';
import { type Look, OTHERS } from './others.ts';
import { createOurBooks } from './ours.ts';
import { createTally, type Tally } from './tally.ts';

export const OURS = 'NetSentinel';
/** What the readings hold at all: the true bytes less those that were wiped before a reading showed them. */
export const LIMIT = 'all that the readings hold';

/** In the order of the tallies. */
export const RULES: readonly string[] = [OURS, ...OTHERS.map(({ name }) => name), LIMIT];

/** The tally of each rule, as `RULES` names them. */
export function createTallies(): Tally[] {
  return RULES.map(createTally);
}

/** What is kept of a queue between two readings; lists go by rule. */
interface Memory {
  last: { readonly upload: Look; readonly download: Look } | null;
  /** Counter at the last reading, 0 once it began again. */
  seenBytes: number;
  trueBytes: number;
  wipedBytes: number;
  readonly booked: Float64Array;
  readonly lastUpload: Float64Array;
  readonly lastDownload: Float64Array;
}

function createMemory(): Memory {
  const byRule = () => new Float64Array(RULES.length);
  return {
    last: null,
    seenBytes: 0,
    trueBytes: 0,
    wipedBytes: 0,
    booked: byRule(),
    lastUpload: byRule(),
    lastDownload: byRule(),
  };
}

/** Reads one router every `everyTicks` and has every rule book what it reads. `finish` adds the users' months to the tallies. */
export function createWatch(options: {
  readonly everyTicks: number;
  readonly everyMs: number;
  readonly users: number;
  readonly tallies: readonly Tally[];
}): Watcher & { finish(): void } {
  const { everyTicks, everyMs, tallies } = options;
  const book = createOurBooks();
  const memories = Array.from({ length: options.users }, createMemory);

  /** What each rule adds for a queue at a reading, in their order. */
  function judge(memory: Memory, now: NonNullable<Memory['last']>, ours: number, moved: number): number[] {
    const { last } = memory;
    if (last === null) return [];
    const others = OTHERS.map((rule, index) => {
      const upload = rule.add(last.upload, now.upload, memory.lastUpload[index] ?? 0, everyMs);
      const download = rule.add(last.download, now.download, memory.lastDownload[index] ?? 0, everyMs);
      memory.lastUpload[index] = upload;
      memory.lastDownload[index] = download;
      return upload + download;
    });
    return [ours, ...others, moved - memory.wipedBytes];
  }

  function lookAt(queue: Queue, memory: Memory, at: number, ours: number): void {
    const now = {
      upload: { at, counter: queue.upload, sinceMidnight: queue.upload - queue.midnightUpload },
      download: { at, counter: queue.download, sinceMidnight: queue.download - queue.midnightDownload },
    };
    const trueBytes = queue.trueUpload + queue.trueDownload;
    const moved = trueBytes - memory.trueBytes;
    judge(memory, now, ours, moved).forEach((booked, rule) => {
      tallies[rule]?.interval(booked, moved);
      memory.booked[rule] = (memory.booked[rule] ?? 0) + booked;
    });
    memory.last = now;
    memory.seenBytes = queue.upload + queue.download;
    memory.trueBytes = trueBytes;
    memory.wipedBytes = 0;
  }

  return {
    everyTicks,
    read(router, at, outages) {
      const ours = book(router, at, outages);
      router.queues.forEach((queue, index) => {
        const memory = memories[index];
        if (memory !== undefined) lookAt(queue, memory, at, ours.get(queue.name) ?? 0);
      });
    },
    wiped(index, queue) {
      const memory = memories[index];
      if (memory === undefined) return;
      memory.wipedBytes += queue.upload + queue.download - memory.seenBytes;
      memory.seenBytes = 0;
    },
    finish() {
      for (const { booked, trueBytes } of memories) {
        tallies.forEach((tally, rule) => {
          tally.month(booked[rule] ?? 0, trueBytes);
        });
      }
    },
  };
}

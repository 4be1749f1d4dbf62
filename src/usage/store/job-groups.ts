export interface JobGroupsDeps<Job> {
  /** Groups worked on at once. */
  readonly places: number;
  /** What the jobs of a group may weigh together; a heavier one is alone in its group. */
  readonly mostWeight: number;
  readonly weightOf: (job: Job) => number;
  /** Jobs of the same key are done in order, never in one group. */
  readonly keyOf: (job: Job) => string;
  /** Does all jobs of a group, or rejects. */
  readonly work: (jobs: readonly Job[]) => Promise<void>;
  /** Whether an error means that no other job would fare better now. */
  readonly concernsAll: (error: unknown) => boolean;
}

interface Waiting<Job> {
  readonly job: Job;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Does jobs in groups: what arrives while all places are taken waits, and what waits is done together. With little to do each job begins at
 * once and alone. A group that fails is tried again in halves, so that each job gets its own error and none suffers from another.
 */
export function createJobGroups<Job>(deps: JobGroupsDeps<Job>): (job: Job) => Promise<void> {
  const { places, mostWeight, weightOf, keyOf, work, concernsAll } = deps;
  const waiting = new Set<Waiting<Job>>();
  let taken = 0;

  function nextGroup(): Waiting<Job>[] {
    const group: Waiting<Job>[] = [];
    const keys = new Set<string>();
    let weight = 0;
    for (const entry of waiting) {
      const key = keyOf(entry.job);
      weight += weightOf(entry.job);
      if (group.length > 0 && (weight > mostWeight || keys.has(key))) break;
      keys.add(key);
      group.push(entry);
      waiting.delete(entry);
    }
    return group;
  }

  async function doAll(group: readonly Waiting<Job>[]): Promise<void> {
    try {
      await work(group.map(({ job }) => job));
      for (const { done } of group) done.resolve();
    } catch (error) {
      if (group.length > 1 && !concernsAll(error)) {
        const half = Math.ceil(group.length / 2);
        await doAll(group.slice(0, half));
        await doAll(group.slice(half));
      } else {
        for (const { done } of group) done.reject(error);
      }
    }
  }

  function fill(): void {
    while (taken < places && waiting.size > 0) {
      taken += 1;
      void doAll(nextGroup()).then(() => {
        taken -= 1;
        fill();
      });
    }
  }

  return (job) => {
    const done = Promise.withResolvers<void>();
    waiting.add({ job, done });
    fill();
    return done.promise;
  };
}

export interface JobGroupsDeps<Job> {
  /** Groups worked on at once. */
  readonly places: number;
  /** What the jobs of a group may weigh together; a heavier one is alone in its group. */
  readonly mostWeight: number;
  readonly weightOf: (job: Job) => number;
  /** Does all that is asked, or rejects and has done nothing. */
  readonly work: (jobs: readonly Job[]) => Promise<void>;
  /** Whether an error means that no other job of the group would fare better. */
  readonly concernsAll: (error: unknown) => boolean;
}

interface Waiting<Job> {
  readonly job: Job;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Does jobs in groups: what arrives while all places are taken waits, and what waits is done together. With little to do each job begins at
 * once and alone. Jobs of a group that fails are done one by one, so that each gets its own error and none suffers from another.
 */
export function createJobGroups<Job>(deps: JobGroupsDeps<Job>): (job: Job) => Promise<void> {
  const { places, mostWeight, weightOf, work, concernsAll } = deps;
  const waiting = new Set<Waiting<Job>>();
  let taken = 0;

  function nextGroup(): Waiting<Job>[] {
    const group: Waiting<Job>[] = [];
    let weight = 0;
    for (const entry of waiting) {
      weight += weightOf(entry.job);
      if (group.length > 0 && weight > mostWeight) break;
      group.push(entry);
      waiting.delete(entry);
    }
    return group;
  }

  async function alone({ job, done }: Waiting<Job>): Promise<void> {
    try {
      await work([job]);
      done.resolve();
    } catch (error) {
      done.reject(error);
    }
  }

  async function together(group: readonly Waiting<Job>[]): Promise<void> {
    try {
      await work(group.map(({ job }) => job));
      for (const { done } of group) done.resolve();
    } catch (error) {
      if (group.length === 1 || concernsAll(error)) for (const { done } of group) done.reject(error);
      // Beside the places: one that waits long for a lock is to hold up no group.
      else for (const entry of group) void alone(entry);
    }
  }

  function fill(): void {
    while (taken < places && waiting.size > 0) {
      taken += 1;
      void together(nextGroup()).then(() => {
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

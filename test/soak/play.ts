import { sleep } from './crew.ts';

/** Has every fault begin at its time, in order; returns when the time is over and all have ended. */
export async function play<Fault extends { readonly atMs: number }>(
  faults: readonly Fault[],
  durationMs: number,
  begin: (fault: Fault) => Promise<void>,
): Promise<void> {
  const startedMs = performance.now();
  const lasting = new Set<Promise<void>>();
  for (const fault of faults) {
    await sleep(Math.max(0, fault.atMs - (performance.now() - startedMs)));
    const work = begin(fault)
      .catch((error: unknown) => {
        throw new Error(`the soak itself failed at ${JSON.stringify(fault)}`, { cause: error });
      })
      .finally(() => lasting.delete(work));
    lasting.add(work);
  }
  await sleep(Math.max(0, durationMs - (performance.now() - startedMs)));
  await Promise.all(lasting);
}

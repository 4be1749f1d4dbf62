import { sleep } from './crew.ts';

/** Asks again until it is so, or the time is over: then `false`. */
export async function until(isSo: () => Promise<boolean>, deadlineMs: number): Promise<boolean> {
  const endMs = performance.now() + deadlineMs;
  while (!(await isSo())) {
    if (performance.now() > endMs) return false;
    await sleep(100);
  }
  return true;
}

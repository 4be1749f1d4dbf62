import { bookVillage, servePages } from '../support/pages.ts';
import { type BenchRow, median } from './harness.ts';

const USERS = 2_000;
const ROUNDS = 9;
const LIMIT_MS = 100;
const MINUTE_MS = 60_000;
/** Yesterday is kept for less. */
const AFTER_A_PAUSE_MS = 15 * MINUTE_MS;

/** Processor time of pages, with that of the client that asks for them. */
export async function run(): Promise<BenchRow[]> {
  const pages = await servePages({ password: null });
  try {
    await bookVillage(pages, USERS);
    const first = await views(`${pages.url}/`, () => pages.clock.advance(AFTER_A_PAUSE_MS));
    const next = await views(`${pages.url}/`, () => pages.clock.advance(MINUTE_MS));
    const user = await views(`${pages.url}/u/edge-1/user-0001`, () => pages.clock.advance(MINUTE_MS));
    return [
      { name: `page of today, ${USERS} users, first view`, medianMs: first, limit: LIMIT_MS },
      { name: `page of today, ${USERS} users, a minute later`, medianMs: next, limit: LIMIT_MS },
      { name: `page of a user among ${USERS}`, medianMs: user, limit: LIMIT_MS },
    ];
  } finally {
    await pages.close();
  }
}

async function views(url: string, between: () => void): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    between();
    const before = process.cpuUsage();
    await (await fetch(url)).text();
    const { user, system } = process.cpuUsage(before);
    if (round > 0) times.push((user + system) / 1000);
  }
  return median(times);
}

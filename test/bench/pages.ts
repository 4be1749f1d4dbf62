import { get } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { bookVillage, servePages } from '../support/pages.ts';
import { type BenchRow, median } from './harness.ts';

/** A sixth of them on a second router. */
const USERS = 2_000;
const USERS_OF_FIRST_ROUTER = 1_666;
const ROUNDS = 9;
const LIMIT_MS = 100;
const MINUTE_MS = 60_000;
/** Yesterday is kept for less. */
const AFTER_A_PAUSE_MS = 15 * MINUTE_MS;

/** Processor time of pages as browsers ask for them, with that of a client that takes them in and does not look. */
export async function run(): Promise<BenchRow[]> {
  const pages = await servePages({ password: null });
  try {
    await bookVillage(pages, USERS_OF_FIRST_ROUTER);
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

/** Median processor time of a view, ms; `between` is called before each. */
export async function views(url: string, between: () => void | Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    await between();
    const before = process.cpuUsage();
    await download(url);
    const { user, system } = process.cpuUsage(before);
    if (round > 0) times.push((user + system) / 1000);
  }
  return median(times);
}

function download(url: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { accept: 'text/html', 'accept-encoding': 'gzip' } }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
      buffer(response).then(resolve, reject);
    }).on('error', reject);
  });
}

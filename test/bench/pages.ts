import { get } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { bookVillage, freshRouter, servePages, TODAY, userDay } from '../support/pages.ts';
import { type BenchRow, type Cost, costs, medianCost } from './harness.ts';

/** A sixth of them on a second router. */
const USERS = 2_000;
const USERS_OF_FIRST_ROUTER = 1_666;
const ROUTERS = 1_000;
const GB = 1024n ** 3n;
const ROUNDS = 9;
const LIMIT = { limit: 100, limits: 'CPU' } as const;
const MINUTE_MS = 60_000;
/** The past of traffic is kept for less; ten of these are still of the same day. */
const INTO_ANOTHER_HOUR_MS = 31 * MINUTE_MS;
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
      { name: `page of today, ${USERS} users, first view`, ...first, ...LIMIT },
      { name: `page of today, ${USERS} users, a minute later`, ...next, ...LIMIT },
      { name: `page of a user among ${USERS}`, ...user, ...LIMIT },
      ...(await withManyRouters()),
    ];
  } finally {
    await pages.close();
  }
}

/** The charts of traffic with two users on each of many routers: the past is read in the first view, and kept for the next. */
async function withManyRouters(): Promise<BenchRow[]> {
  const pages = await servePages({ password: null });
  const { url, book, clock, conditions } = pages;
  try {
    for (let index = 2; index <= ROUTERS; index += 1) conditions.push(freshRouter(`edge-${index}`));
    const days = Array.from({ length: 7 }, (_, back) =>
      Temporal.PlainDate.from(TODAY).subtract({ days: back }).toString(),
    );
    for (const { router } of conditions) {
      const users = ['bob', 'amy'].flatMap((name) => days.map((day) => userDay(name, day, GB)));
      await book(router, users);
    }
    const first = await views(`${url}/`, () => clock.advance(INTO_ANOTHER_HOUR_MS));
    const next = await views(`${url}/`, () => clock.advance(MINUTE_MS));
    const one = await views(`${url}/d/edge-1`, () => clock.advance(INTO_ANOTHER_HOUR_MS));
    return [
      { name: `page of today with traffic of ${ROUTERS} routers, first view`, ...first, ...LIMIT },
      { name: '… a minute later', ...next, ...LIMIT },
      { name: `page of one router among ${ROUTERS}`, ...one, ...LIMIT },
    ];
  } finally {
    await pages.close();
  }
}

/** Median cost of a view; `between` is called before each. */
export async function views(url: string, between: () => void | Promise<void>): Promise<Cost> {
  return medianCost(await costs(ROUNDS, () => download(url), between));
}

function download(url: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { accept: 'text/html', 'accept-encoding': 'gzip' } }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
      buffer(response).then(resolve, reject);
    }).on('error', reject);
  });
}

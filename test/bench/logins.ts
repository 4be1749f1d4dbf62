import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { createApp } from '../../src/app.ts';
import { createSimulatedRouter } from '../../src/demo/simulated-router.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { type Config, parseConfig } from '../../src/settings.ts';
import { freshSqlite } from '../support/databases.ts';
import { type BenchRow, type Cost, costOf } from './harness.ts';
import { startChild } from './read-queues.ts';

const LOGINS = 50;
const QUEUES = 100;
const EVERY_MS = 1_000;
const SETTLED_MS = 4_000;
const QUIET_MS = 12_000;
const LIMIT_MS = 200;
const PASSWORD = 'a long enough password';

const quiet = (): void => {};
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** The worst that was seen, ms, and what all of it took. */
interface Seen {
  readonly pollOffMs: number;
  readonly loopDelayMs: number;
  readonly took: Cost;
}

/** How far polls get out of step, and how long the event loop is held up, while many people log in at the same moment. */
export async function run(): Promise<BenchRow[]> {
  const router = createSimulatedRouter({ clock: systemClock, version: '7.20.1', password: 'api-password' });
  for (let index = 0; index < QUEUES; index += 1) router.addQueue({ name: `customer-${index}` });
  const { port } = await router.start();
  const test = await freshSqlite();
  const starts: number[] = [];
  const app = await createApp(configOf(port, test.url), logger, {
    wrapReader: (reader) => ({
      read(visit) {
        starts.push(performance.now());
        return reader.read(visit);
      },
      close: () => reader.close(),
    }),
  });
  await app.migrate();
  const names = Array.from({ length: LOGINS }, (_, index) => `user-${index}`);
  for (const name of names) {
    const by = { who: 'bench', kind: 'command', from: '' } as const;
    await app.accounts.desk.addUser(by, { name, role: 'viewer', password: PASSWORD });
  }
  const stop = new AbortController();
  const running = app.run(stop.signal);
  await wait(SETTLED_MS);
  const without = await watch(starts, () => wait(QUIET_MS));
  const during = await watch(starts, () => logIn(app.http?.url() ?? '', names));
  stop.abort();
  await running;
  await app.close();
  await router.stop();
  await test.drop();
  const worst = (name: string, ms: number, withoutMs: number): BenchRow[] => [
    { name, ms, limit: LIMIT_MS },
    { name: '', ratio: ms / withoutMs, against: `without logins: ${withoutMs.toFixed(1)} ms` },
  ];
  return [
    { name: `${LOGINS} logins at the same moment: until the last is in`, ...during.took },
    ...worst('… worst distance of a poll from its second', during.pollOffMs, without.pollOffMs),
    ...worst('… worst delay of the event loop', during.loopDelayMs, without.loopDelayMs),
  ];
}

function configOf(port: number, database: string): Config {
  const config = parseConfig(
    {
      timeZone: 'UTC',
      database,
      routers: [{ name: 'edge-1', host: '127.0.0.1', port, username: 'librenms_api', password: 'api-password' }],
      collect: { everySeconds: EVERY_MS / 1000, timeoutSeconds: 1 },
      report: [],
      http: { pages: true, auth: 'accounts' },
    },
    { env: {}, folder: import.meta.dirname },
    'bench',
  );
  if (config.http === undefined) throw new Error('the pages are off');
  return { ...config, http: { ...config.http, port: 0 } };
}

/** In a process of their own, as people are elsewhere. */
async function logIn(url: string, names: readonly string[]): Promise<void> {
  const [, { statuses }] = await startChild<{ statuses: number[] }>('log-in.ts', [url, PASSWORD, ...names]);
  if (statuses.length !== names.length || statuses.some((status) => status !== 303)) {
    throw new Error(`not everybody got in: ${statuses}`);
  }
}

/** What is the worst while `work` lasts; polls are watched from the last before it to the first after it. */
async function watch(starts: readonly number[], work: () => Promise<void>): Promise<Seen> {
  const first = starts.length - 1;
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  const took = await costOf(work);
  loop.disable();
  await wait(2 * EVERY_MS);
  const polls = starts.slice(first);
  const gaps = polls.slice(1).map((at, index) => at - (polls[index] ?? at));
  return {
    pollOffMs: Math.max(...gaps.map((gap) => Math.abs(gap - EVERY_MS))),
    loopDelayMs: loop.max / 1e6,
    took,
  };
}

import { createRouterObserver } from '../../src/health/reader/router-observer.ts';
import { createProber } from '../../src/platform/probe/prober.ts';
import { createRouterLine } from '../../src/platform/routeros/line.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { type BenchRow, costs, medianCost } from './harness.ts';
import { startChild } from './read-queues.ts';

const ROUTERS = 1_000;
const EVERY_SECONDS = 30;
const INTERFACES = 12;
const AT_ONCE = 64;
const ROUNDS = 5;
/** Percent of a core. */
const LIMIT_PERCENT = 5;

/** What looking at many routers takes of a core, over connections that are kept, as all looks but the first are. */
export async function run(): Promise<BenchRow[]> {
  const [child, { port }] = await startChild<{ port: number }>('health-router.ts', [INTERFACES]);
  const prober = createProber({ clock: systemClock });
  const observers = Array.from({ length: ROUTERS }, (_, index) => {
    const target = {
      name: `router-${index}`,
      host: '127.0.0.1',
      port,
      tls: false,
      username: 'u',
      password: 'p',
    } as const;
    const line = createRouterLine({ target: { ...target, timeoutMs: 60_000 }, clock: systemClock, logger: QUIET });
    return createRouterObserver({ line, prober, clock: systemClock });
  });
  // The one before them connects, and reads what is read every ten minutes.
  const round = medianCost(await costs(ROUNDS, () => lookAtAll(observers)));
  for (const observer of observers) observer.close();
  child.disconnect();
  const percent = round.cpuMs / (EVERY_SECONDS * 10);
  return [
    { name: `look at ${ROUTERS} routers, ${INTERFACES} interfaces each: a round`, ...round },
    {
      name: `… every ${EVERY_SECONDS} s`,
      cpuRatio: percent,
      against: `1 % of a core`,
      limit: LIMIT_PERCENT,
      limits: 'CPU',
    },
  ];
}

async function lookAtAll(observers: readonly ReturnType<typeof createRouterObserver>[]): Promise<void> {
  const look = {
    signal: new AbortController().signal,
    withinMs: 60_000,
    connectWithinMs: null,
    enter: async () => {},
  };
  const waiting = observers.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const observer of waiting) {
        const { figures } = await observer.observe(look);
        if (figures?.interfaces?.length !== INTERFACES) throw new Error('a router was not read whole');
      }
    }),
  );
}

const quiet = (): void => {};
const QUIET = { debug: quiet, info: quiet, warn: quiet, error: quiet };

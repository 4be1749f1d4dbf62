import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from '../../../src/app.ts';
import { keepHeapSmall } from '../../../src/runtime/heap.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { parseConfig } from '../../../src/settings.ts';
import { freePort } from '../../support/ports.ts';
import { costOf } from '../harness.ts';
import { peakMemoryMib } from './peak-memory.ts';

/**
 * The worker as people run it, by its own timetable: `whole-worker.ts PORT ROUTERS SECONDS DATABASE`. Tells the parent process which share
 * of a core it took in the last half of that time, its peak RSS in MiB, and how many routers it reads and has found up by then.
 */
const [port = '', routers = '', seconds = '', database = ''] = process.argv.slice(2);

keepHeapSmall();
const config = parseConfig(
  {
    timeZone: 'Asia/Karachi',
    database,
    http: { port: await freePort(), pages: true, auth: 'none' },
    routers: Array.from({ length: Number(routers) }, (_, index) => ({
      ...{ name: `router-${index}`, host: '127.0.0.1', port: Number(port), username: 'u', password: 'p' },
    })),
  },
  { env: {}, folder: '.' },
  'the benchmark',
);
const app = await createApp(config, createLogger({ level: 'error', isPretty: false }));
const stop = new AbortController();
const running = app.run(stop.signal);
const halfMs = Number(seconds) * 500;
await sleep(halfMs);
const { ms, cpuMs } = await costOf(() => sleep(halfMs));
const corePercent = (100 * cpuMs) / ms;
// Before the questions below, which no worker asks.
const peakMib = peakMemoryMib();
const states = await app.health.archive.records();
const up = states.filter(({ health }) => health.state === 'up').length;
const today = app.calendar.dayOf(Date.now());
const read = new Set((await app.archive.queueDays({ fromDay: today, toDay: today })).map(({ router }) => router)).size;
stop.abort();
await running;
await app.close();
process.send?.({ corePercent, peakMib, up, read });
process.disconnect?.();

import { createApp } from '../../../src/app.ts';
import { keepHeapSmall } from '../../../src/runtime/heap.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { parseConfig } from '../../../src/settings.ts';
import { cpuMsOf } from '../harness.ts';
import { peakMemoryMib } from './peak-memory.ts';

/**
 * The whole worker, polling every router so many times: `worker-rounds.ts PORT ROUTERS ROUNDS DATABASE`. Tells the parent process the
 * time of each round in ms, its RSS after each in MiB, the CPU time of all in ms, and its peak RSS in MiB.
 */
const [port = '', routers = '', rounds = '', database = ''] = process.argv.slice(2);

keepHeapSmall();
const config = parseConfig(
  {
    timeZone: 'Asia/Karachi',
    database,
    routers: Array.from({ length: Number(routers) }, (_, index) => ({
      name: `router-${index}`,
      host: '127.0.0.1',
      port: Number(port),
      username: 'u',
      password: 'p',
    })),
  },
  { env: {}, folder: '.' },
  'the benchmark',
);
const app = await createApp(config, createLogger({ level: 'warn', isPretty: false }));
await app.migrate();
const roundMs: number[] = [];
const rssMib: number[] = [];
const cpuMs = await cpuMsOf(async () => {
  for (let round = 0; round < Number(rounds); round += 1) {
    const startedMs = performance.now();
    const outcomes = await app.collect(new AbortController().signal);
    roundMs.push(performance.now() - startedMs);
    rssMib.push(process.memoryUsage.rss() / 1024 ** 2);
    const bad = outcomes.find(({ status }) => status !== 'booked');
    if (bad !== undefined) {
      throw new Error(`a poll was not booked: ${JSON.stringify(bad)}`);
    }
  }
});
await app.close();
process.send?.({ roundMs, rssMib, cpuMs, peakMib: peakMemoryMib() });
process.disconnect?.();

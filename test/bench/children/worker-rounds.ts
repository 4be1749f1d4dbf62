import { createApp } from '../../../src/app.ts';
import { keepHeapSmall } from '../../../src/runtime/heap.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { parseConfig } from '../../../src/settings.ts';
import { type Cost, costOf } from '../harness.ts';
import { peakMemoryMib } from './peak-memory.ts';

/**
 * The whole worker, polling every router so many times: `worker-rounds.ts PORT ROUTERS ROUNDS DATABASE CONCURRENCY`. Tells the parent process what
 * each round took, its RSS after each in MiB, and its peak RSS in MiB.
 */
const [port = '', routers = '', count = '', database = '', concurrency = ''] = process.argv.slice(2);

keepHeapSmall();
const config = parseConfig(
  {
    timeZone: 'Asia/Karachi',
    collect: { concurrency: Number(concurrency) },
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
const rounds: Cost[] = [];
const rssMib: number[] = [];
for (let round = 0; round < Number(count); round += 1) {
  const cost = await costOf(async () => {
    const outcomes = await app.collect(new AbortController().signal);
    const bad = outcomes.find(({ status }) => status !== 'booked');
    if (bad !== undefined) throw new Error(`a poll was not booked: ${JSON.stringify(bad)}`);
  });
  rounds.push(cost);
  rssMib.push(process.memoryUsage.rss() / 1024 ** 2);
}
await app.close();
process.send?.({ rounds, rssMib, peakMib: peakMemoryMib() });
process.disconnect?.();

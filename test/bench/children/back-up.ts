import ssh2 from 'ssh2';
import { createApp } from '../../../src/app.ts';
import { keepHeapSmall } from '../../../src/runtime/heap.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { makeKey } from '../../../src/runtime/vault.ts';
import { parseConfig } from '../../../src/settings.ts';
import { type Cost, costOf } from '../harness.ts';
import { peakMemoryMib } from './peak-memory.ts';

/**
 * Backs up many routers: `back-up.ts PORT ROUTERS DATABASE`: all, all again, and a tenth of them after they changed, by the whole worker. With
 * `bare` as database it only runs the command of the export on each and keeps nothing. Tells the parent process what each round took, the outcomes, and
 * its peak RSS in MiB.
 */
const [port = '', routers = '', database = ''] = process.argv.slice(2);
/** As many at once as by the worker. */
const AT_ONCE = 16;

keepHeapSmall();
const rounds: Cost[] = [];
const outcomes: Record<string, number>[] = [];

async function measured(work: () => Promise<void>): Promise<void> {
  rounds.push(await costOf(work));
}

function exportBarely(): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on('error', reject).on('ready', () => {
      client.exec('/export show-sensitive; :put "ns-end-bare"', (error, channel) => {
        if (error !== undefined) return reject(error);
        const chunks: Buffer[] = [];
        channel
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('close', () => {
            client.end();
            if (Buffer.concat(chunks).includes('ns-end-bare')) resolve();
            else reject(new Error('the export is not whole'));
          });
      });
    });
    client.connect({ host: '127.0.0.1', port: Number(port), username: 'u', password: 'p' });
  });
}

async function barely(): Promise<void> {
  const waiting = Array.from({ length: Number(routers) }).values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const _ of waiting) await exportBarely();
    }),
  );
}

async function byTheWorker(): Promise<void> {
  const list = Array.from({ length: Number(routers) }, (_, index) => ({
    ...{ name: `router-${index}`, host: '127.0.0.1', username: 'u', password: 'p' },
    ssh: { port: Number(port), username: 'u', password: 'p' },
  }));
  const given = { timeZone: 'Asia/Karachi', database, key: makeKey(), routers: list };
  const config = parseConfig(given, { env: {}, folder: '.' }, 'the benchmark');
  const app = await createApp(config, createLogger({ level: 'warn', isPretty: false }));
  await app.migrate();
  const all = app.backups.devices();
  for (const some of [all, all, all.slice(0, all.length / 10)]) {
    await measured(async () => {
      const report = await app.backups.run(some, new AbortController().signal);
      outcomes.push(
        Object.fromEntries(
          [...Map.groupBy(report.devices, ({ outcome }) => outcome)].map(([outcome, of]) => [outcome, of.length]),
        ),
      );
    });
  }
  await app.close();
}

if (database === 'bare') await measured(barely);
else await byTheWorker();
process.send?.({ rounds, outcomes, peakMib: peakMemoryMib() });
process.disconnect?.();

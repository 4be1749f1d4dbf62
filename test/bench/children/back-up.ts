import ssh2 from 'ssh2';
import { createApp } from '../../../src/app.ts';
import { keepHeapSmall } from '../../../src/runtime/heap.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import { makeKey } from '../../../src/runtime/vault.ts';
import { parseConfig } from '../../../src/settings.ts';
import { BARE_END } from '../configurations.ts';
import { type Cost, costOf } from '../harness.ts';
import { peakMemoryMib } from './peak-memory.ts';

/**
 * Backs up many routers by the whole worker: `back-up.ts PORT ROUTERS DATABASE`: all, all again, and all after a tenth of them has changed.
 * Before and after each night it runs only the command of the export on each, by the same library and with the same settings, and keeps
 * nothing. Tells the parent process what each took, the outcomes, and its peak RSS in MiB.
 */
const [port = '', routers = '', database = ''] = process.argv.slice(2);
/** As many at once as by the worker. */
const AT_ONCE = 16;

keepHeapSmall();
const nights: Cost[] = [];
const bare: Cost[] = [];
const outcomes: Record<string, number>[] = [];

function exportBarely(): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on('error', reject).on('ready', () => {
      client.exec(`/export show-sensitive; :put "${BARE_END}"`, (error, channel) => {
        if (error !== undefined) return reject(error);
        const chunks: Buffer[] = [];
        channel
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('close', () => {
            client.end();
            if (Buffer.concat(chunks).includes(BARE_END)) resolve();
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

const list = Array.from({ length: Number(routers) }, (_, index) => ({
  ...{ name: `router-${index}`, host: '127.0.0.1', username: 'u', password: 'p' },
  ssh: { port: Number(port), username: 'u', password: 'p' },
}));
const given = { timeZone: 'Asia/Karachi', database, key: makeKey(), routers: list };
const config = parseConfig(given, { env: {}, folder: '.' }, 'the benchmark');
const app = await createApp(config, createLogger({ level: 'warn', isPretty: false }));
await app.migrate();
const all = app.backups.devices();
bare.push(await costOf(barely));
for (let night = 0; night < 3; night += 1) {
  const backUp = async () => {
    const { devices } = await app.backups.run(all, new AbortController().signal);
    outcomes.push(
      Object.fromEntries([...Map.groupBy(devices, ({ outcome }) => outcome)].map(([what, of]) => [what, of.length])),
    );
  };
  nights.push(await costOf(backUp));
  bare.push(await costOf(barely));
}
await app.close();
process.send?.({ nights, bare, outcomes, peakMib: peakMemoryMib() });
process.disconnect?.();

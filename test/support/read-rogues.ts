import { systemClock } from '../../src/runtime/clock.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { readerOf } from './reader-of.ts';
import { visitUntil } from './visits.ts';

/** A process of its own: reads the routers at the ports given, all at once, and tells what came of it. */

const quiet = (): void => {};
const readers = process.argv.slice(2).map((port) =>
  readerOf({
    target: {
      name: `router-${port}`,
      host: '127.0.0.1',
      port: Number(port),
      tls: false,
      username: 'u',
      password: 'p',
      timeoutMs: 60_000,
    },
    clock: systemClock,
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    readerId: 'test',
  }),
);

/** How often the event loop came round: that often timers and signals had their turn. */
let turns = 0;
let isReading = true;
function turn(): void {
  turns += 1;
  if (isReading) setImmediate(turn);
}
setImmediate(turn);

const outcomes = new Set<string>();
for (const read of await Promise.allSettled(readers.map((reader) => reader.read(visitUntil())))) {
  if (read.status === 'fulfilled') outcomes.add('READ');
  else outcomes.add(read.reason instanceof TroubleError ? read.reason.code : String(read.reason));
}
isReading = false;
const { maxRSS } = process.resourceUsage();
process.stdout.write(JSON.stringify({ outcomes: [...outcomes].sort(), turns, maxRssMib: Math.round(maxRSS / 1024) }));
for (const reader of readers) reader.close();

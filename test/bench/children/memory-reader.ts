import { systemClock } from '../../../src/runtime/clock.ts';
import { keepHeapSmall } from '../../../src/runtime/heap.ts';
import { readerOf } from '../../support/reader-of.ts';
import { visitUntil } from '../../support/visits.ts';
import { peakMemoryMib } from './peak-memory.ts';

/** Polls a router a few times, as a worker does, and tells the parent process its peak RSS in MiB: `memory-reader.ts PORT POLLS`. */
const [port = 0, polls = 0] = process.argv.slice(2).map(Number);

keepHeapSmall();
const quiet = () => {};
const reader = readerOf({
  target: { name: 'bench', host: '127.0.0.1', port, tls: false, username: 'u', password: 'p', timeoutMs: 60_000 },
  clock: systemClock,
  logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  readerId: 'bench',
});
let last = await reader.read(visitUntil());
for (let poll = 1; poll < polls; poll += 1) {
  last = await reader.read(visitUntil());
}
reader.close();
process.send?.({ peakMib: peakMemoryMib(), queues: last.queues.length });
process.disconnect?.();

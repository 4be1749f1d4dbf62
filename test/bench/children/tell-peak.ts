import { writeSync } from 'node:fs';
import { peakMemoryMib } from './peak-memory.ts';

/** To be loaded before a program: when that ends, its CPU time, ms, and the most memory it had, MiB, go to file descriptor 3. */
process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  writeSync(3, `${(user + system) / 1000} ${peakMemoryMib()}`);
});

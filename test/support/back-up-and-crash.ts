import { openDatabase } from '../../src/platform/store/database.ts';
import { makeRun } from './backed-up-run.ts';

/**
 * A worker that makes runs, each called by a point, and dies by SIGKILL when each of them is at its own one:
 * `back-up-and-crash.ts URL POINT …`. The last one may be sudden.
 */
const [url = '', ...points] = process.argv.slice(2);
const database = openDatabase({ url });

for (const dieAt of points) {
  const { promise: isThere, resolve } = Promise.withResolvers<void>();
  let isOver = false;
  const ended = makeRun(database, dieAt, (point) => {
    // It does not wait there: what is killed later is another thing.
    if (isOver) process.exit(1);
    if (point !== dieAt) return undefined;
    if (dieAt === points.at(-1)) process.kill(process.pid, 'SIGKILL');
    isOver = true;
    resolve();
    return new Promise<never>(() => {});
  });
  await Promise.race([isThere, ended]);
}
await database.close();

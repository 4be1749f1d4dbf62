import { sql } from 'kysely';
import { openDatabase } from '../../src/platform/store/database.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { TroubleError } from '../../src/runtime/errors.ts';

/**
 * A command, run as a process of its own: asks once, says "asked", and asks again in a transaction when its standard input says so; by then
 * the server has fallen silent. Prints the code of the trouble; it has to end by itself.
 */
const database = openDatabase({
  url: process.argv[2] ?? '',
  // The time that a statement may take has passed at once.
  clock: { ...systemClock, after: (delayMs, run) => systemClock.after(delayMs >= 10_000 ? 200 : delayMs, run) },
});
await database.read((queries) => sql`SELECT 1`.execute(queries));
console.log('asked');
process.stdin.once('data', () => void askAgain());

async function askAgain(): Promise<void> {
  process.stdin.destroy();
  try {
    await database.transaction((queries) => sql`SELECT 1`.execute(queries));
  } catch (error) {
    console.log(error instanceof TroubleError ? error.message : error);
  }
  await database.close();
}

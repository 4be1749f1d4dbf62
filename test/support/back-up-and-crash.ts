import { openDatabase } from '../../src/platform/store/database.ts';
import { makeRun } from './backed-up-run.ts';

/** A worker that makes a run and dies by SIGKILL at one point of it: `back-up-and-crash.ts URL RUN POINT`. */
const [url = '', run = '', dieAt = ''] = process.argv.slice(2);

const database = openDatabase({ url });
await makeRun(database, run, (point) => {
  if (point === dieAt) process.kill(process.pid, 'SIGKILL');
});
await database.close();

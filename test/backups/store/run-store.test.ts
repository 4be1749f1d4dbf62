import { runCrashContract } from '../../contracts/run-crash.contract.ts';
import { runStoreContract } from '../../contracts/run-store.contract.ts';
import { POINTS, type Point, SUDDEN } from '../../support/backed-up-run.ts';
import { freshMysql, freshSqlite } from '../../support/databases.ts';

runStoreContract('MariaDB', freshMysql);
runStoreContract('SQLite', freshSqlite);
// Each point once, and where another worker has to recognise what was committed, in both.
const inMysql: readonly Point[] = ['a connected', 'finished', 'a decided', 'told', 'a kept'];
const inSqlite = POINTS.filter((point) => !inMysql.includes(point));
runCrashContract('MariaDB', freshMysql, [
  ['a connected', 'a stored', 'a kept', 'c stored', 'finished', 'a decided'],
  ['told'],
]);
runCrashContract('SQLite', freshSqlite, [
  [...inSqlite.filter((point) => !SUDDEN.includes(point)), 'a exported'],
  ['a judged'],
  ['c decided'],
]);

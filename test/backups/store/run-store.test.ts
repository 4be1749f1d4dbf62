import { runCrashContract } from '../../contracts/run-crash.contract.ts';
import { runStoreContract } from '../../contracts/run-store.contract.ts';
import { POINTS } from '../../support/backed-up-run.ts';
import { freshMysql, freshSqlite } from '../../support/databases.ts';

runStoreContract('MariaDB', freshMysql);
runStoreContract('SQLite', freshSqlite);
// Each point once, and where another worker has to recognise what was committed, in both.
runCrashContract('MariaDB', freshMysql, ['a connected', 'a decided', 'a stored', 'c stored', 'told', 'finished']);
runCrashContract(
  'SQLite',
  freshSqlite,
  POINTS.filter((point) => !['a connected', 'a decided', 'told', 'finished'].includes(point)),
);

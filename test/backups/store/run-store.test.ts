import { runStoreContract } from '../../contracts/run-store.contract.ts';
import { freshMysql, freshSqlite } from '../../support/databases.ts';

runStoreContract('MariaDB', freshMysql);
runStoreContract('SQLite', freshSqlite);

import { healthStoreContract } from '../../contracts/health-store.contract.ts';
import { freshMysql, freshSqlite } from '../../support/databases.ts';

healthStoreContract('MariaDB', freshMysql);
healthStoreContract('SQLite', freshSqlite);

import { describeBackupStore } from '../../contracts/backup-store.contract.ts';
import { freshSqlite } from '../../support/databases.ts';

describeBackupStore('SQLite', freshSqlite);

import { describeUsageStore } from '../../contracts/usage-store.contract.ts';
import { freshSqlite } from '../../support/databases.ts';

describeUsageStore('SQLite', freshSqlite);

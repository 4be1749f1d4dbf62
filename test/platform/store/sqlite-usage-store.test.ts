import { describeTrafficSums } from '../../contracts/traffic-sums.contract.ts';
import { describeUsageStore } from '../../contracts/usage-store.contract.ts';
import { freshSqlite } from '../../support/databases.ts';

describeUsageStore('SQLite', freshSqlite);
describeTrafficSums('SQLite', freshSqlite);

import { describeRouterStateStore } from '../../contracts/router-state-store.contract.ts';
import { freshSqlite } from '../../support/databases.ts';

describeRouterStateStore('SQLite', freshSqlite);

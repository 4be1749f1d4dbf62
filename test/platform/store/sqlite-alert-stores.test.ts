import { describeAlertStores } from '../../contracts/alert-stores.contract.ts';
import { freshSqlite } from '../../support/databases.ts';

describeAlertStores('SQLite', freshSqlite);

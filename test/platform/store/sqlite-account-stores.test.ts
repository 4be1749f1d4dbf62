import { describeAccountStores } from '../../contracts/account-stores.contract.ts';
import { freshSqlite } from '../../support/databases.ts';

describeAccountStores('SQLite', freshSqlite);

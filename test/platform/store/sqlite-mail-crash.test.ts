import { describeMailCrashes } from '../../contracts/mail-crash.contract.ts';
import { freshSqlite } from '../../support/databases.ts';

describeMailCrashes('SQLite', freshSqlite);

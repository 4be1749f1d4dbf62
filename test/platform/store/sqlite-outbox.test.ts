import { describeOutbox } from '../../contracts/outbox.contract.ts';
import { freshSqlite } from '../../support/databases.ts';

describeOutbox('SQLite', freshSqlite);

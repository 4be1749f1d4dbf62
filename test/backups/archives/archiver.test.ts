import { describeArchiver } from '../../contracts/archiver.contract.ts';
import { freshMysql, freshSqlite } from '../../support/databases.ts';

describeArchiver('MariaDB', freshMysql);
describeArchiver('SQLite', freshSqlite);

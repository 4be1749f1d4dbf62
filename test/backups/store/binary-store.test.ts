import { binaryStoreContract } from '../../contracts/binary-store.contract.ts';
import { freshMysql, freshSqlite } from '../../support/databases.ts';

binaryStoreContract('MariaDB', freshMysql);
binaryStoreContract('SQLite', freshSqlite);

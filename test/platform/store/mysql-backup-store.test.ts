import { describeBackupStore } from '../../contracts/backup-store.contract.ts';
import { freshMysql } from '../../support/databases.ts';

describeBackupStore('MariaDB', freshMysql);

import { describeUsageStore } from '../../contracts/usage-store.contract.ts';
import { freshMysql } from '../../support/databases.ts';

describeUsageStore('MariaDB', freshMysql);

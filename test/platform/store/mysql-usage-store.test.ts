import { describeTrafficSums } from '../../contracts/traffic-sums.contract.ts';
import { describeUsageStore } from '../../contracts/usage-store.contract.ts';
import { freshMysql } from '../../support/databases.ts';

describeUsageStore('MariaDB', freshMysql);
describeTrafficSums('MariaDB', freshMysql);

import { describeRouterStateStore } from '../../contracts/router-state-store.contract.ts';
import { freshMysql } from '../../support/databases.ts';

describeRouterStateStore('MariaDB', freshMysql);

import { describeAlertStores } from '../../contracts/alert-stores.contract.ts';
import { freshMysql } from '../../support/databases.ts';

describeAlertStores('MariaDB', freshMysql);

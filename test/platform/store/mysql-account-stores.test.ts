import { describeAccountStores } from '../../contracts/account-stores.contract.ts';
import { freshMysql } from '../../support/databases.ts';

describeAccountStores('MariaDB', freshMysql);

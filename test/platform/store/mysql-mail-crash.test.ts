import { describeMailCrashes } from '../../contracts/mail-crash.contract.ts';
import { freshMysql } from '../../support/databases.ts';

describeMailCrashes('MariaDB', freshMysql);

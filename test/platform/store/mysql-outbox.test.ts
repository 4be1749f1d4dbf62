import { describeOutbox } from '../../contracts/outbox.contract.ts';
import { freshMysql } from '../../support/databases.ts';

describeOutbox('MariaDB', freshMysql);

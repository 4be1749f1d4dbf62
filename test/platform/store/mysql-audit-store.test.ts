import { describeAuditStore } from '../../contracts/audit-store.contract.ts';
import { freshMysql } from '../../support/databases.ts';

describeAuditStore('MariaDB', freshMysql);

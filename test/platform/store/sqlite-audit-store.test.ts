import { describeAuditStore } from '../../contracts/audit-store.contract.ts';
import { freshSqlite } from '../../support/databases.ts';

describeAuditStore('SQLite', freshSqlite);

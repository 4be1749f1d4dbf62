import { describeInventoryStore } from '../../contracts/inventory-store.contract.ts';
import { freshSqlite } from '../../support/databases.ts';

describeInventoryStore('SQLite', freshSqlite);

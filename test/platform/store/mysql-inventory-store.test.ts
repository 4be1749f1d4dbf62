import { describeInventoryStore } from '../../contracts/inventory-store.contract.ts';
import { freshMysql } from '../../support/databases.ts';

describeInventoryStore('MariaDB', freshMysql);

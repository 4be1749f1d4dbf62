import type { OwnTable } from '../../platform/store/own-table.ts';

/** What notices keep. `mails` is empty but while a worker of an earlier version still writes to it. */
export const NOTICE_TABLES: readonly OwnTable[] = [
  { name: 'mails', hasLongRows: true },
  { name: 'notices', hasLongRows: true },
  { name: 'notice_topics', hasLongRows: true },
  { name: 'deliveries' },
  { name: 'delivery_messages' },
  { name: 'notice_order' },
  { name: 'moved_addresses' },
];

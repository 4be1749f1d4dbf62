import type { OwnTable } from '../../platform/store/own-table.ts';

/** What usage keeps. */
export const USAGE_TABLES: readonly OwnTable[] = [
  { name: 'routers', isParent: true, showsWork: true },
  { name: 'queues', isParent: true },
  { name: 'baseline_parts' },
  { name: 'usage_daily' },
  { name: 'usage_hourly' },
  { name: 'unobserved_spans' },
  { name: 'events' },
  { name: 'router_clocks' },
];

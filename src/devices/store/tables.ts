import type { OwnTable } from '../../platform/store/own-table.ts';

/** What is kept of devices. */
export const DEVICE_TABLES: readonly OwnTable[] = [
  { name: 'router_states' },
  { name: 'router_errors' },
  { name: 'librenms_devices' },
  // An edit while nothing is polled.
  { name: 'inventory', showsWork: true },
  { name: 'devices' },
  { name: 'credentials' },
  { name: 'device_pauses' },
];

/**
 * Imports that the rules of the house forbid and that are still there: the wiring from before the house. Each that is undone leaves this
 * list, and none may come to it.
 */
export const ARROWS_TO_UNDO: readonly string[] = [
  'check/reader/inspector-menus.ts → usage/ports.ts',
  'check/reader/inspector-menus.ts → usage/reader/queue-list.ts',
  'check/reader/inspector-menus.ts → usage/reader/session-users.ts',
  'check/reader/inspector.ts → usage/ports.ts',
  'platform/librenms/client.ts → devices/ports.ts',
  'platform/librenms/devices.ts → devices/ports.ts',
  'platform/store/schema-gate.ts → usage/collect.ts',
  'platform/store/schema-gate.ts → usage/ports.ts',
  'quotas/store/totals-store.ts → usage/store/hours-of-day.ts',
  'quotas/store/totals-store.ts → usage/store/usage-archive.ts',
  'reports/store/report-store.ts → quotas/store/totals-store.ts',
  'reports/store/report-store.ts → usage/store/usage-archive.ts',
  'usage/api/day-totals.ts → reports/days-usage.ts',
  'usage/api/day-totals.ts → reports/history.ts',
  'usage/api/ranking.ts → reports/days-usage.ts',
  'usage/api/ranking.ts → reports/history.ts',
  'usage/api/today.ts → reports/days-usage.ts',
  'usage/api/today.ts → reports/history.ts',
  'usage/pages/ranking.ts → reports/history.ts',
  'usage/pages/ranking.ts → reports/page.ts',
  'usage/pages/ranking.ts → reports/ports.ts',
  'usage/pages/ranking.ts → reports/wording.ts',
  'usage/pages/today.ts → reports/page.ts',
  'usage/pages/today.ts → reports/wording.ts',
];

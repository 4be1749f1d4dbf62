/**
 * Imports that the rules of the house forbid and that are still there: the wiring from before the house. Each that is undone leaves this
 * list, and none may come to it.
 */
export const ARROWS_TO_UNDO: readonly string[] = [
  'check/store/check-records.ts → devices/store/router-state-store.ts',
  'check/store/check-records.ts → usage/ports.ts',
  'devices/api/routers.ts → usage/ports.ts',
  'devices/freshness.ts → usage/ports.ts',
  'devices/recall.ts → usage/ports.ts',
  'devices/router-states.ts → usage/ports.ts',
  'devices/store/router-state-store.ts → usage/ports.ts',
];

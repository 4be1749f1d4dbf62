import type { WorkerEntry } from './entries.ts';

/** Whether nobody polls the routers that a worker is listed with: it is lost, and no other one has taken them up yet. */
export function leavesRoutersUnread({ state, routers }: WorkerEntry): boolean {
  return state === 'lost' && routers.length > 0;
}

import type { Frame } from '../../platform/http/frame.ts';
import { formatCount, formatDuration, formatMoment, readableName } from '../../runtime/format.ts';
import type { WorkerEntry } from '../entries.ts';
import { leavesRoutersUnread } from '../orphans.ts';
import { SHARDS } from '../shards.ts';

interface WorkerRow {
  readonly key: string;
  readonly worker: string;
  readonly isMe: boolean;
  readonly host: string;
  readonly pid: number;
  readonly state: string;
  /** How its state is shown. */
  readonly look: 'sent' | 'pending' | 'failed';
  readonly routers: string;
  readonly shards: string;
  readonly startedAt: string;
  readonly lastSeen: string;
}

export interface WorkersView extends Frame {
  readonly period: string;
  readonly rows: readonly WorkerRow[];
  /** Redis does not answer. */
  readonly trouble: { readonly message: string; readonly advice: string; readonly code: string } | null;
}

interface Context {
  readonly me: string;
  readonly now: number;
  readonly timeZone: string;
}

const LOOKS = { active: 'sent', leaving: 'pending', lost: 'failed' } as const;

/** `GET /workers`: who polls how many routers. */
export function viewWorkers(
  known: readonly WorkerEntry[] | { readonly code: string; readonly message: string; readonly advice: string },
  { me, now, timeZone }: Context,
): WorkersView {
  const frame = { title: 'Workers', nav: 'workers' };
  if (!isList(known)) {
    const { code, message, advice } = known;
    return { ...frame, period: 'Redis unavailable', rows: [], trouble: { code, message, advice } };
  }
  const active = known.filter(({ state }) => state === 'active').length;
  const lost = known.filter(({ state }) => state === 'lost').length;
  return {
    ...frame,
    period: `${formatCount(active, 'active worker', 'active workers')}${lost === 0 ? '' : `, ${lost} lost`} · this page comes from ${me}`,
    rows: known.map((entry) => ({
      key: entry.worker,
      worker: entry.worker,
      isMe: entry.worker === me,
      host: readableName(entry.host),
      pid: entry.pid,
      state: entry.state,
      look: LOOKS[entry.state],
      routers: `${formatCount(entry.routers.length, 'router', 'routers')}${leavesRoutersUnread(entry) ? ' not polled' : ''}`,
      shards: `${entry.shards} of ${SHARDS} shards`,
      startedAt: formatMoment(Date.parse(entry.startedAt), timeZone),
      lastSeen: `${formatDuration(Math.max(0, now - Date.parse(entry.lastSeenAt)))} ago`,
    })),
    trouble: null,
  };
}

function isList(known: Parameters<typeof viewWorkers>[0]): known is readonly WorkerEntry[] {
  return Array.isArray(known);
}

import type { Frame } from '../../platform/http/frame.ts';
import { routerLink } from '../../platform/http/links.ts';
import { formatBytes, formatDuration, formatMoment, readableName } from '../../runtime/format.ts';
import type { RouterEntry } from '../api/routers.ts';

interface RouterRow {
  readonly name: string;
  readonly href: string;
  readonly level: 'good' | 'late' | 'bad';
  readonly state: string;
  readonly version: string;
  readonly board: string;
  readonly users: string;
  readonly total: string;
}

export interface RoutersView extends Frame {
  readonly rows: readonly RouterRow[];
}

/** `GET /r` */
export function viewRouters(routers: readonly RouterEntry[], timeZone: string): RoutersView {
  return {
    title: 'Routers',
    nav: 'routers',
    rows: routers.map((entry) => ({
      name: readableName(entry.router),
      href: routerLink(entry.router),
      ...levelOf(entry, timeZone),
      version: readableName(entry.version ?? ''),
      board: readableName(entry.board ?? ''),
      users: entry.users.toLocaleString('en-US'),
      total: formatBytes(entry.totalBytes),
    })),
  };
}

function levelOf(entry: RouterEntry, timeZone: string) {
  const { fresh, staleSeconds, lastReadAt, code, reachableSince, reachableUntil } = entry;
  if (lastReadAt === null) return { level: fresh ? 'late' : 'bad', state: 'never read' } as const;
  if (!fresh) return { level: 'bad', state: `not read for ${formatDuration(staleSeconds * 1000)}` } as const;
  if (code !== null) return { level: 'late', state: `last poll failed (${code})` } as const;
  const isKnown = reachableSince !== null && reachableUntil === null;
  const text = isKnown ? `read since ${formatMoment(Date.parse(reachableSince), timeZone)}` : 'read';
  return { level: 'good', state: text } as const;
}

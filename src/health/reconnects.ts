import { type BootMark, isSameBoot } from './rates.ts';

/** What a device tells of a link at one look. `null`: it does not. */
export interface LinkLook {
  readonly name: string;
  readonly isRunning: boolean;
  /** Counted since boot. */
  readonly linkDowns: number | null;
  /** By the device's clock: to be compared as text only. */
  readonly lastLinkUp: string | null;
  /** Time since a PPPoE session began. */
  readonly sessionSeconds: number | null;
}

/** How often the links of a device have come back, since they were first observed. Plain data, to be kept. */
export interface Reconnects {
  readonly boot: BootMark;
  readonly links: Readonly<Record<string, LinkCount>>;
}

export interface LinkCount {
  readonly reconnects: number;
  /** The link as it was when it ran last, in this boot; `null`: it has not. */
  readonly seen: Omit<LinkLook, 'name' | 'isRunning'> | null;
}

/** Of links that are gone, only so many are remembered. */
const MOST_LINKS = 256;

/**
 * Counts on from one look to the next. A link that runs again counts as often as it went down since it last ran; a changed time of
 * its last start, and a session younger than before, are at least one. A boot is none: every link starts anew with it, and what it lost
 * before its first look after a boot is not counted.
 */
export function countReconnects(before: Reconnects | null, boot: BootMark, links: readonly LinkLook[]): Reconnects {
  const isSame = before !== null && isSameBoot(before.boot, boot);
  const former = new Map(Object.entries(before?.links ?? {}));
  const counted = links.map(({ name, isRunning, ...look }): [string, LinkCount] => {
    const known = former.get(name) ?? { reconnects: 0, seen: null };
    const seen = isSame ? known.seen : null;
    // Only when it runs is it known whether it came back; until then the outage is one.
    if (!isRunning) return [name, { reconnects: known.reconnects, seen }];
    return [name, { reconnects: known.reconnects + (seen === null ? 0 : backSince(seen, look)), seen: look }];
  });
  const present = new Set(links.map(({ name }) => name));
  const absent = [...former].filter(([name]) => !present.has(name));
  return { boot, links: Object.fromEntries([...counted, ...absent].slice(0, MOST_LINKS)) };
}

type Seen = NonNullable<LinkCount['seen']>;

function backSince(seen: Seen, now: Seen): number {
  const downs = seen.linkDowns === null || now.linkDowns === null ? 0 : Math.max(0, now.linkDowns - seen.linkDowns);
  const isRestarted = seen.lastLinkUp !== null && now.lastLinkUp !== null && seen.lastLinkUp !== now.lastLinkUp;
  const isYounger =
    seen.sessionSeconds !== null && now.sessionSeconds !== null && now.sessionSeconds < seen.sessionSeconds;
  return Math.max(downs, isRestarted || isYounger ? 1 : 0);
}

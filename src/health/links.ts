import type { Figures, InterfaceFigures, Observation } from './observation.ts';
import { isSameBoot } from './rates.ts';
import type { Moment } from './state.ts';

/** What is known of one WAN interface's link. */
export interface LinkMemory {
  readonly linkDowns: number | null;
  readonly lastLinkUp: string | null;
  readonly sessionSeconds: number | null;
  /** Since it was first observed. */
  readonly reconnects: number;
}

/** What is known of the links of one device. */
export interface Links {
  /** `null`: not known. */
  readonly uptimeSeconds: number | null;
  /** When it showed that uptime; `null`: not known. */
  readonly readAt: Moment | null;
  /** By interface. */
  readonly wan: Readonly<Record<string, LinkMemory>>;
  /** Of the last day: hours (Unix ms of their start) and how many there were. */
  readonly hours: readonly (readonly [hourAt: number, reconnects: number])[];
}

export const NO_LINKS: Links = { uptimeSeconds: null, readAt: null, wan: {}, hours: [] };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Interfaces of a device that are remembered, those seen last: names come from the device. */
const MOST_INTERFACES = 64;

/**
 * Counts how often each WAN interface was connected anew. A reboot connects everything anew and is not counted, also one in a time when
 * nobody looked, after which the uptime is longer than before. How often the link went down counts; where that did not change, another time of the last connection, or a session that began anew, is one.
 */
export function withReconnects(before: Links, figures: Figures, read: Pick<Observation, 'at' | 'monotonicMs'>): Links {
  if (figures.wan === null || figures.interfaces === null) return before;
  const { at } = read;
  const isKnownBoot = isOneBoot(before, figures.uptimeSeconds, read);
  const byName = new Map(figures.interfaces.map((each) => [each.name, each]));
  let grown = 0;
  const wan = new Map(Object.entries(before.wan));
  for (const { interface: name } of figures.wan) {
    const now = byName.get(name);
    if (now === undefined) continue;
    const known = wan.get(name);
    const more = known === undefined || !isKnownBoot ? 0 : reconnectsBetween(known, now);
    grown += more;
    wan.delete(name);
    wan.set(name, {
      linkDowns: now.linkDowns,
      lastLinkUp: now.lastLinkUp,
      sessionSeconds: now.sessionSeconds,
      reconnects: (known?.reconnects ?? 0) + more,
    });
  }
  return {
    ...(figures.uptimeSeconds === null
      ? { uptimeSeconds: before.uptimeSeconds, readAt: before.readAt }
      : { uptimeSeconds: figures.uptimeSeconds, readAt: { at, monotonicMs: read.monotonicMs } }),
    wan: Object.fromEntries([...wan].slice(-MOST_INTERFACES)),
    hours: withHour(before.hours, Math.floor(at / HOUR_MS) * HOUR_MS, grown),
  };
}

/** Reconnects of all WAN interfaces within the last 24 hours. */
export function reconnectsOfDay({ hours }: Links, at: number): number {
  return hours.reduce((sum, [hourAt, count]) => (hourAt > at - DAY_MS && hourAt <= at ? sum + count : sum), 0);
}

/** By the same rule as rates; another process's reading is dated by the wall clock alone. */
function isOneBoot(
  { uptimeSeconds, readAt }: Links,
  nowSeconds: number | null,
  { at, monotonicMs }: Pick<Observation, 'at' | 'monotonicMs'>,
): boolean {
  if (uptimeSeconds === null || readAt === null || nowSeconds === null) return false;
  const [beforeMs, nowMs] = readAt.monotonicMs === null ? [readAt.at, at] : [readAt.monotonicMs, monotonicMs];
  return isSameBoot({ uptimeSeconds, atMs: beforeMs }, { uptimeSeconds: nowSeconds, atMs: nowMs });
}

function reconnectsBetween(known: LinkMemory, now: InterfaceFigures): number {
  if (known.linkDowns !== null && now.linkDowns !== null && now.linkDowns !== known.linkDowns) {
    return Math.max(0, now.linkDowns - known.linkDowns);
  }
  const isOther = known.lastLinkUp !== null && now.lastLinkUp !== null && known.lastLinkUp !== now.lastLinkUp;
  const beganAnew =
    known.sessionSeconds !== null && now.sessionSeconds !== null && now.sessionSeconds < known.sessionSeconds;
  return isOther || beganAnew ? 1 : 0;
}

function withHour(hours: Links['hours'], hourAt: number, count: number): Links['hours'] {
  const recent = hours.filter(([each]) => each > hourAt - DAY_MS && each <= hourAt);
  const last = recent.at(-1);
  if (count === 0) return recent;
  if (last?.[0] === hourAt) return [...recent.slice(0, -1), [hourAt, last[1] + count]];
  return [...recent, [hourAt, count]];
}

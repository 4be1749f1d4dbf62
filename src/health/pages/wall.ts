import type { Frame } from '../../platform/http/frame.ts';
import { queryOf, routerLink } from '../../platform/http/links.ts';
import { formatBitRate, formatCount, formatMoment, readableName, shorten } from '../../runtime/format.ts';
import type { Watched } from '../ports.ts';
import type { StatusEntry } from '../status.ts';
import { findOnWall, LEVELS, type Level, type Wall, type WallEntry, type WallQuestion } from '../wall.ts';
import { ailsText, LEVEL_WORDS, lasted, latencyText, percentText, temperatureText } from './words.ts';

interface DeviceCard {
  readonly href: string;
  readonly name: string;
  readonly level: Level;
  /** `down 12 min` */
  readonly state: string;
  readonly reason: string;
  readonly figures: readonly string[];
  readonly parent: string | null;
}

interface Count {
  readonly level: Level | 'all';
  readonly text: string;
  readonly count: string;
  readonly href: string;
  readonly isChosen: boolean;
}

interface Choice {
  readonly value: string;
  readonly text: string;
  readonly isChosen: boolean;
}

export interface WallView extends Frame {
  readonly banners: readonly string[];
  readonly counts: readonly Count[];
  readonly q: string;
  readonly states: readonly Choice[];
  readonly tags: readonly Choice[];
  /** How many devices are shown, in words; read out as it changes. */
  readonly found: string;
  readonly devices: readonly DeviceCard[];
  /** How many are not shown, in words. */
  readonly more: string | null;
  readonly emptyReason: string | null;
}

/** More cards would be no page for people; the worst come first. */
const MOST_CARDS = 1_000;
const LONGEST_REASON = 120;

/** `GET /devices`: all devices, the worst first. */
export function viewWall(wall: Wall, asked: WallQuestion, timeZone: string): WallView {
  const { entries, counts, tags, watched, at } = wall;
  const found = findOnWall(wall, asked);
  const down = counts.get('down') ?? 0;
  const hidden = found.length - MOST_CARDS;
  return {
    title: down === 0 ? 'Devices' : `${down.toLocaleString('en-US')} down, devices`,
    nav: 'devices',
    live: 'health',
    banners: watchBanners(watched, timeZone),
    counts: countsOf(wall, asked),
    q: readableName(asked.q),
    states: [
      { value: '', text: 'All states', isChosen: asked.state === null },
      { value: 'problems', text: 'Problems', isChosen: asked.state === 'problems' },
      ...LEVELS.map((level) => ({ value: level, text: LEVEL_WORDS[level], isChosen: asked.state === level })),
    ],
    tags: tagChoices(tags, asked.tag),
    found: `${found.length.toLocaleString('en-US')} of ${formatCount(entries.length, 'device', 'devices')}`,
    devices: found.slice(0, MOST_CARDS).map((entry) => cardOf(entry, at)),
    more:
      hidden > 0 ? `… and ${formatCount(hidden, 'more device', 'more devices')}. Search or filter to see them.` : null,
    emptyReason: found.length > 0 ? null : emptyReason(entries.length, asked),
  };
}

/** That nobody looks, or that what is looked at is our own line: then states say little. */
export function watchBanners({ isWatched, seenAt, blindSince }: Watched, timeZone: string): string[] {
  if (!isWatched) {
    const since = seenAt === null ? '' : ` since ${formatMoment(seenAt, timeZone)}`;
    return [`No worker is checking the devices${since}. All states are unknown.`];
  }
  if (blindSince === null) return [];
  const since = formatMoment(blindSince, timeZone);
  return [`NetSentinel’s own line is down since ${since}. Devices that do not answer are unknown, not down.`];
}

function countsOf({ entries, counts }: Wall, { state, tag, q }: WallQuestion): Count[] {
  const link = (to: string | undefined) => `/devices${queryOf({ state: to, tag: tag ?? undefined, q })}`;
  const shown = LEVELS.filter((level) => (counts.get(level) ?? 0) > 0 || level === 'down' || level === 'up');
  return [
    {
      ...{ level: 'all' as const, text: 'all', count: entries.length.toLocaleString('en-US') },
      ...{ href: link(undefined), isChosen: state === null },
    },
    ...shown.map((level) => ({
      ...{ level, text: LEVEL_WORDS[level], count: (counts.get(level) ?? 0).toLocaleString('en-US') },
      ...{ href: link(level), isChosen: state === level },
    })),
  ];
}

/** One that is asked for and that no device has can still be chosen. */
function tagChoices(tags: readonly string[], chosen: string | null): Choice[] {
  const all = chosen === null || tags.includes(chosen) ? tags : [...tags, chosen];
  return [
    { value: '', text: 'All tags', isChosen: chosen === null },
    ...all.map((tag) => ({ value: tag, text: shorten(readableName(tag), 60), isChosen: tag === chosen })),
  ];
}

function emptyReason(all: number, { state, tag, q }: WallQuestion): string {
  if (all === 0) return 'No devices yet.';
  return state === 'problems' && tag === null && q === '' ? 'No problems now.' : 'No device matches.';
}

function cardOf(entry: WallEntry, now: number): DeviceCard {
  const { status, level } = entry;
  const { device, parent } = status;
  const time = lasted(status, now);
  return {
    href: routerLink(device),
    name: readableName(device),
    level,
    state: `${LEVEL_WORDS[level]}${time === '' ? '' : ` ${time}`}`,
    reason: shorten(ailsText(entry), LONGEST_REASON),
    figures: figuresOf(status),
    parent: parent === null ? null : readableName(parent),
  };
}

function figuresOf({ latencyMs, cpuPercent, memoryPercent, temperatureC, wan }: StatusEntry): string[] {
  return [
    latencyMs === null ? '' : latencyText(latencyMs),
    cpuPercent === null ? '' : `CPU ${percentText(cpuPercent)}`,
    memoryPercent === null ? '' : `Mem ${percentText(memoryPercent)}`,
    temperatureC === null ? '' : temperatureText(temperatureC),
    wanText(wan),
  ].filter((text) => text !== '');
}

/** Of all internet lines together; nothing where the rate of one is not known. */
function wanText(wan: StatusEntry['wan']): string {
  if (wan.length === 0) return '';
  let [down, up] = [0, 0];
  for (const { downloadBps, uploadBps } of wan) {
    if (downloadBps === null || uploadBps === null) return '';
    down += downloadBps;
    up += uploadBps;
  }
  return `↓ ${formatBitRate(down)} ↑ ${formatBitRate(up)}`;
}

import type { Figures } from './observation.ts';

/** What is watched. Exactly one of them in each rule. */
export type Watched =
  | { readonly cpuPercent: number }
  | { readonly memoryPercent: number }
  | { readonly diskPercent: number }
  | { readonly temperatureC: number }
  /** Warns below it. */
  | { readonly voltageV: number }
  /** Within 24 hours. */
  | { readonly reconnects: number }
  /** Warns while the interface of this name is not running. */
  | { readonly interface: string }
  | { readonly wan: 'lost' }
  /** Until the certificate ends. */
  | { readonly certificateDays: number };

export interface WarnRule {
  /** Names the rule among all, in ASCII: what it watches, and a number where there are several. */
  readonly key: string;
  readonly watched: Watched;
  readonly forMinutes: number;
  /** It holds for devices that have one of these; empty: for all. */
  readonly tags: readonly string[];
}

/** How one rule stands for one device. */
export interface Warning {
  readonly isOn: boolean;
  /** Since when it is so, Unix ms. */
  readonly since: number;
  /** For how long the figure has been on the other side of the limit, ms; `null`: it is not. */
  readonly otherForMs: number | null;
}

/** The figures a rule is held against. */
export interface Measured {
  readonly figures: Figures;
  readonly reconnectsOfDay: number;
  /** Unix ms. */
  readonly at: number;
  /** Since the figures before; 0 for the first. */
  readonly elapsedMs: number;
}

/** A warning ends only when the figure is so far on the good side. */
const HYSTERESIS = 5;
const HYSTERESIS_V = 0.5;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

const UNITS: Readonly<Record<string, readonly [words: string, unit: string]>> = {
  cpuPercent: ['CPU load', ' %'],
  memoryPercent: ['used memory', ' %'],
  diskPercent: ['used disk space', ' %'],
  temperatureC: ['temperature', ' °C'],
};

/**
 * A rule with new figures. It turns on when the limit was passed for `forMinutes`, and off when the figure was on
 * the good side by the hysteresis for as long. A figure that is not known changes nothing.
 */
export function withFigures(before: Warning | null, rule: WarnRule, measured: Measured): Warning | null {
  const isBad = isBadNow(rule.watched, measured, before);
  if (isBad === null) return before;
  const known = before ?? { isOn: false, since: measured.at, otherForMs: null };
  if (isBad === known.isOn) return { ...known, otherForMs: null };
  const otherForMs = known.otherForMs === null ? 0 : known.otherForMs + measured.elapsedMs;
  if (otherForMs < rule.forMinutes * MINUTE_MS) return { ...known, otherForMs };
  return { isOn: isBad, since: measured.at, otherForMs: null };
}

/** `null`: not known. */
function isBadNow(
  watched: Watched,
  { figures, reconnectsOfDay, at }: Measured,
  before: Warning | null,
): boolean | null {
  const isOn = before?.isOn ?? false;
  if ('interface' in watched) {
    if (figures.interfaces === null) return null;
    const found = figures.interfaces.find(({ name }) => name === watched.interface);
    // Many devices have no interface of that name; one that had it and has lost it is down.
    if (found === undefined) return before === null ? null : true;
    return !found.isRunning;
  }
  if ('wan' in watched) return figures.wan === null ? null : figures.wan.length === 0;
  if ('certificateDays' in watched) {
    return figures.certificateEndsAt === null
      ? null
      : figures.certificateEndsAt - at < watched.certificateDays * DAY_MS;
  }
  if ('reconnects' in watched) return reconnectsOfDay >= watched.reconnects;
  if ('voltageV' in watched) {
    return figures.voltageV === null ? null : isPast(-figures.voltageV, -watched.voltageV, HYSTERESIS_V, isOn);
  }
  const [value, limit] = percentOrDegrees(watched, figures);
  return value === null ? null : isPast(value, limit, HYSTERESIS, isOn);
}

function percentOrDegrees(
  watched: Extract<
    Watched,
    { cpuPercent: number } | { memoryPercent: number } | { diskPercent: number } | { temperatureC: number }
  >,
  figures: Figures,
): [number | null, number] {
  if ('cpuPercent' in watched) return [figures.cpuPercent, watched.cpuPercent];
  if ('memoryPercent' in watched) return [figures.memoryPercent, watched.memoryPercent];
  if ('diskPercent' in watched) return [figures.diskPercent, watched.diskPercent];
  return [figures.temperatureC, watched.temperatureC];
}

function isPast(value: number, limit: number, hysteresis: number, isOn: boolean): boolean {
  return isOn ? value > limit - hysteresis : value > limit;
}

const WORDS: Readonly<Record<string, string>> = {
  cpuPercent: 'CPU load',
  memoryPercent: 'memory',
  diskPercent: 'disk space',
  temperatureC: 'hot',
  voltageV: 'low voltage',
  reconnects: 'reconnects',
  interface: 'interface down',
  wan: 'internet line lost',
  certificateDays: 'certificate',
};

/** A warning in a word or two, by the key of its rule. */
export function warningWord(key: string): string {
  return WORDS[key.replace(/\.\d+$/, '')] ?? 'warning';
}

/** What a warning says, for people. */
export function warningText(
  { watched }: WarnRule,
  { figures, reconnectsOfDay, at }: Omit<Measured, 'elapsedMs'>,
): string {
  if ('interface' in watched) return `interface ${watched.interface} is down`;
  if ('wan' in watched) return 'no active default route: the internet line is lost';
  if ('reconnects' in watched) return `${reconnectsOfDay} reconnects in 24 hours (limit ${watched.reconnects})`;
  if ('voltageV' in watched) return `voltage ${figures.voltageV ?? '?'} V (limit ${watched.voltageV} V)`;
  if ('certificateDays' in watched) {
    const days = Math.floor(((figures.certificateEndsAt ?? at) - at) / DAY_MS);
    return days < 0 ? 'the certificate has ended' : `the certificate ends in ${days} ${days === 1 ? 'day' : 'days'}`;
  }
  const [[key = '', limit] = []] = Object.entries(watched);
  const [words, unit] = UNITS[key] ?? [key, ''];
  const [value] = percentOrDegrees(watched, figures);
  return `${words} ${value === null ? '?' : Math.round(value)}${unit} (limit ${limit}${unit})`;
}

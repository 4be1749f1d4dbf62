import type { Frame } from '../../platform/http/frame.ts';
import {
  formatCount,
  formatDay,
  formatDuration,
  formatFullDay,
  formatMoment,
  readableName,
} from '../../runtime/format.ts';
import {
  PUBLIC_DAYS,
  type PublicDay,
  type PublicDevice,
  type PublicState,
  type PublicStatus,
  type StatusPage,
} from '../public-status.ts';

/** A part of the bar of a day. */
interface Part {
  readonly kind: 'good' | 'bad' | 'maintenance' | 'unmeasured' | 'nothing';
  readonly y: number;
  readonly height: number;
}

interface DayView {
  readonly x: number;
  readonly text: string;
  readonly parts: readonly Part[];
}

interface DeviceView {
  readonly id: string;
  readonly name: string;
  readonly level: string;
  readonly state: string;
  readonly since: string | null;
  readonly percent: string;
  /** The bars in words. */
  readonly label: string;
  readonly days: readonly DayView[];
  /** Days on which something was not up. */
  readonly rows: readonly {
    readonly day: string;
    readonly percent: string;
    readonly down: string;
    readonly maintenance: string;
    readonly unmeasured: string;
  }[];
}

/** Without the frame of the other pages: nothing of it is for everybody. */
export interface PublicStatusView extends Frame {
  /** `null`: it cannot be shown now. */
  readonly status: {
    readonly summary: string;
    readonly level: string;
    readonly at: string;
    readonly width: number;
    readonly firstDay: string;
    readonly devices: readonly DeviceView[];
  } | null;
}

const HEIGHT = 40;
const DAY_WIDTH = 10;
/** So that a minute within a day is seen. */
const LEAST_HEIGHT = 6;

const STATES: Readonly<Record<PublicState, { readonly text: string; readonly level: string }>> = {
  up: { text: 'Up', level: 'good' },
  down: { text: 'Down', level: 'bad' },
  unreachable: { text: 'Not reachable', level: 'late' },
  maintenance: { text: 'Maintenance', level: 'planned' },
  unknown: { text: 'Unknown', level: 'off' },
};

/** The page, for everybody. `status` is `null` while the database does not answer. */
export function viewPublicStatus(
  { title }: StatusPage,
  status: PublicStatus | null,
  timeZone: string,
): PublicStatusView {
  const frame = { title: readableName(title), nav: null };
  if (status === null) return { ...frame, status: null };
  const { at, devices } = status;
  // The same days for all: naming each of them is slow.
  const dayNames = new Map(devices[0]?.days.map(({ day }) => [day, formatFullDay(day)]));
  return {
    ...frame,
    status: {
      ...summaryOf(devices),
      at: `${formatMoment(at, timeZone)} (${timeZone})`,
      width: PUBLIC_DAYS * DAY_WIDTH,
      firstDay: formatDay(devices[0]?.days[0]?.day ?? ''),
      devices: devices.map((device, index) => deviceView(device, index, { at, timeZone, dayNames })),
    },
  };
}

function summaryOf(devices: readonly PublicDevice[]): { readonly summary: string; readonly level: string } {
  const counts = (['down', 'unreachable', 'maintenance', 'unknown'] as const).flatMap((state) => {
    const count = devices.filter((device) => device.state === state).length;
    return count === 0
      ? []
      : { count, text: `${count} ${STATES[state].text.toLowerCase()}`, level: STATES[state].level };
  });
  const up = devices.filter(({ state }) => state === 'up').length;
  const [worst] = counts;
  if (worst === undefined) return { summary: devices.length === 1 ? 'Up' : `All ${devices.length} up`, level: 'good' };
  return {
    summary: [`${up} of ${devices.length} up`, ...counts.map(({ text }) => text)].join(', '),
    level: worst.level,
  };
}

function deviceView(
  { name, state, since, percent, days }: PublicDevice,
  index: number,
  {
    at,
    timeZone,
    dayNames,
  }: { readonly at: number; readonly timeZone: string; readonly dayNames: ReadonlyMap<string, string> },
): DeviceView {
  const nameOf = (day: string) => dayNames.get(day) ?? day;
  const troubled = days.filter((day) => day.downMs > 0 || day.maintenanceMs > 0 || day.unmeasuredMs > 0);
  const outages = days.filter(({ downMs }) => downMs > 0).length;
  const shownPercent = percent === null ? 'not measured' : `${shortPercent(percent)} up`;
  return {
    id: `device-${index}`,
    name: readableName(name),
    level: STATES[state].level,
    state: STATES[state].text,
    since:
      since === null ? null : `for ${formatDuration(Math.max(0, at - since))}, since ${formatMoment(since, timeZone)}`,
    percent: shownPercent,
    label: `Last ${days.length} days: ${shownPercent}, ${outages === 0 ? 'no outage' : `${formatCount(outages, 'day', 'days')} with an outage`}`,
    days: days.map((day, place) => ({
      x: place * DAY_WIDTH + 1,
      text: `${nameOf(day.day)}: ${dayText(day)}`,
      parts: partsOf(day),
    })),
    rows: troubled.toReversed().map((day) => ({
      day: nameOf(day.day),
      percent: day.percent === null ? '' : shortPercent(day.percent),
      down: timeOf(day.downMs),
      maintenance: timeOf(day.maintenanceMs),
      unmeasured: timeOf(day.unmeasuredMs),
    })),
  };
}

/** Two decimals of three, never rounded up: 100 is only for who was never down. Counted in thousandths, as 1.13 * 100 is less than 113. */
function shortPercent(percent: number): string {
  return `${Math.floor(Math.round(percent * 1000) / 10) / 100} %`;
}

function timeOf(ms: number): string {
  return ms === 0 ? '' : formatDuration(ms);
}

function dayText({ percent, downMs, maintenanceMs, unmeasuredMs }: PublicDay): string {
  const parts = [
    percent === null ? null : `${shortPercent(percent)} up`,
    downMs === 0 ? null : `${formatDuration(downMs)} down`,
    maintenanceMs === 0 ? null : `${formatDuration(maintenanceMs)} maintenance`,
    unmeasuredMs === 0 ? null : `${formatDuration(unmeasuredMs)} not measured`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? 'no data yet' : parts.join(', ');
}

/** A bar as high as the day; what is not up is always seen. */
function partsOf({ upMs, downMs, maintenanceMs, unmeasuredMs }: PublicDay): Part[] {
  const wholeMs = upMs + downMs + maintenanceMs + unmeasuredMs;
  if (wholeMs === 0) return [{ kind: 'nothing', y: 0, height: HEIGHT }];
  const shares = [
    { kind: 'unmeasured', ms: unmeasuredMs },
    { kind: 'maintenance', ms: maintenanceMs },
    { kind: 'bad', ms: downMs },
  ] as const;
  const others = shares.flatMap(({ kind, ms }) => {
    if (ms === 0) return [];
    return { kind, height: Math.max(LEAST_HEIGHT, Math.round((ms / wholeMs) * HEIGHT)) };
  });
  const most = HEIGHT - (upMs > 0 ? LEAST_HEIGHT : 0);
  const heights = fit(
    others.map(({ height }) => height),
    most,
    upMs > 0,
  );
  const parts: Part[] = [];
  let y = 0;
  for (const [index, { kind }] of others.entries()) {
    const height = heights[index] ?? 0;
    parts.push({ kind, y, height });
    y += height;
  }
  return upMs > 0 ? [...parts, { kind: 'good', y, height: HEIGHT - y }] : parts;
}

/** Heights that are at most `most` together, or exactly that where there is no rest to fill. */
function fit(heights: readonly number[], most: number, hasRest: boolean): number[] {
  const fitted = [...heights];
  const sum = () => fitted.reduce((total, height) => total + height, 0);
  const largest = () => fitted.indexOf(Math.max(...fitted));
  while (sum() > most) fitted[largest()] = (fitted[largest()] ?? 0) - 1;
  while (!hasRest && fitted.length > 0 && sum() < most) fitted[largest()] = (fitted[largest()] ?? 0) + 1;
  return fitted;
}

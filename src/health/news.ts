import type { Health } from './state.ts';

/**
 * What people are told.
 * - `down`, `up`; `flapping` and `steady`, its end; `ill`: it answers, but it cannot be read; `warning` and `cleared`: of a threshold
 * - `blind`: our own line is down
 */
export type NewsEvent = (typeof NEWS_EVENTS)[number];
export const NEWS_EVENTS = ['down', 'up', 'flapping', 'steady', 'ill', 'warning', 'cleared', 'blind'] as const;

/** What news and incidents of our own line are about. */
export const OWN_LINE = 'own line';

/** Something to be told. It is kept until it is, with others of the same kind. */
export interface News {
  readonly device: string;
  readonly event: NewsEvent;
  /** When it was observed, Unix ms. */
  readonly at: number;
  /** When what it is about began, Unix ms: of `up`, the outage. */
  readonly since: number;
  /** The kind of the incident that was opened then. */
  readonly incident: IncidentChange['kind'];
  /** For people. */
  readonly reason: string | null;
}

/** What can be wrong with a device: it is down, goes up and down, answers without being readable, or a rule of that key warns. */
export type DeviceIncidentKind = 'device' | 'flapping' | 'ill' | `warning.${string}`;

/** An incident to be opened or closed. */
export interface IncidentChange {
  readonly kind: DeviceIncidentKind | 'line';
  /** The device; of `line`, our own line. */
  readonly subject: string;
  readonly is: 'open' | 'closed';
  /** Unix ms; of an open one, the first observation. */
  readonly at: number;
  /** What is wrong, for people. */
  readonly summary: string;
}

export interface Consequences {
  readonly incidents: readonly IncidentChange[];
  readonly news: readonly News[];
}

/**
 * What follows from a change of a device's health. While it flaps, and in the moment when that begins or ends, nobody is told that it is
 * down or up; the incidents are kept all the same.
 */
export function consequencesOf(before: Health, after: Health, at: number): Consequences {
  const { device, reason } = after;
  const incidents: IncidentChange[] = [];
  const news: News[] = [];
  const change = (
    kind: DeviceIncidentKind,
    was: number | null,
    is: number | null,
    told: readonly [NewsEvent, NewsEvent | null],
  ) => {
    if ((was === null) === (is === null)) return;
    const summary = kind === 'flapping' ? 'goes up and down' : (reason ?? 'does not answer');
    incidents.push({ kind, subject: device, is: is === null ? 'closed' : 'open', at: is ?? at, summary });
    const event = is === null ? told[1] : told[0];
    if (event === null || after.state === 'paused') return;
    const said = event === 'steady' ? after.state : reason;
    news.push({ device, event, at, since: is ?? was ?? at, incident: kind, reason: said });
  };
  const isMuted = before.flappingSince !== null || after.flappingSince !== null;
  change('flapping', before.flappingSince, after.flappingSince, ['flapping', 'steady']);
  const mark = news.length;
  change('device', before.downSince, after.downSince, ['down', 'up']);
  if (isMuted) news.length = mark;
  change('ill', before.illSince, after.illSince, ['ill', null]);
  return { incidents, news };
}

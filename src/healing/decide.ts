import { type Attempt, actionsSince, isAction } from './attempt.ts';
import { concerns, digestOf, helpsOneDevice, type Placed, type Rule, viaOf } from './rule.ts';
import { type Ailing, frontOf, type Seen } from './sight.ts';

/** What is to be done about one device by one rule now. */
export type Decision =
  /** Nothing: it is well, or its time has not come. `isOver`: the trouble is over. */
  | { readonly do: 'wait'; readonly reason: string; readonly isOver: boolean }
  | { readonly do: 'act'; readonly via: string; readonly outageAt: number }
  /** Not now and not later in this outage: a person has to look. */
  | { readonly do: 'refuse'; readonly reason: string; readonly via: string; readonly outageAt: number };

/** Who wants it. `person`: somebody approved it or runs it by hand; they need not wait for `forMinutes`. */
export type Wish = 'rule' | 'person';

export interface Case {
  readonly rule: Rule;
  readonly device: Placed;
  readonly ailing: Ailing;
  readonly seen: Seen;
  /** Of all rules and devices, as far back as any limit looks; without the one that is decided about. */
  readonly attempts: readonly Attempt[];
  /** Unix ms, by the clock that attempts are dated by. */
  readonly now: number;
  readonly wish: Wish;
}

interface OutageCase extends Pick<Case, 'rule' | 'device'> {
  readonly via: string | null;
  readonly outageAt: number;
}

const HOUR_MS = 3_600_000;
/** After the first action on a device; each further one within the window of the rule doubles it. */
export const FIRST_COOL_DOWN_MS = 600_000;
const LONGEST_COOL_DOWN_MS = 24 * HOUR_MS;
/** A fleet so large may see 1 % of it healed within an hour. */
const LEAST_FLEET_PER_HOUR = 3;
const LIMIT_REACHED = 'the limit is reached';

/**
 * All guards of healing in one place, but for the way we come by, which the router is asked about. Every one of them says no as long as
 * something is not known.
 */
export function decide(given: Case): Decision {
  const { rule, device, ailing, seen } = given;
  if (!concerns(rule, device)) return wait('the rule is not about this device');
  if (seen.isBlind) return wait('no worker checks the devices now, or our own line is down');
  const state = seen.sights.get(device.name)?.state ?? 'unknown';
  if (state === 'maintenance') return wait('it is in maintenance');
  if (state === 'paused') return wait('it is paused');
  if (ailing.is === 'good') return { ...wait('nothing is wrong with it'), isOver: true };
  if (ailing.is === 'unknown') return wait('its state is not known now');
  const front = inFront(given);
  if (front !== null) return wait(front);
  return decideTrouble(given, ailing);
}

/** A trouble that is known, on a device that nothing in front of it explains. */
function decideTrouble(given: Case, { since, outageAt }: Extract<Ailing, { is: 'bad' }>): Decision {
  const { rule, device, attempts, now, wish } = given;
  if (wish === 'rule' && now - since < rule.forMs) return wait('it is not so for long enough');
  const via = viaOf(rule, device);
  const refuse = (reason: string): Decision => ({ do: 'refuse', reason, via: via ?? '', outageAt });
  const ofOutage = attempts.filter((each) => isOfOutage(each, { rule, device, via, outageAt }));
  const isOpen = ({ state, finishedAt }: Attempt) =>
    state === 'approved' || (state === 'proposed' && finishedAt === null);
  if (wish === 'rule' && ofOutage.some(isOpen)) return wait('it waits for a person');
  if (wish === 'rule' && ofOutage.some(({ state }) => state === 'refused' || state === 'declined')) {
    return wait('it was refused in this outage');
  }
  if (via === null) return refuse('it has no parent to act through');
  const way = wayTo(given, via);
  if (way !== null) return way.isFinal ? refuse(way.reason) : wait(way.reason);
  const concerning = attempts.filter((each) => isAbout(each, given, via));
  if (concerning.some(({ state }) => state === 'running')) return wait('another action on it has no verdict yet');
  const ofDevice = actionsSince(concerning, now - rule.limits.windowMs);
  if (ofDevice.length >= rule.limits.times) {
    return refuse(`${LIMIT_REACHED}: ${countText(ofDevice.length)} on it within ${hoursText(rule)}`);
  }
  if (now < coolUntil(concerning.filter(isAction), ofDevice.length))
    return wait('the last action on it was too recent');
  const fleet = fleetLimit(given);
  return fleet === null ? { do: 'act', via, outageAt } : wait(fleet);
}

/**
 * Whether it is what this rule said or did in this outage. A rule that was given another action, or acts through another device now, begins
 * anew; the limits count all the same.
 */
export function isOfOutage(attempt: Attempt, { rule, device, via, outageAt }: OutageCase): boolean {
  const { name, action } = rule;
  return (
    attempt.rule === name &&
    attempt.device === device.name &&
    attempt.via === (via ?? '') &&
    attempt.outageAt === outageAt &&
    attempt.actionDigest === digestOf(action)
  );
}

function wait(reason: string): Extract<Decision, { do: 'wait' }> {
  return { do: 'wait', reason, isOver: false };
}

/** What of the devices in front of it may explain the trouble; `null`: nothing does. */
function inFront({ device, seen }: Case): string | null {
  const find = finder(seen);
  const front = frontOf(device, find);
  const { parent } = front.at(-1) ?? device;
  if (parent !== null && find(parent) === null) return 'the device in front of it is not known';
  for (const { name } of front) {
    const state = seen.sights.get(name)?.state ?? 'unknown';
    if (state === 'down' || state === 'unreachable') return 'the device in front of it is down';
    if (state === 'suspect' || state === 'unknown') return 'the state of the device in front of it is not known now';
  }
  return null;
}

/** Why it cannot be acted through `via`; `null`: it can. */
function wayTo(
  { rule, device, seen }: Case,
  via: string,
): { readonly reason: string; readonly isFinal: boolean } | null {
  const concerned = seen.devices.filter((each) => concerns(rule, each));
  if (helpsOneDevice(rule.action) && concerned.length > 1) {
    return {
      reason: `the rule is about ${concerned.length} devices, but its port or address belongs to one: give the rule tags`,
      isFinal: true,
    };
  }
  const find = finder(seen);
  const through = find(via);
  if (through === null) return { reason: 'the device to act through is not known', isFinal: true };
  if (frontOf(through, find).some(({ name }) => name === device.name)) {
    return { reason: 'the device to act through is behind it', isFinal: true };
  }
  const isUp = seen.sights.get(via)?.state === 'up';
  return isUp ? null : { reason: 'the device to act through is not up', isFinal: false };
}

function finder({ devices }: Seen): (name: string) => Placed | null {
  return (wanted) => devices.find(({ name }) => name === wanted) ?? null;
}

/**
 * Whether an attempt counts against the limit of a device. An action that is done to the device that it acts through, such as a reboot of
 * the parent, counts there too: ten devices behind it do not give it ten times as many.
 */
function isAbout(attempt: Attempt, { rule, device }: Case, via: string): boolean {
  if (attempt.device === device.name) return true;
  if (helpsOneDevice(rule.action)) return false;
  return attempt.device === via || (attempt.rule === rule.name && attempt.via === via);
}

/**
 * Until when a device is left alone after the last of its actions, Unix ms; `within`: how many of them are in the window of the rule, where
 * the last one need not be: its verdict may have come late.
 */
function coolUntil(actions: readonly Attempt[], within: number): number {
  if (actions.length === 0) return Number.NEGATIVE_INFINITY;
  const last = Math.max(...actions.map(({ startedAt, finishedAt }) => finishedAt ?? startedAt ?? 0));
  return last + Math.min(LONGEST_COOL_DOWN_MS, FIRST_COOL_DOWN_MS * 2 ** Math.max(0, within - 1));
}

/** Why no further device may be healed now; `null`: one may. */
function fleetLimit({ rule, seen, attempts, now }: Case): string | null {
  const running = attempts.filter(({ state }) => state === 'running').length;
  if (running >= rule.limits.atOnce) return 'another device is being healed';
  const perHour = rule.limits.fleetPerHour ?? Math.max(LEAST_FLEET_PER_HOUR, Math.floor(seen.devices.length / 100));
  const lastHour = actionsSince(attempts, now - HOUR_MS).length;
  return lastHour >= perHour ? `the limit of all devices is reached: ${countText(lastHour)} within an hour` : null;
}

/** Whether an attempt was refused because its device has had as many as its rule allows. A dry run gives nothing up. */
export function isLimitReached({ mode, state, reason }: Pick<Attempt, 'mode' | 'state' | 'reason'>): boolean {
  return mode !== 'dryRun' && state === 'refused' && (reason?.startsWith(LIMIT_REACHED) ?? false);
}

function countText(actions: number): string {
  return actions === 1 ? '1 action' : `${actions} actions`;
}

function hoursText({ limits }: Rule): string {
  const hours = limits.windowMs / HOUR_MS;
  return hours === 1 ? '1 hour' : `${hours} hours`;
}

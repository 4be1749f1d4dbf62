import { z } from 'zod';
import type { HealthBooks, LogEntry } from './log.ts';

const names = z.array(z.string());
/** What a DOWN may be told by. */
const TELLERS_OF_DOWN = ['device.down', 'device.mass'];
/** One about several may say of an outage that it is over. */
const TELLERS_OF_UP = ['device.up', ...TELLERS_OF_DOWN];

/**
 * Each outage makes one news when it begins and one when it ends, but for a device that flaps; each news is told once, by a notice that
 * names the device; and what is told of a device came in the order in which it happened.
 */
export function judgeTelling({ log, outages }: HealthBooks, arrivals: readonly string[]): string[] {
  const failures: string[] = [];
  const isDown = new Set<string>();
  const flaps = new Set<string>();
  const begun = new Map<string, number>();
  let waiting: string[] = [];
  for (const batch of batchesOf(log)) {
    const muted = new Set([...flaps, ...news(batch, ['flapping', 'steady']).map(({ one }) => one)]);
    const changes = outageChanges(batch, isDown);
    for (const change of changes) if (change.endsWith(' down')) count(begun, change.slice(0, -' down'.length));
    const said = news(batch, ['down', 'up']).map(({ one, two }) => `${one} ${two}`);
    const loud = (all: readonly string[]) =>
      all.filter((each) => ![...muted].some((name) => each.startsWith(`${name} `)));
    for (const each of difference(loud(changes), loud(said))) failures.push(`${each} made no news`);
    for (const each of difference(loud(said), loud(changes))) failures.push(`news that did not happen: ${each}`);
    for (const { one, two } of news(batch, ['flapping', 'steady'])) {
      if (two === 'flapping') flaps.add(one);
      else flaps.delete(one);
    }
    const told = batch.filter(({ what }) => what === 'told');
    waiting.push(...news(batch).map(({ one, two }) => `${one} ${two}`));
    for (const each of difference(keys(told), waiting)) failures.push(`told, and was no news: ${each}`);
    waiting = difference(waiting, keys(told));
    failures.push(...judgeNotices(batch, told));
  }
  for (const each of waiting) failures.push(`nobody was told: ${each}`);
  for (const [device, times] of begun) {
    const kept = outages.get(device) ?? 0;
    if (kept !== times) failures.push(`${device} went down ${times} times, and has ${kept} incidents`);
  }
  return [...failures, ...judgeOrder(log, arrivals)];
}

/** What was written together. */
function batchesOf(log: readonly LogEntry[]): LogEntry[][] {
  const batches: LogEntry[][] = [];
  for (const entry of log) {
    if (entry.what === 'turn' || batches.length === 0) batches.push([]);
    batches.at(-1)?.push(entry);
  }
  return batches;
}

/** Outages that begin and end within a batch, in order: `house-1 down`. One that becomes unknown meanwhile goes on until the device is up. */
function outageChanges(batch: readonly LogEntry[], isDown: Set<string>): string[] {
  return batch.flatMap(({ what, one: device, three: state }) => {
    if (what !== 'state') return [];
    if (state === 'down' && !isDown.has(device)) {
      isDown.add(device);
      return [`${device} down`];
    }
    if (state === 'up' && isDown.delete(device)) return [`${device} up`];
    return [];
  });
}

function news(batch: readonly LogEntry[], events: readonly string[] | null = null): LogEntry[] {
  return batch.filter(({ what, two }) => what === 'news' && (events === null || events.includes(two)));
}

/** Each device that news was told of stands in one notice that can tell of it, and no notice names another device. */
function judgeNotices(batch: readonly LogEntry[], told: readonly LogEntry[]): string[] {
  const notices = batch
    .filter(({ what }) => what === 'notice')
    .map(({ one: event, two }) => ({ event, devices: names.parse(JSON.parse(two)) }));
  const failures: string[] = [];
  for (const [device, entries] of Map.groupBy(told, ({ one }) => one)) {
    const words = entries.map(({ two }) => two);
    for (const event of new Set(words)) {
      // Our own line is no device: what is told of it is told by another kind. An UP is told with its DOWN.
      if (event === 'blind' || (event === 'up' && words.includes('down'))) continue;
      const tellers = tellersOf(event);
      const times = notices.filter(
        (notice) => tellers.includes(notice.event) && notice.devices.includes(device),
      ).length;
      if (times !== 1) failures.push(`${device}: ${words.join(', ')} was told by ${times} notices`);
    }
  }
  const known = new Set(told.map(({ one }) => one));
  for (const { event, devices } of notices) {
    for (const device of devices) if (!known.has(device)) failures.push(`${event} names ${device} without news of it`);
  }
  return failures;
}

function tellersOf(event: string): readonly string[] {
  if (event === 'down') return TELLERS_OF_DOWN;
  return event === 'up' ? TELLERS_OF_UP : [`device.${event}`];
}

/** Of what is told of one device, nothing overtakes what was told before. */
function judgeOrder(log: readonly LogEntry[], arrivals: readonly string[]): string[] {
  const cameAs = new Map(arrivals.map((id, index) => [id, index]));
  const last = new Map<string, { readonly place: number; readonly event: string }>();
  const failures: string[] = [];
  for (const { what, one: event, two, three: id } of log) {
    const place = what === 'notice' ? cameAs.get(id) : undefined;
    if (place === undefined) continue;
    for (const device of names.parse(JSON.parse(two))) {
      const before = last.get(device);
      if (before !== undefined && before.place > place)
        failures.push(`${device}: ${event} came before the earlier ${before.event}`);
      else last.set(device, { place, event });
    }
  }
  return failures;
}

function keys(entries: readonly LogEntry[]): string[] {
  return entries.map(({ one, two }) => `${one} ${two}`);
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** What is in the first list more often than in the second. */
function difference(all: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return all.filter((each) => {
    const index = left.indexOf(each);
    if (index < 0) return true;
    left.splice(index, 1);
    return false;
  });
}

import { formatUnobserved } from '../runtime/format.ts';
import type { Counter, Sample } from './accounting/counter.ts';
import { type Calendar, type Segment, splitAmount } from './accounting/day.ts';
import type { Account, AccountingEvent, Delta, QueueEntry } from './accounting/draft.ts';
import { hull, type Span, spanMs } from './accounting/span.ts';
import type { Booking, DailyPart, HourlyPart, UsageEvent } from './ports.ts';

/** From this length on, bytes split over a midnight are marked as an estimate (rule 9, see `accountSample`). */
const ESTIMATED_FROM_MS = 600_000;
/** Bytes of a longer span belong to no hour: the profile shows what is known, not a guess. */
const HOUR_KNOWN_UP_TO_MS = 3_600_000;
/** More are summed up in one event, e.g. a reset of all counters or a storm of reconnects. */
const SINGLE_EVENTS_UP_TO = 20;

/** Turns an account into what is stored: split into days and hours, events put into words. */
export function createBooking(account: Account, sample: Sample, calendar: Calendar): Booking {
  const { queues: _queues, unreadable: _unreadable, askedMs: _askedMs, ...stamp } = sample;
  const segmentsOf = rememberSegments(calendar);
  const sampleDay = calendar.dayOf(sample.sampledAt);
  return {
    stamp: { ...stamp, serial: account.serial },
    hadUnidentifiedRows: account.hadUnidentifiedRows,
    changedBaselines: account.changedBaselines,
    removedBaselineIds: account.removedBaselineIds,
    queues: account.entries,
    usage: {
      *[Symbol.iterator]() {
        for (const entry of account.entries) {
          const plain = plainPart(entry, segmentsOf);
          if (plain !== null) yield plain;
          else yield* splitEntry(entry, sampleDay, segmentsOf);
        }
      },
    },
    unobserved: {
      *[Symbol.iterator]() {
        for (const { name, user, isParent, unobserved } of account.entries) {
          if (unobserved === null || spanMs(unobserved) === 0) continue;
          yield { name, user, isParent, startAt: unobserved.startAt, endAt: unobserved.endAt };
        }
      },
    },
    events: condense(account.events).map((event) => describeEvent(event, sample.sampledAt)),
  };
}

type SegmentsOf = (span: Span) => readonly Segment[];

/** Nearly all queues of a sample share one span, and ask one after the other. */
function rememberSegments(calendar: Calendar): SegmentsOf {
  let last: { readonly span: Span; readonly segments: readonly Segment[] } | null = null;
  return (span) => {
    if (last?.span.startAt !== span.startAt || last.span.endAt !== span.endAt) {
      last = { span, segments: calendar.segments(span) };
    }
    return last.segments;
  };
}

type Tally = { -readonly [K in 'uploadBytes' | 'downloadBytes' | 'estimatedBytes']: bigint } & {
  unobservedMs: number;
  restarts: number;
  hours: Map<number, Counter>;
};

function splitEntry(entry: QueueEntry, sampleDay: string, segmentsOf: SegmentsOf): DailyPart[] {
  const days = new Map<string, Tally>();
  const tallyOf = (day: string): Tally => {
    let tally = days.get(day);
    if (tally === undefined) {
      tally = {
        uploadBytes: 0n,
        downloadBytes: 0n,
        estimatedBytes: 0n,
        unobservedMs: 0,
        restarts: 0,
        hours: new Map(),
      };
      days.set(day, tally);
    }
    return tally;
  };
  for (const delta of entry.deltas) addDelta(delta, segmentsOf(delta.span), tallyOf);
  if (entry.unobserved !== null) {
    for (const segment of segmentsOf(entry.unobserved)) tallyOf(segment.day).unobservedMs += spanMs(segment);
  }
  if (entry.restarts > 0) tallyOf(sampleDay).restarts += entry.restarts;

  const { name, user, isParent, comment } = entry;
  return [...days]
    .filter(([, tally]) => saysSomething(tally))
    .map(([day, { hours, ...amounts }]) => ({
      name,
      user,
      isParent,
      comment,
      day,
      ...amounts,
      hours: [...hours].map(([hourAt, bytes]): HourlyPart => ({ hourAt, ...bytes })),
    }));
}

/** Nearly every entry is one delta within one hour: nothing is to be split, and a large router has 50,000 of them. */
function plainPart(
  { name, user, isParent, comment, deltas, restarts, unobserved }: QueueEntry,
  segmentsOf: SegmentsOf,
): DailyPart | null {
  const delta = deltas[0];
  if (delta === undefined || deltas.length > 1 || restarts > 0 || unobserved !== null) return null;
  const segments = segmentsOf(delta.span);
  const segment = segments[0];
  if (segment === undefined || segments.length > 1) return null;
  const { uploadBytes, downloadBytes } = delta;
  const hours: HourlyPart[] = [{ hourAt: segment.hourAt, uploadBytes, downloadBytes }];
  const { day } = segment;
  return {
    name,
    user,
    isParent,
    comment,
    day,
    uploadBytes,
    downloadBytes,
    estimatedBytes: 0n,
    unobservedMs: 0,
    restarts,
    hours,
  };
}

function addDelta(delta: Delta, segments: readonly Segment[], tallyOf: (day: string) => Tally): void {
  const lengthMs = spanMs(delta.span);
  const overMidnight = segments[0]?.day !== segments.at(-1)?.day;
  const isEstimate = overMidnight && lengthMs > ESTIMATED_FROM_MS;
  const upload = splitAmount(delta.uploadBytes, segments);
  const download = splitAmount(delta.downloadBytes, segments);
  segments.forEach((segment, index) => {
    const uploadBytes = upload[index] ?? 0n;
    const downloadBytes = download[index] ?? 0n;
    if (uploadBytes === 0n && downloadBytes === 0n) return;
    const tally = tallyOf(segment.day);
    tally.uploadBytes += uploadBytes;
    tally.downloadBytes += downloadBytes;
    if (isEstimate) tally.estimatedBytes += uploadBytes + downloadBytes;
    if (lengthMs > HOUR_KNOWN_UP_TO_MS) return;
    const hour = tally.hours.get(segment.hourAt);
    tally.hours.set(segment.hourAt, {
      uploadBytes: uploadBytes + (hour?.uploadBytes ?? 0n),
      downloadBytes: downloadBytes + (hour?.downloadBytes ?? 0n),
    });
  });
}

function saysSomething(tally: Tally): boolean {
  return tally.uploadBytes > 0n || tally.downloadBytes > 0n || tally.unobservedMs > 0 || tally.restarts > 0;
}

function condense(events: readonly AccountingEvent[]): (AccountingEvent & { count: number })[] {
  const codes = new Map<AccountingEvent['code'], AccountingEvent[]>();
  for (const event of events) {
    const same = codes.get(event.code);
    if (same === undefined) codes.set(event.code, [event]);
    else same.push(event);
  }
  return [...codes.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined || same.length <= SINGLE_EVENTS_UP_TO) return same.map((event) => ({ ...event, count: 1 }));
    const span = same.reduce((sum, event) => hull(sum, event.span), first.span);
    return [{ ...first, queue: null, span, count: same.length }];
  });
}

const SAID: Record<AccountingEvent['code'], (count: number, lost: string) => string> = {
  ROUTER_FIRST_READ: () => 'first reading of this router',
  ROUTER_REBOOTED: (_count, lost) => `the router rebooted; ${lost} of data missing before it`,
  REBOOT_UNCERTAIN: (_count, lost) =>
    `the router may have rebooted: only wall clocks indicate it; growth of counters is counted as usual, up to ${lost} of data missing`,
  ROUTER_REPLACED: (_count, lost) => `another device answers; ${lost} of data missing, its counters are the new start`,
  CLOCK_STEPPED: () => 'the clock of the NetSentinel server was set back; the last sample was dated in the future',
  COUNTER_RESTARTED: (count, lost) =>
    count === 1
      ? `the counter restarted from 0; up to ${lost} of data missing before it`
      : `the counters of ${count} queues restarted from 0; up to ${lost} of data missing before it`,
  COUNTER_IMPLAUSIBLE: (count, lost) =>
    count === 1
      ? `the counter grew faster than the link allows; ${lost} not counted`
      : `the counters of ${count} queues grew faster than the link allows; ${lost} not counted`,
  QUEUE_GONE: (count, lost) =>
    count === 1
      ? `the queue was removed; up to ${lost} of data missing before it`
      : `${count} queues were removed; up to ${lost} of data missing before it`,
};

function describeEvent(event: AccountingEvent & { count: number }, at: number): UsageEvent {
  const { code, queue, count, span } = event;
  return { at, code, queue, detail: SAID[code](count, formatUnobserved(spanMs(span))) };
}

import type { CompiledQuery } from 'kysely';
import {
  type Bulk,
  type BulkTarget,
  bulkUpserts,
  createBulk,
  type Row,
  runInOrder,
  type Value,
} from '../../platform/store/bulk.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { whole } from '../../platform/store/whole.ts';
import { clip } from '../../runtime/format.ts';
import type { Baseline } from '../accounting/counter.ts';
import type { Booking, DailyPart, HourlyPart, UsageEvent } from '../ports.ts';
import { numberOf, type QueueIdentity, type QueueNumbers } from './queue-identities.ts';
import type { RouterRow } from './router-book.ts';
import { writeUnobserved } from './write-unobserved.ts';

export interface BookingToWrite {
  /** As it was. */
  readonly router: RouterRow;
  /** What the router's row gets, so that others see that their copy of the baselines is old. */
  readonly revision: string;
  readonly booking: Booking;
  /** Holds every queue of the booking. */
  readonly numbers: QueueNumbers;
}

const ROUTER_STATE = [
  ...['revision', 'sampled_at', 'uptime_ms', 'end_uptime_ms', 'monotonic_ms', 'reader', 'serial'],
  'had_unidentified_rows',
];
const ROUTERS: BulkTarget = {
  table: 'routers',
  columns: ['id', 'name', ...ROUTER_STATE],
  key: ['id'],
  replace: ROUTER_STATE,
  add: [],
};

const ROUTER_CLOCKS: BulkTarget = {
  table: 'router_clocks',
  columns: ['router_id', 'reader', 'boot_id'],
  key: ['router_id'],
  replace: ['reader', 'boot_id'],
  add: [],
};

const BASELINES: BulkTarget = {
  table: 'baselines',
  columns: ['router_id', 'row_id', 'queue_id', 'upload_bytes', 'download_bytes', 'presence', 'seen_at'],
  key: ['router_id', 'row_id'],
  replace: ['queue_id', 'upload_bytes', 'download_bytes', 'presence', 'seen_at'],
  add: [],
};

const USAGE_DAILY: BulkTarget = {
  table: 'usage_daily',
  columns: [
    'day',
    'queue_id',
    'upload_bytes',
    'download_bytes',
    'estimated_bytes',
    'unobserved_ms',
    'restarts',
    'comment',
  ],
  key: ['day', 'queue_id'],
  replace: ['comment'],
  add: ['upload_bytes', 'download_bytes', 'estimated_bytes', 'unobserved_ms', 'restarts'],
};

const USAGE_HOURLY: BulkTarget = {
  table: 'usage_hourly',
  columns: ['day', 'hour_at', 'queue_id', 'upload_bytes', 'download_bytes'],
  key: ['day', 'hour_at', 'queue_id'],
  replace: [],
  add: ['upload_bytes', 'download_bytes'],
};

/** What is kept of a comment and of an event's detail, in UTF-16 units: they are for people, and a router may send 16 MiB. */
const LONGEST_COMMENT = 1000;
const LONGEST_DETAIL = 2000;
const DELETED_AT_ONCE = 1000;
/** Of 2 kB at most. */
const EVENTS_AT_ONCE = 200;

/** Writes everything that samples of several routers change. Their rows are locked and their queues have numbers. */
export async function writeBookings(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  written: readonly BookingToWrite[],
): Promise<void> {
  await runInOrder(transaction, statements(transaction, kind, written));
  for (const { booking, numbers } of written) {
    await writeUnobserved(transaction, kind, booking.unobserved, (queue) => queueIdOf(numbers, queue));
  }
}

function queueIdOf(numbers: QueueNumbers, identity: QueueIdentity): number {
  const id = numberOf(numbers, identity);
  if (id === undefined) throw new Error('a queue of the booking has no number');
  return id;
}

function* statements(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  written: readonly BookingToWrite[],
): Generator<CompiledQuery> {
  yield* bulkUpserts(kind, ROUTERS, written.map(routerRow));
  yield* bulkUpserts(kind, ROUTER_CLOCKS, written.flatMap(clockRows));
  for (const { router, booking } of written) {
    yield* deleteBaselines(transaction, router.id, booking.removedBaselineIds);
  }
  // Rows are made as they are written: of 50,000 queues all at once they would take as much memory as the sample itself.
  const baselines = createBulk(kind, BASELINES);
  for (const { router, booking, numbers } of written) {
    for (const baseline of booking.changedBaselines) {
      const full = baselines.add(baselineRow(kind, router.id, baseline, queueIdOf(numbers, baseline)));
      if (full !== null) yield full;
    }
  }
  yield* baselines.end();
  yield* usageStatements(kind, written);
  yield* insertEvents(transaction, written);
}

/** In one pass, since each makes all parts anew; in two for SQLite, which keeps only the last statement prepared. */
function* usageStatements(kind: Database['kind'], written: readonly BookingToWrite[]): Generator<CompiledQuery> {
  const days = createBulk(kind, USAGE_DAILY);
  const hours = createBulk(kind, USAGE_HOURLY);
  if (kind === 'mysql') {
    yield* addUsage(written, { days, hours });
  } else {
    yield* addUsage(written, { days });
    yield* days.end();
    yield* addUsage(written, { hours });
  }
  yield* days.end();
  yield* hours.end();
}

function* addUsage(
  written: readonly BookingToWrite[],
  { days, hours }: { readonly days?: Bulk; readonly hours?: Bulk },
): Generator<CompiledQuery> {
  for (const { booking, numbers } of written) {
    for (const part of booking.usage) {
      const queueId = queueIdOf(numbers, part);
      const fullDays = days?.add(dailyRow(part, queueId)) ?? null;
      if (fullDays !== null) yield fullDays;
      if (hours === undefined) continue;
      for (const hour of part.hours) {
        const fullHours = hours.add(hourlyRow(part.day, hour, queueId));
        if (fullHours !== null) yield fullHours;
      }
    }
  }
}

function routerRow({ router, revision, booking }: BookingToWrite): Row {
  const { stamp } = booking;
  return [
    router.id,
    router.name,
    revision,
    whole(stamp.sampledAt),
    whole(stamp.uptimeMs),
    stamp.endUptimeMs,
    stamp.monotonicMs,
    stamp.reader,
    stamp.serial,
    booking.hadUnidentifiedRows ? 1 : 0,
  ];
}

/** Nothing while the same process books as before. */
function clockRows({ router: { id, stamp: before }, booking: { stamp } }: BookingToWrite): Row[] {
  const { reader, bootId } = stamp;
  if (bootId === null || (before?.reader === reader && before.bootId === bootId)) return [];
  return [[id, reader, bootId]];
}

function* deleteBaselines(
  transaction: DatabaseTransaction,
  routerId: number,
  rowIds: readonly string[],
): Generator<CompiledQuery> {
  for (let start = 0; start < rowIds.length; start += DELETED_AT_ONCE) {
    yield transaction
      .deleteFrom('baselines')
      .where('router_id', '=', BigInt(routerId))
      .where('row_id', 'in', rowIds.slice(start, start + DELETED_AT_ONCE))
      .compile();
  }
}

function* insertEvents(transaction: DatabaseTransaction, written: readonly BookingToWrite[]): Generator<CompiledQuery> {
  const rows = written.flatMap(({ router, booking }) => booking.events.map((event) => eventRow(router.id, event)));
  for (let start = 0; start < rows.length; start += EVENTS_AT_ONCE) {
    yield transaction
      .insertInto('events')
      .values(rows.slice(start, start + EVENTS_AT_ONCE))
      .compile();
  }
}

function eventRow(routerId: number, { at, code, queue, detail }: UsageEvent) {
  return { router_id: routerId, at: whole(at), code, queue, detail: clip(detail, LONGEST_DETAIL) };
}

function baselineRow(kind: Database['kind'], routerId: number, baseline: Baseline, queueId: number): Row {
  const { counter, presence } = baseline;
  return [
    routerId,
    baseline.id,
    queueId,
    counter === null ? null : counterValue(kind, counter.uploadBytes),
    counter === null ? null : counterValue(kind, counter.downloadBytes),
    presence,
    presence === 'present' ? null : whole(baseline.seenAt),
  ];
}

/** SQLite keeps counters as text: its integers have one bit too few. */
function counterValue(kind: Database['kind'], bytes: bigint): Value {
  return kind === 'mysql' ? bytes : String(bytes);
}

function dailyRow(part: DailyPart, queueId: number): Row {
  return [
    part.day,
    queueId,
    part.uploadBytes,
    part.downloadBytes,
    part.estimatedBytes,
    whole(part.unobservedMs),
    whole(part.restarts),
    part.comment === null ? null : clip(part.comment, LONGEST_COMMENT),
  ];
}

function hourlyRow(day: string, { hourAt, uploadBytes, downloadBytes }: HourlyPart, queueId: number): Row {
  return [day, whole(hourAt), queueId, uploadBytes, downloadBytes];
}

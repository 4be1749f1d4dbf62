import type { CompiledQuery } from 'kysely';
import {
  type Bulk,
  type BulkTarget,
  bulkUpserts,
  createBulk,
  type Row,
  runInOrder,
} from '../../platform/store/bulk.ts';
import type { Database, DatabaseTransaction } from '../../platform/store/database.ts';
import { whole } from '../../platform/store/whole.ts';
import { clip } from '../../runtime/format.ts';
import type { Baseline } from '../accounting/counter.ts';
import type { Booking, DailyPart, HourlyPart, UsageEvent } from '../ports.ts';
import { idsIn, lineOf, MOST_IN_PART, partOf } from './baseline-parts.ts';
import { numberOf, type QueueIdentity, type QueueNumbers } from './queue-identities.ts';
import type { RouterBook, RouterRow } from './router-book.ts';
import { writeUnobserved } from './write-unobserved.ts';

export interface BookingToWrite {
  /** As it was. */
  readonly router: RouterRow;
  readonly booking: Booking;
  /** What it makes of the book. Its revision is how others see that their copy of the baselines is old; its numbers hold every queue of the booking. */
  readonly page: RouterBook;
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

const BASELINE_PARTS: BulkTarget = {
  table: 'baseline_parts',
  columns: ['router_id', 'part', 'listed', 'packed'],
  key: ['router_id', 'part'],
  replace: ['listed', 'packed'],
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
  for (const { booking, page } of written) {
    await writeUnobserved(transaction, kind, booking.unobserved, (queue) => queueIdOf(page.numbers, queue));
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
  yield* partStatements(transaction, kind, written);
  yield* usageStatements(kind, written);
  yield* insertEvents(transaction, written);
}

/** Rows are made as they are written: of 50,000 queues all at once they would take as much memory as the sample itself. */
function* partStatements(
  transaction: DatabaseTransaction,
  kind: Database['kind'],
  written: readonly BookingToWrite[],
): Generator<CompiledQuery> {
  const parts = createBulk(kind, BASELINE_PARTS);
  for (const one of written) {
    const empty: string[] = [];
    for (const [part, baselines] of changedParts(one)) {
      if (baselines.length === 0) {
        empty.push(part);
        continue;
      }
      const full = parts.add(partRow(one, part, baselines));
      if (full !== null) yield full;
    }
    yield* deleteParts(transaction, one.router.id, empty);
  }
  yield* parts.end();
}

/** All rows of each part of which one changed or went: looked up where that is less work than to go through all rows of the router. */
function changedParts({ booking, page }: BookingToWrite): ReadonlyMap<string, readonly Baseline[]> {
  const parts = new Map<string, Baseline[]>();
  for (const { id } of booking.changedBaselines) parts.set(partOf(id), []);
  for (const id of booking.removedBaselineIds) parts.set(partOf(id), []);
  if (parts.size * MOST_IN_PART < page.baselines.size) {
    for (const [part, baselines] of parts) {
      for (const id of idsIn(part)) {
        const baseline = page.baselines.get(id);
        if (baseline !== undefined) baselines.push(baseline);
      }
    }
  } else {
    for (const baseline of page.baselines.values()) parts.get(partOf(baseline.id))?.push(baseline);
  }
  return parts;
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
  for (const { booking, page } of written) {
    for (const part of booking.usage) {
      const queueId = queueIdOf(page.numbers, part);
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

function routerRow({ router, page, booking }: BookingToWrite): Row {
  const { stamp } = booking;
  return [
    router.id,
    router.name,
    page.revision,
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

function* deleteParts(
  transaction: DatabaseTransaction,
  routerId: number,
  parts: readonly string[],
): Generator<CompiledQuery> {
  for (let start = 0; start < parts.length; start += DELETED_AT_ONCE) {
    yield transaction
      .deleteFrom('baseline_parts')
      .where('router_id', '=', BigInt(routerId))
      .where('part', 'in', parts.slice(start, start + DELETED_AT_ONCE))
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

function partRow({ router, page }: BookingToWrite, part: string, baselines: readonly Baseline[]): Row {
  const lines = baselines.map((baseline) => lineOf(baseline, queueIdOf(page.numbers, baseline)));
  return [router.id, part, lines.length, lines.join('')];
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

import type { Calendar } from './accounting/day.ts';
import { clip, type Span, union } from './accounting/span.ts';
import { unobservedTogether } from './accounting/unobserved.ts';
import type { QueueDay, UsageArchive, UsageDetails, UsageEvent } from './ports.ts';

export interface ExplainRequest {
  readonly queue: string;
  /** `YYYY-MM-DD` */
  readonly day: string;
  readonly router?: string;
}

/** Bytes in one UTC hour. */
export interface HourShare {
  /** Start of the UTC hour, Unix ms. */
  readonly hourAt: number;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
}

/** All that is stored about one queue name on one router and day. */
export interface QueueAccount {
  readonly router: string;
  readonly queue: string;
  readonly day: string;
  /** First instant of the day and of the next, Unix ms. */
  readonly startAt: number;
  readonly endAt: number;
  /** Whom it belonged to in the course of the day. */
  readonly users: readonly string[];
  readonly comment: string | null;
  /** It was a parent for at least a part of the day; those bytes are in no sum. */
  readonly wasParent: boolean;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly estimatedBytes: bigint;
  readonly unobservedMs: number;
  /** When that was, within the day, in order of time; less than `unobservedMs` or none where only the sum is stored. */
  readonly unobserved: readonly Span[];
  readonly restarts: number;
  /** In order of time. */
  readonly hours: readonly HourShare[];
  /** Bytes of the day whose hour is not known. */
  readonly unplacedBytes: bigint;
  /** What happened to the queue or its whole router on that day, in order of time. */
  readonly events: readonly UsageEvent[];
}

/** How the totals of a queue on one day are calculated: one account for each router with stored usage of the queue, by router name. */
export async function explainQueue(
  deps: { readonly archive: UsageArchive & UsageDetails; readonly calendar: Calendar },
  request: ExplainRequest,
): Promise<QueueAccount[]> {
  const { archive, calendar } = deps;
  const { queue, day } = request;
  const where = { queue, ...(request.router === undefined ? {} : { router: request.router }) };
  const startAt = calendar.startOf(day);
  const endAt = calendar.endOf(day);
  const days = await archive.queueDays({ ...where, fromDay: day, toDay: day });
  const routers = [...new Set(days.map((row) => row.router))].sort();
  if (routers.length === 0) return [];
  const hours = await archive.queueHours({ ...where, day });
  const { router } = request;
  const events = await archive.events({ fromAt: startAt, toAt: endAt, ...(router === undefined ? {} : { router }) });
  const spans = await archive.unobserved({
    fromAt: startAt,
    toAt: endAt,
    queue,
    ...(router === undefined ? {} : { router }),
  });
  return routers.map((name) => {
    const ownHours = sumByHour(hours.filter((hour) => hour.router === name));
    const ownDays = days.filter((row) => row.router === name);
    const ownSpans = spans.filter((span) => span.router === name);
    const totals = totalsOf(ownDays);
    return {
      router: name,
      queue,
      day,
      startAt,
      endAt,
      ...totals,
      unobservedMs: unobservedTogether(ownDays, ownSpans, { startAt, endAt }),
      unobserved: union(ownSpans.flatMap((span) => clip(span, { startAt, endAt }) ?? [])),
      hours: ownHours,
      unplacedBytes: unplacedBytes(totals.uploadBytes + totals.downloadBytes, ownHours),
      events: events.filter((event) => event.router === name && (event.queue === null || event.queue === queue)),
    };
  });
}

function totalsOf(rows: readonly QueueDay[]) {
  return {
    users: [...new Set(rows.map((row) => row.user))].sort(),
    comment: rows.find((row) => row.comment !== null)?.comment ?? null,
    wasParent: rows.some((row) => row.isParent),
    uploadBytes: rows.reduce((sum, row) => sum + row.uploadBytes, 0n),
    downloadBytes: rows.reduce((sum, row) => sum + row.downloadBytes, 0n),
    estimatedBytes: rows.reduce((sum, row) => sum + row.estimatedBytes, 0n),
    restarts: rows.reduce((sum, row) => sum + row.restarts, 0),
  };
}

/** Bytes of a day that are in none of its hours; none when the hours were read after the day and a poll was booked in between. */
export function unplacedBytes(dayBytes: bigint, hours: readonly HourShare[]): bigint {
  const placed = hours.reduce((sum, hour) => sum + hour.uploadBytes + hour.downloadBytes, 0n);
  return placed < dayBytes ? dayBytes - placed : 0n;
}

/** One entry an hour, in order of time. A queue that changed its user within the hour has two rows of it. */
export function sumByHour(hours: readonly HourShare[]): HourShare[] {
  return [...Map.groupBy(hours, (hour) => hour.hourAt)]
    .map(([hourAt, rows]) => ({
      hourAt,
      uploadBytes: rows.reduce((sum, row) => sum + row.uploadBytes, 0n),
      downloadBytes: rows.reduce((sum, row) => sum + row.downloadBytes, 0n),
    }))
    .sort((a, b) => a.hourAt - b.hourAt);
}

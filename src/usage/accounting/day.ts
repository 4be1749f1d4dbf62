import { type Span, spanMs } from './span.ts';

/** The part of a span that lies in one local day and one UTC hour. */
export interface Segment extends Span {
  /** `YYYY-MM-DD` in the calendar's zone. */
  readonly day: string;
  /** Start of the UTC hour, Unix ms. */
  readonly hourAt: number;
}

/** The days of one time zone: 23, 24 or 25 hours long (or what else the zone's history holds). */
export interface Calendar {
  readonly timeZone: string;
  /** The day an instant (Unix ms) falls in, `YYYY-MM-DD`. */
  dayOf(at: number): string;
  /** First instant of a day, Unix ms. */
  startOf(day: string): number;
  /** First instant after the day, Unix ms. */
  endOf(day: string): number;
  /** The day so many days later (earlier when negative). */
  addDays(day: string, days: number): string;
  /** Cuts a span at every local midnight and UTC hour. A span without length is one segment. */
  segments(span: Span): Segment[];
}

const HOUR_MS = 3_600_000;

/**
 * @param timeZone IANA name
 * @throws RangeError when the zone is not known
 */
export function createCalendar(timeZone: string): Calendar {
  // Samples come in order of time, so the last day looked up is nearly always the one asked for.
  let cached = boundsOf(Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone).toPlainDate(), timeZone);

  function boundsAt(at: number): DayBounds {
    if (at >= cached.startAt && at < cached.endAt) return cached;
    const date = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate();
    cached = boundsOf(date, timeZone);
    // Clocks set back just after midnight (St. John's did until 2011) show the old date again: a day begins once, at its first midnight.
    if (at >= cached.endAt) cached = boundsOf(date.add({ days: 1 }), timeZone);
    return cached;
  }

  function segments(span: Span): Segment[] {
    const parts: Segment[] = [];
    let startAt = span.startAt;
    do {
      const { day, endAt: dayEndAt } = boundsAt(startAt);
      const hourAt = Math.floor(startAt / HOUR_MS) * HOUR_MS;
      const endAt = Math.min(span.endAt, dayEndAt, hourAt + HOUR_MS);
      parts.push({ day, hourAt, startAt, endAt });
      startAt = endAt;
    } while (startAt < span.endAt);
    return parts;
  }

  return {
    timeZone,
    dayOf: (at) => boundsAt(at).day,
    startOf: (day) => boundsOf(Temporal.PlainDate.from(day), timeZone).startAt,
    endOf: (day) => boundsOf(Temporal.PlainDate.from(day), timeZone).endAt,
    addDays: (day, days) => Temporal.PlainDate.from(day).add({ days }).toString(),
    segments,
  };
}

interface DayBounds {
  readonly day: string;
  readonly startAt: number;
  readonly endAt: number;
}

function boundsOf(date: Temporal.PlainDate, timeZone: string): DayBounds {
  return {
    day: date.toString(),
    startAt: date.toZonedDateTime(timeZone).epochMilliseconds,
    endAt: date.add({ days: 1 }).toZonedDateTime(timeZone).epochMilliseconds,
  };
}

/**
 * Shares an amount over segments by elapsed time. The parts are whole and sum to the amount, to the byte
 * (rule 9, see `accountSample`); each cut is rounded down, so no part is ahead of its time.
 *
 * @param amount not negative
 * @param segments consecutive, as `Calendar.segments` gives them; a span without length has one, which takes all
 */
export function splitAmount(amount: bigint, segments: readonly Segment[]): bigint[] {
  const first = segments[0];
  const last = segments.at(-1);
  if (first === undefined || last === undefined) throw new RangeError('an amount cannot be split over no segments');
  if (segments.length === 1) return [amount];
  const totalMs = BigInt(spanMs({ startAt: first.startAt, endAt: last.endAt }));
  let given = 0n;
  return segments.map((segment) => {
    const upTo = (amount * BigInt(segment.endAt - first.startAt)) / totalMs;
    const part = upTo - given;
    given = upTo;
    return part;
  });
}

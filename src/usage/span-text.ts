import type { Span } from './accounting/span.ts';

/** The day in which a span is shown: its first instant and the first of the next, Unix ms. */
export interface SpanSetting {
  readonly startAt: number;
  readonly endAt: number;
  readonly timeZone: string;
}

/** Shorter ones need their seconds. */
const MINUTES_FROM_MS = 120_000;
const DAY_MS = 24 * 3_600_000;

/** `14:03 to 14:06`, `14:03:10 to 14:03:30`, up to `24:00`; with offsets on days on which the clock is turned, when a time of day can come twice. */
export function describeSpan(span: Span, { startAt, endAt, timeZone }: SpanSetting): string {
  const smallestUnit = span.endAt - span.startAt < MINUTES_FROM_MS ? 'second' : 'minute';
  const time = (at: number): string => {
    const moment = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
    const text = moment.toPlainTime().toString({ smallestUnit });
    return endAt - startAt === DAY_MS ? text : `${text} ${moment.offset}`;
  };
  const midnight = smallestUnit === 'second' ? '24:00:00' : '24:00';
  return `${time(span.startAt)} to ${span.endAt === endAt ? midnight : time(span.endAt)}`;
}

/** All of them up to a number, `14:03 to 14:06, 19:20 to 19:41 and 3 more`. */
export function describeSpans(spans: readonly Span[], setting: SpanSetting, most: number): string {
  const told = spans.slice(0, most).map((span) => describeSpan(span, setting));
  const more = spans.length - told.length;
  return `${told.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}

import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Clock } from '../../runtime/clock.ts';
import { sendRefusal } from './answer.ts';

/** Days of a query, inclusive, `YYYY-MM-DD`. */
export const range = z.object({
  day: z.iso.date().optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
});

export interface Days {
  readonly fromDay: string;
  readonly toDay: string;
}

/** What is needed to find out today's date. */
export interface TodayDeps {
  /** Days are `YYYY-MM-DD` in its zone, instants Unix ms. */
  readonly calendar: { dayOf(at: number): string; addDays(day: string, days: number): string };
  /** The worker's. */
  readonly clock: Clock;
}

export interface KeptDaysDeps extends TodayDeps {
  readonly retentionDays: number;
}

/** Today without any. `null`: answered, with 400, because they end before they begin. */
export function daysOf({ day, from, to }: z.output<typeof range>, today: string, reply: FastifyReply): Days | null {
  const days = { fromDay: from ?? day ?? to ?? today, toDay: to ?? day ?? today };
  if (days.fromDay <= days.toDay) return days;
  sendRefusal(reply, `from: ${days.fromDay} is later than ${days.toDay}`);
  return null;
}

export function todayOf({ calendar, clock }: TodayDeps): string {
  return calendar.dayOf(clock.now());
}

/** The retention period up to today. */
export function keptDays(deps: KeptDaysDeps): Days {
  const toDay = todayOf(deps);
  return { fromDay: deps.calendar.addDays(toDay, -deps.retentionDays), toDay };
}

/** ISO 8601 in UTC, of Unix ms. */
export function instant(at: number): string {
  return new Date(at).toISOString();
}

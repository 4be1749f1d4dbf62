import type { Calendar } from '../usage/accounting/day.ts';
import { needsSpans, unobservedTogether } from '../usage/accounting/unobserved.ts';
import type { CrossingDetails } from './breach-letter.ts';
import type { Crossing } from './breaches.ts';
import type { UserHistory, UserHour } from './ports.ts';
import type { CountedSince } from './profile.ts';
import type { Standing } from './standing.ts';

/** A user with usage in so many days before a period already existed when it began. */
const DAYS_BEFORE = 31;

interface DetailsDeps {
  readonly history: UserHistory;
  readonly calendar: Calendar;
}

/** Details of a crossing for the mail, besides the sums; `day` is the day it happened. */
export async function readDetails({ standing }: Crossing, day: string, deps: DetailsDeps): Promise<CrossingDetails> {
  return {
    day,
    dayStartAt: deps.calendar.startOf(day),
    hours: await hoursOf(standing, day, deps),
    countedSince: await countedSince(standing, deps),
    unobservedMs: await unobservedMs(standing, deps),
  };
}

async function hoursOf({ router, user, queues }: Standing, day: string, { history }: DetailsDeps): Promise<UserHour[]> {
  const counted = new Set(queues.map(({ queue }) => queue));
  return (await history.userHours({ router, user, day })).filter(({ queue }) => counted.has(queue));
}

async function unobservedMs(
  { router, user, queues, days }: Standing,
  { history, calendar }: DetailsDeps,
): Promise<number> {
  const within = { startAt: calendar.startOf(days.startDay), endAt: calendar.endOf(days.endDay) };
  const asked = { router, user, fromAt: within.startAt, toAt: within.endAt };
  const spans = needsSpans(queues) ? await history.userGaps(asked) : [];
  return unobservedTogether(queues, spans, within);
}

/** For a user who existed before the period it is the start of the period, even if their first byte came later. */
async function countedSince(
  { router, user, days }: Standing,
  { history, calendar }: DetailsDeps,
): Promise<CountedSince> {
  const fromDay = calendar.addDays(days.startDay, -DAYS_BEFORE);
  const known = await history.userDays({ router, user, fromDay, toDay: days.endDay });
  const firstDay = known.map(({ day }) => day).toSorted()[0] ?? days.startDay;
  if (firstDay < days.startDay) return { day: days.startDay, hourAt: null };
  const hours = (await history.userHours({ router, user, day: firstDay })).map(({ hourAt }) => hourAt);
  const firstHourAt = hours.length === 0 ? null : Math.min(...hours);
  const isFromMidnight = firstHourAt === null || firstHourAt <= calendar.startOf(firstDay);
  return { day: firstDay, hourAt: isFromMidnight ? null : firstHourAt };
}

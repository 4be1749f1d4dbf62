import { z } from 'zod';
import { bytesField, countField, dayField, instantField } from '../../platform/http/contract.ts';
import type { Comparison } from '../accounting/history.ts';
import type { Counts } from '../accounting/quota.ts';
import type { QueueAccount } from '../explain.ts';
import type { QueueUsage, UserUsage } from '../query.ts';
import type { QueueRangeUsage, UserRangeUsage } from '../range-usage.ts';
import { GAP_REASONS } from '../traffic.ts';
import type { DayTotals } from './day-totals.ts';
import type { Ranking } from './ranking.ts';
import type { RouterDayData } from './router-day.ts';
import type { TodayData } from './today.ts';
import type { TrafficData } from './traffic.ts';
import type { UserData } from './user.ts';
import type { WanData } from './wan.ts';

/** What the API of usage answers; the types beside the code say what each field is. */

/** Unix ms. */
const unixMs = z.int();
const percent = z.number().nullable();
const moved = { uploadBytes: bytesField, downloadBytes: bytesField };
const amounts = {
  ...moved,
  totalBytes: bytesField,
  estimatedBytes: bytesField,
  unobservedSeconds: countField,
  restarts: countField,
};
const limited = {
  countedBytes: bytesField,
  limitBytes: bytesField.nullable(),
  usedPercent: percent,
  breached: z.boolean(),
};
const ofUser = { router: z.string(), user: z.string(), queues: z.array(z.string()) };
const ofQueue = { router: z.string(), queue: z.string(), user: z.string(), comment: z.string().nullable() };
const range = { from: dayField, to: dayField };

const userUsage = z
  .strictObject({ day: dayField, ...ofUser, ...amounts, ...limited })
  .meta({ id: 'UserUsage' }) satisfies z.ZodType<UserUsage>;

const queueUsage = z
  .strictObject({ day: dayField, ...ofQueue, ...amounts, parent: z.boolean() })
  .meta({ id: 'QueueUsage' }) satisfies z.ZodType<QueueUsage>;

const userRangeUsage = z
  .strictObject({ ...range, ...ofUser, ...amounts })
  .meta({ id: 'UserRangeUsage' }) satisfies z.ZodType<UserRangeUsage>;

const queueRangeUsage = z
  .strictObject({ ...range, ...ofQueue, ...amounts, parent: z.boolean() })
  .meta({ id: 'QueueRangeUsage' }) satisfies z.ZodType<QueueRangeUsage>;

/** By `by` and `sum` of the query. */
export const usageAnswer = z.union([
  z.array(userUsage),
  z.array(queueUsage),
  z.array(userRangeUsage),
  z.array(queueRangeUsage),
]);

const hourShare = z.strictObject({ hourAt: unixMs, ...moved }).meta({ id: 'HourShare' });

const queueAccount = z
  .strictObject({
    ...{ router: z.string(), queue: z.string(), day: dayField, startAt: unixMs, endAt: unixMs },
    users: z.array(z.string()),
    comment: z.string().nullable(),
    wasParent: z.boolean(),
    ...moved,
    estimatedBytes: bytesField,
    unobservedMs: countField,
    unobserved: z.array(z.strictObject({ startAt: unixMs, endAt: unixMs })),
    restarts: countField,
    hours: z.array(hourShare),
    unplacedBytes: bytesField,
    events: z.array(
      z.strictObject({
        at: unixMs,
        router: z.string(),
        code: z.string(),
        queue: z.string().nullable(),
        detail: z.string(),
      }),
    ),
  })
  .meta({ id: 'QueueAccount' }) satisfies z.ZodType<QueueAccount>;

export const explainAnswer = z.array(queueAccount);

const comparison = z.strictObject({
  percent: z.number(),
  basis: z.enum(['same-time', 'whole']),
}) satisfies z.ZodType<Comparison>;

const ranking = z
  .strictObject({
    q: z.string(),
    sort: z.enum(['total', 'download', 'upload', 'quota', 'user']),
    ...{ page: countField, pages: countField, rowsPerPage: countField, users: countField, found: countField },
    rows: z.array(
      z
        .strictObject({
          rank: countField,
          ...ofUser,
          comments: z.array(z.string()),
          ...amounts,
          ...limited,
          warned: z.boolean(),
          unlimited: z.boolean(),
          change: comparison.nullable(),
          lastDaysBytes: z.array(bytesField),
        })
        .meta({ id: 'RankingRow' }),
    ),
  })
  .meta({ id: 'Ranking' }) satisfies z.ZodType<Ranking>;

const sums = { totalBytes: bytesField, sameTimeBytes: bytesField.nullable() };
const totals = {
  users: countField,
  ...moved,
  totalBytes: bytesField,
  breachedUsers: countField,
  topTenPercent: percent,
  yesterday: z.strictObject(sums).nullable(),
  before: z.strictObject({ ...range, ...sums }).nullable(),
  unobserved: z.array(z.strictObject({ router: z.string(), unobservedSeconds: countField })),
} satisfies Record<keyof DayTotals, z.ZodType>;

const traffic = z
  .strictObject({
    ...{ from: instantField, to: instantField },
    hours: z.array(hourShare),
    days: z.array(z.strictObject({ day: dayField, ...moved, missingSeconds: countField })),
    gaps: z.array(
      z.strictObject({
        ...{ from: instantField, to: instantField },
        reason: z.enum(GAP_REASONS),
        routers: z.array(z.string()),
      }),
    ),
    unplacedBytes: bytesField,
  })
  .meta({ id: 'Traffic' }) satisfies z.ZodType<TrafficData>;

const wanEntries = z.array(
  z
    .strictObject({
      ...{ from: instantField, to: instantField },
      ...{ downloadBps: countField.nullable(), uploadBps: countField.nullable() },
      ...{ seenRouters: countField, routers: countField.nullable(), missingSeconds: countField },
    })
    .meta({ id: 'WanEntry' }),
);
const wan = z
  .strictObject({ hours: wanEntries, days: wanEntries })
  .meta({ id: 'WanTraffic' }) satisfies z.ZodType<WanData>;

export const todayAnswer = z
  .strictObject({
    day: dayField,
    period: z.enum(['day', 'week', 'month', 'range']),
    ...range,
    soFar: z.boolean(),
    keptFromDay: dayField,
    timeZone: z.string(),
    until: instantField,
    router: z.string().nullable(),
    ...totals,
    routers: z.array(z.strictObject({ router: z.string(), users: countField, totalBytes: bytesField })),
    stale: z.array(
      z.strictObject({
        router: z.string(),
        staleSeconds: countField,
        lastReadAt: instantField.nullable(),
        code: z.string().nullable(),
        advice: z.string().nullable(),
      }),
    ),
    traffic: traffic.nullable(),
    wan: wan.nullable(),
    ranking,
  })
  .meta({ id: 'Today' }) satisfies z.ZodType<TodayData>;

/** What is added to an answer about a router. */
export const routerDayFields = {
  day: dayField,
  until: instantField,
  ...totals,
  queues: countField,
  traffic,
  wan,
  ranking,
} satisfies Record<keyof RouterDayData, z.ZodType>;

const period = z.strictObject({
  ...{ startDay: dayField, endDay: dayField, knownFromDay: dayField },
  ...moved,
  totalBytes: bytesField,
  ...limited,
});

/** `alert`: an entry of another part of the API. */
export function userAnswerWith<Alert extends z.ZodType<object>>(alert: Alert) {
  return z.strictObject({
    ...{ router: z.string(), user: z.string(), timeZone: z.string(), until: instantField },
    ...{ fromDay: dayField, toDay: dayField },
    comments: z.array(z.string()),
    counts: z.enum(['download', 'upload', 'total']) satisfies z.ZodType<Counts>,
    unlimited: z.boolean(),
    days: z.array(userUsage),
    week: period,
    month: period,
    chosenDay: z.strictObject({
      day: dayField,
      queues: z.array(queueUsage),
      accounts: z.array(queueAccount),
      moreQueues: countField,
      hours: z.array(hourShare),
      unplacedBytes: bytesField,
      unobserved: z.array(z.strictObject({ from: instantField, to: instantField })),
      events: z.array(
        z.strictObject({
          at: instantField,
          code: z.string(),
          queue: z.string().nullable(),
          detail: z.string(),
        }),
      ),
    }),
    alerts: z.array(alert),
  }) satisfies z.ZodType<UserData>;
}

import type { QueueSpan } from '../../src/usage/accounting/unobserved.ts';
import type { TotalsFilter, UsageSums } from '../../src/usage/sums.ts';

/** One queue on one day, with its hours. */
export interface UsageRow {
  readonly day: string;
  readonly router: string;
  readonly queue: string;
  readonly user: string;
  readonly isParent: boolean;
  readonly comment: string | null;
  readonly uploadBytes: bigint;
  readonly downloadBytes: bigint;
  readonly estimatedBytes: bigint;
  readonly unobservedMs: number;
  readonly restarts: number;
  readonly hours: readonly { readonly hourAt: number; readonly uploadBytes: bigint; readonly downloadBytes: bigint }[];
}

/** A row with nothing in it but what is said. The queue's name is the user's unless said otherwise. */
export function usageRow(change: Partial<UsageRow> & { readonly day: string; readonly user: string }): UsageRow {
  return {
    router: 'edge-1',
    queue: change.user,
    isParent: false,
    comment: null,
    uploadBytes: 0n,
    downloadBytes: 0n,
    estimatedBytes: 0n,
    unobservedMs: 0,
    restarts: 0,
    hours: [],
    ...change,
  };
}

/** Usage held in memory. `rows` may be changed between calls. */
export function createMemoryUsage(rows: readonly UsageRow[], gaps: readonly QueueSpan[] = []): UsageSums {
  const queueKey = ({ router, queue, user, isParent }: UsageRow) => JSON.stringify([router, queue, user, isParent]);
  const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
  const inDays = (filter: { readonly fromDay: string; readonly toDay: string }) =>
    rows.filter(({ day }) => filter.fromDay <= day && day <= filter.toDay);

  return {
    async queueTotals(filter: TotalsFilter) {
      const { usersAbove = -1n } = filter;
      const asked = inDays(filter).filter(({ router }) => filter.routers?.includes(router) ?? true);
      const users = Map.groupBy(asked, ({ router, user }) => JSON.stringify([router, user])).values();
      const wanted = [...users]
        .filter((mine) => sum(mine.map((row) => row.uploadBytes + row.downloadBytes)) > usersAbove)
        .flat();
      return [...Map.groupBy(wanted, queueKey).values()].flatMap((days) => {
        const [first] = days;
        if (first === undefined) return [];
        const { router, queue, user, isParent } = first;
        const comments = days.toSorted((a, b) => (a.day < b.day ? -1 : 1)).flatMap(({ comment }) => comment ?? []);
        return [
          {
            router,
            queue,
            user,
            isParent,
            comment: comments.at(-1) ?? null,
            uploadBytes: sum(days.map((day) => day.uploadBytes)),
            downloadBytes: sum(days.map((day) => day.downloadBytes)),
            estimatedBytes: sum(days.map((day) => day.estimatedBytes)),
            unobservedMs: days.reduce((total, day) => total + day.unobservedMs, 0),
            restarts: days.reduce((total, day) => total + day.restarts, 0),
          },
        ];
      });
    },
    async userDays({ router, user, ...days }) {
      return inDays(days).filter((row) => row.router === router && row.user === user);
    },
    async unobservedOf({ fromAt, toAt, users }) {
      return gaps.filter(({ startAt, endAt, user }) => startAt < toAt && endAt > fromAt && users.includes(user));
    },
    async userGaps({ fromAt, toAt, ...whose }) {
      return gaps
        .filter(({ startAt, endAt }) => startAt < toAt && endAt > fromAt)
        .filter(({ router, user }) => router === whose.router && user === whose.user);
    },
    async userHours({ router, user, day }) {
      const mine = rows.filter((row) => row.router === router && row.user === user && row.day === day);
      return mine.flatMap(({ queue, hours }) => hours.map((hour) => ({ queue, ...hour })));
    },
    async hourShares({ day, hourAt, users }) {
      return rows
        .filter((row) => row.day === day && (users?.includes(row.user) ?? true))
        .map(({ router, queue, user, isParent, comment, uploadBytes, downloadBytes, hours }) => {
          const bytes = (parts: typeof hours) => sum(parts.map((hour) => hour.uploadBytes + hour.downloadBytes));
          return {
            router,
            queue,
            user,
            isParent,
            comment,
            dayBytes: uploadBytes + downloadBytes,
            knownBytes: bytes(hours),
            beforeBytes: bytes(hours.filter((hour) => hour.hourAt < hourAt)),
            withinBytes: bytes(hours.filter((hour) => hour.hourAt === hourAt)),
          };
        });
    },
    async dayPoints({ users, routers, ...days }) {
      return inDays(days).filter(({ user, router }) => users.includes(user) && routers.includes(router));
    },
  };
}

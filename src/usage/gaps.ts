import type { Calendar } from './accounting/day.ts';
import { type Gaps, type QueueTotal, usersInQuestion } from './accounting/ranking.ts';
import type { UsageSums } from './sums.ts';

/** Unobserved time of some days, inclusive, that the totals do not contain; read only where it matters. */
export async function readGaps(
  { archive, calendar }: { readonly archive: Pick<UsageSums, 'unobservedOf'>; readonly calendar: Calendar },
  { fromDay, toDay }: { readonly fromDay: string; readonly toDay: string },
  totals: readonly QueueTotal[],
): Promise<Gaps> {
  const within = { startAt: calendar.startOf(fromDay), endAt: calendar.endOf(toDay) };
  const users = usersInQuestion(totals);
  const asked = { fromAt: within.startAt, toAt: within.endAt, users };
  return { within, spans: users.length === 0 ? [] : await archive.unobservedOf(asked) };
}

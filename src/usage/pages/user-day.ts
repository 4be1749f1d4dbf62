import { type HourChart, hourChart } from '../../platform/http/charts.ts';
import { userLink } from '../../platform/http/links.ts';
import { asTyped } from '../../runtime/command-name.ts';
import { formatBytes, formatCount, formatFullDay, formatTime, readableName } from '../../runtime/format.ts';
import { describeAccount } from '../account-text.ts';
import type { Calendar } from '../accounting/day.ts';
import type { UserData, UserEvent } from '../api/user.ts';
import type { QueueUsage } from '../query.ts';
import { describeSpans } from '../span-text.ts';
import { unobservedBands } from './unobserved-bands.ts';

/** One day of a user: hours, how it came about, events and queues. */
export interface ChosenDayView {
  readonly title: string;
  readonly previous: string | null;
  readonly next: string | null;
  readonly hours: HourChart | null;
  readonly hourRows: readonly { readonly time: string; readonly download: string; readonly upload: string }[];
  /** When it was not observed, in words. */
  readonly unobserved: string | null;
  readonly unplaced: string | null;
  readonly accounts: readonly { readonly queue: string; readonly sentences: readonly string[] }[];
  readonly moreAccounts: string | null;
  readonly events: readonly { readonly time: string; readonly text: string; readonly code: string }[];
  readonly queues: readonly QueueRow[];
  readonly emptyReason: string | null;
}

interface QueueRow {
  readonly name: string;
  readonly detail: string;
  readonly download: string;
  readonly upload: string;
  readonly total: string;
}

/** Unobserved spans of a day that are listed one by one. */
const MOST_SPANS = 60;

/** The day that the user's page shows. */
export function viewChosenDay(data: UserData, calendar: Calendar): ChosenDayView {
  const { router, user, fromDay, toDay: today, counts, chosenDay } = data;
  const { day, hours, queues, accounts, moreQueues } = chosenDay;
  const { timeZone } = calendar;
  const now = Date.parse(data.until);
  const startAt = calendar.startOf(day);
  const endAt = calendar.endOf(day);
  const events = chosenDay.events.map((event) => viewEvent(event, timeZone));
  const unobserved = chosenDay.unobserved.map(({ from, to }) => ({ startAt: Date.parse(from), endAt: Date.parse(to) }));
  const setting = { startAt, endAt, timeZone };
  const bands = unobservedBands(unobserved, setting);
  const isDrawn = hours.length > 0 || unobserved.length > 0;
  const link = (to: string) => userLink(router, user, { day: to });
  return {
    title: day === today ? `Today, ${formatFullDay(day)}, so far` : formatFullDay(day),
    previous: day > fromDay ? link(calendar.addDays(day, -1)) : null,
    next: day < today ? link(calendar.addDays(day, 1)) : null,
    hours: isDrawn ? hourChart({ hours, ...setting, events, bands, counts }) : null,
    hourRows: hours.map((hour) => ({
      time: formatTime(Math.max(hour.hourAt, startAt), timeZone),
      download: formatBytes(hour.downloadBytes),
      upload: formatBytes(hour.uploadBytes),
    })),
    unobserved: unobserved.length === 0 ? null : describeSpans(unobserved, setting, MOST_SPANS),
    unplaced: unplacedText(chosenDay.unplacedBytes, 'this day'),
    accounts: accounts.map((account) => ({
      queue: readableName(account.queue),
      sentences: describeAccount(account, { now, timeZone }),
    })),
    moreAccounts:
      moreQueues > 0
        ? `… and ${formatCount(moreQueues, 'more queue', 'more queues')}. Show them with: ${asTyped('explain --queue NAME')}`
        : null,
    events: events.map(({ time, text, code }) => ({ time, text, code })),
    queues: queues.map(queueRow),
    emptyReason: queues.length > 0 ? null : 'No data for this day: no traffic, no events, no gaps.',
  };
}

function viewEvent({ at, code, queue, detail }: UserEvent, timeZone: string) {
  const text = queue === null ? readableName(detail) : `${readableName(queue)}: ${readableName(detail)}`;
  return { at: Date.parse(at), text, code, label: `${text} (${code})`, time: formatTime(Date.parse(at), timeZone) };
}

export function unplacedText(bytes: bigint, days: 'this day' | 'these days'): string | null {
  return bytes === 0n
    ? null
    : `${formatBytes(bytes)} of ${days} are in no hour of the chart: they were read after a long gap.`;
}

function queueRow({ queue, comment, parent, uploadBytes, downloadBytes, totalBytes }: QueueUsage): QueueRow {
  const detail = [
    ...(comment === null ? [] : [readableName(comment)]),
    ...(parent ? ['parent queue, not in the sums'] : []),
  ];
  return {
    name: readableName(queue),
    detail: detail.join(' · '),
    download: formatBytes(downloadBytes),
    upload: formatBytes(uploadBytes),
    total: formatBytes(totalBytes),
  };
}

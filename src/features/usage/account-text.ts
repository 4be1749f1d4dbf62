import { spanMs } from '../../accounting/span.ts';
import { formatDuration, formatUnobserved, inGigabytes, readableName } from '../../runtime/format.ts';
import type { QueueAccount } from './explain.ts';
import { describeSpans } from './span-text.ts';

/** When and where an account is read. */
export interface AccountSetting {
  /** Unix ms. */
  readonly now: number;
  readonly timeZone: string;
}

const DAY_MS = 24 * 3_600_000;
/** Spans of unobserved time that are told one by one. */
const MOST_SPANS = 12;

/** How the total of a queue came about, in sentences; names are readable, nothing is escaped. */
export function describeAccount(account: QueueAccount, setting: AccountSetting): string[] {
  return [
    totalSentence(account, setting),
    ...observationSentences(account),
    ...spanSentences(account, setting),
    ...estimateSentences(account),
  ];
}

function totalSentence(account: QueueAccount, { now, timeZone }: AccountSetting): string {
  const { uploadBytes, downloadBytes, startAt, endAt } = account;
  const total = uploadBytes + downloadBytes;
  const until = now < endAt ? 'So far the books show' : 'The books show';
  const length = endAt - startAt === DAY_MS ? '' : `, a day of ${formatDuration(endAt - startAt)}`;
  const owners = account.users.map(readableName).join(', then ');
  const comment = account.comment === null ? '' : ` (“${readableName(account.comment)}”)`;
  const parent = account.wasParent
    ? ' It is a parent: it holds the bytes of other queues and is no part of any sum.'
    : '';
  return (
    `${until} ${inGigabytes(downloadBytes)} of download and ${inGigabytes(uploadBytes)} of upload, ${inGigabytes(total)} in all ` +
    `(${total.toLocaleString('en-US')} bytes), for user ${owners}${comment}; day in ${readableName(timeZone)}${length}.${parent}`
  );
}

function observationSentences({ restarts, unobservedMs }: QueueAccount): string[] {
  const counter =
    restarts === 0
      ? 'The counter ran through without a restart.'
      : `The counter began again from zero ${restarts === 1 ? 'once' : `${restarts} times`} (a reboot, a reset, or the queue made anew); what it showed afterwards was booked whole.`;
  const gap =
    unobservedMs === 0
      ? 'No time is known in which bytes could have been lost.'
      : `For ${formatUnobserved(unobservedMs)} the router may have counted bytes that were lost before they could be read: the true total is this one or more, never less.`;
  return [`${counter} ${gap}`];
}

/** Of days booked by earlier versions only the sum is on record. */
function spanSentences(account: QueueAccount, { timeZone }: AccountSetting): string[] {
  const { unobserved, unobservedMs, startAt, endAt } = account;
  if (unobserved.length === 0) return [];
  const isAll = unobserved.reduce((sum, span) => sum + spanMs(span), 0) >= unobservedMs;
  const told = describeSpans(unobserved, { startAt, endAt, timeZone }, MOST_SPANS);
  return [`${isAll ? 'Not observed' : 'Of it are noted'}: ${told}.`];
}

function estimateSentences({ estimatedBytes }: QueueAccount): string[] {
  if (estimatedBytes === 0n) return [];
  return [
    `${inGigabytes(estimatedBytes)} of it were read only after a gap that went over midnight; they were shared between the days by elapsed time and are an estimate for this day.`,
  ];
}

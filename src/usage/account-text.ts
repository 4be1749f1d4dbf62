import { formatDuration, formatUnobserved, inGigabytes, readableName } from '../runtime/format.ts';
import { spanMs } from './accounting/span.ts';
import type { QueueAccount } from './explain.ts';
import { describeSpans } from './span-text.ts';

/** When and where an account is read. */
export interface AccountSetting {
  /** Unix ms. */
  readonly now: number;
  readonly timeZone: string;
}

const DAY_MS = 24 * 3_600_000;
/** Spans of unobserved time that are listed one by one. */
const MOST_SPANS = 12;

/** How the total of a queue is calculated, in sentences; names are readable, nothing is escaped. */
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
  const until = now < endAt ? 'So far' : 'In total';
  const length = endAt - startAt === DAY_MS ? '' : `, a day of ${formatDuration(endAt - startAt)}`;
  const owners = account.users.map(readableName).join(', then ');
  const comment = account.comment === null ? '' : ` (“${readableName(account.comment)}”)`;
  const parent = account.wasParent
    ? ' It is a parent queue: it contains the bytes of other queues and is in no total.'
    : '';
  return (
    `${until} ${inGigabytes(downloadBytes)} of download and ${inGigabytes(uploadBytes)} of upload, ${inGigabytes(total)} in all ` +
    `(${total.toLocaleString('en-US')} bytes), for user ${owners}${comment}; day in ${readableName(timeZone)}${length}.${parent}`
  );
}

function observationSentences({ restarts, unobservedMs }: QueueAccount): string[] {
  const counter =
    restarts === 0
      ? 'The counter did not restart.'
      : `The counter restarted from zero ${restarts === 1 ? 'once' : `${restarts} times`} (reboot, reset, or the queue was made again); all bytes after the restart are counted.`;
  const gap =
    unobservedMs === 0
      ? 'No data is missing.'
      : `Up to ${formatUnobserved(unobservedMs)} of data missing: the true total may be higher, never lower.`;
  return [`${counter} ${gap}`];
}

/** For days booked by earlier versions only the sum is stored. */
function spanSentences(account: QueueAccount, { timeZone }: AccountSetting): string[] {
  const { unobserved, unobservedMs, startAt, endAt } = account;
  if (unobserved.length === 0) return [];
  const isAll = unobserved.reduce((sum, span) => sum + spanMs(span), 0) >= unobservedMs;
  const told = describeSpans(unobserved, { startAt, endAt, timeZone }, MOST_SPANS);
  return [`${isAll ? 'Data missing' : 'Known gaps'}: ${told}.`];
}

function estimateSentences({ estimatedBytes }: QueueAccount): string[] {
  if (estimatedBytes === 0n) return [];
  return [
    `${inGigabytes(estimatedBytes)} of it were read after a gap over midnight and split between the days by time: an estimate.`,
  ];
}

import type { Composition } from '../notices/letter.ts';
import type { PageLinks } from '../notices/ports.ts';
import { asTyped, quoted } from '../runtime/command-name.ts';
import {
  formatBytes,
  formatDay,
  formatRate,
  formatShare,
  formatTime,
  formatUnobserved,
  readableName,
  shorten,
} from '../runtime/format.ts';
import { type PeriodDays, usedPercent } from '../usage/accounting/quota.ts';
import type { Crossing } from './breaches.ts';
import type { UserHour } from './ports.ts';
import { type CountedSince, hotRun, hourlyBytes, recentBytes } from './profile.ts';
import type { Standing } from './standing.ts';

/** Where and when a letter is written. */
export interface LetterContext {
  readonly now: number;
  readonly today: string;
  readonly timeZone: string;
  /** Absent: nobody knows where the pages are. */
  readonly pages?: PageLinks | undefined;
}

const LONGEST_NAME_IN_SUBJECT = 60;
const HOUR_MS = 3_600_000;
const MOST_NAMES = 5;
/** A table of more would be cut off by mail programs. */
const MOST_TABLE_ROWS = 200;
const HOURS_OF = { day: 24, week: 7 * 24, month: 30 * 24 } as const;
const ADJECTIVES = { day: 'daily', week: 'weekly', month: 'monthly' } as const;
const COUNTED = { download: 'download', upload: 'upload', total: 'upload and download' } as const;

/** What is known of one crossing besides the sums. */
export interface CrossingDetails {
  /** The day it happened on, when that began, and its hours. */
  readonly day: string;
  readonly dayStartAt: number;
  readonly hours: readonly UserHour[];
  readonly countedSince: CountedSince;
  /** For how long of the period at least one of the counted queues was not observed. */
  readonly unobservedMs: number;
}

/** The letter about one crossing. */
export function breachLetter(crossing: Crossing, details: CrossingDetails, context: LetterContext): Composition {
  const { day } = details;
  const { standing, threshold } = crossing;
  const name = readableName(standing.user);
  const share = formatShare(standing.countedBytes, standing.limitBytes);
  const when = periodPhrase(standing, context.today);
  return {
    subject: `Quota: ${shorten(name, LONGEST_NAME_IN_SUBJECT)} used ${share} ${when}`,
    letter: {
      tone: threshold >= 100 ? 'alert' : 'warning',
      kicker: threshold >= 100 ? 'Quota exceeded' : `${threshold}% of the quota used`,
      title: `${name} used ${share} ${when}`,
      lead: leadOf(crossing, name),
      meter: { percent: usedPercent(standing.countedBytes, standing.limitBytes) ?? 100 },
      facts: [...whoFacts(standing), ...amountFacts(standing, details, context)],
      table: null,
      page: context.pages?.user(standing.router, standing.user, day),
      advice: 'How the total is calculated, on the NetSentinel server:',
      commands: lookFurther(standing, day),
    },
  };
}

/** One letter about many crossings of one pass. */
export function breachesLetter(crossings: readonly Crossing[], context: LetterContext): Composition {
  const sorted = crossings.toSorted(
    (a, b) => share(b.standing) - share(a.standing) || (a.standing.user < b.standing.user ? -1 : 1),
  );
  const names = [...new Set(sorted.map(({ standing }) => readableName(standing.user)))];
  const over = sorted.filter(({ threshold }) => threshold >= 100).length;
  const [first = '', second = ''] = names.map((name) => shorten(name, LONGEST_NAME_IN_SUBJECT / 2));
  const others = names.length > 2 ? `, ${second} and ${names.length - 2} more` : second === '' ? '' : ` and ${second}`;
  const counts = [
    over > 0 ? `${over} over a limit` : '',
    over < sorted.length ? `${sorted.length - over} near one` : '',
  ];
  return {
    subject: `Quota: ${first}${others}: ${counts.filter((text) => text !== '').join(', ')}`,
    letter: {
      tone: over > 0 ? 'alert' : 'warning',
      kicker: over > 0 ? 'Quotas exceeded' : 'Quotas nearly used up',
      title: `${sorted.length} alerts at once`,
      lead: `These users crossed a quota threshold since the last check. Highest share first${sorted.length > MOST_TABLE_ROWS ? `; the first ${MOST_TABLE_ROWS} are shown` : ''}.`,
      meter: null,
      facts: [],
      table: {
        head: ['User', 'Router', 'Period', 'Used', '%'],
        rows: sorted
          .slice(0, MOST_TABLE_ROWS)
          .map(({ standing }) => [
            readableName(standing.user),
            readableName(standing.router),
            periodPhrase(standing, context.today),
            formatShare(standing.countedBytes, standing.limitBytes),
            `${Math.floor(share(standing))}%`,
          ]),
      },
      page: context.pages?.alerts(spanOf(sorted)),
      advice: 'Usage of all users, on the NetSentinel server:',
      commands: [asTyped(`usage --day ${context.today}`), asTyped(`alerts --day ${context.today}`)],
    },
  };
}

/** From the first day of any of the periods to the last. */
function spanOf(crossings: readonly Crossing[]): PeriodDays {
  const days = crossings.map(({ standing }) => standing.days);
  const startDays = days.map(({ startDay }) => startDay).toSorted();
  const endDays = days.map(({ endDay }) => endDay).toSorted();
  return { startDay: startDays[0] ?? '', endDay: endDays.at(-1) ?? '' };
}

function share({ countedBytes, limitBytes }: Standing): number {
  return usedPercent(countedBytes, limitBytes) ?? 100;
}

function leadOf({ standing, threshold }: Crossing, name: string): string {
  const limit = `the ${ADJECTIVES[standing.period]} limit of ${formatBytes(standing.limitBytes)}`;
  const router = readableName(standing.router);
  if (threshold === 100) return `${name} on ${router} has passed ${limit}.`;
  return `${name} on ${router} has passed ${threshold}% of ${limit}.`;
}

/** `today`, `on Thu 19 Nov`, `this week`, … as it follows "used 10.4 of 10 GB". */
export function periodPhrase({ period, days }: Pick<Standing, 'period' | 'days'>, today: string): string {
  const isOpen = days.startDay <= today && today <= days.endDay;
  if (period === 'day') return isOpen ? 'today' : `on ${formatDay(days.startDay)}`;
  return isOpen ? `this ${period}` : `in the ${period} from ${formatDay(days.startDay)}`;
}

function whoFacts({ router, user, queues }: Standing) {
  const names = [...new Set(queues.map(({ queue }) => queue))];
  const comments = [...new Set(queues.flatMap(({ comment }) => (comment === null || comment === '' ? [] : [comment])))];
  return [
    { label: 'User', value: readableName(user) },
    ...(comments.length === 0 ? [] : [{ label: 'Comment', value: listOf(comments) }]),
    ...(names.length === 1 && names[0] === user
      ? []
      : [{ label: names.length === 1 ? 'Queue' : 'Queues', value: listOf(names) }]),
    { label: 'Router', value: readableName(router) },
  ];
}

function amountFacts(
  standing: Standing,
  { day, dayStartAt, hours, countedSince, unobservedMs }: CrossingDetails,
  { now, today, timeZone }: LetterContext,
) {
  const counts = standing.policy.counts ?? 'download';
  const profile = hourlyBytes(counts, hours);
  const hot = hotRun(profile, standing.limitBytes, HOURS_OF[standing.period]);
  const recent = recentBytes(profile, now, dayStartAt);
  return [
    { label: 'Used', value: `${formatShare(standing.countedBytes, standing.limitBytes)} (${COUNTED[counts]})` },
    { label: 'Counted since', value: sinceText(countedSince, timeZone) },
    ...(day === today && recent.bytes > 0n
      ? [
          {
            label: recent.durationMs < HOUR_MS ? 'Since midnight' : 'Last hour',
            value: `about ${formatRate(recent.bytes, recent.durationMs)} on average since ${formatTime(recent.sinceAt, timeZone)}`,
          },
        ]
      : []),
    ...(hot === null
      ? []
      : [
          {
            label: 'Heaviest use',
            value: `from ${formatTime(hot.sinceAt, timeZone)} on ${formatDay(day)}, up to ${formatBytes(hot.peakBytes)} an hour`,
          },
        ]),
    ...(unobservedMs === 0
      ? []
      : [
          {
            label: 'Data missing',
            value: `${formatUnobserved(unobservedMs)}: the true usage may be higher`,
          },
        ]),
  ];
}

/** Of an hour only the sum is known: counting began somewhere in it. */
function sinceText({ day, hourAt }: CountedSince, timeZone: string): string {
  if (hourAt === null) return `${formatDay(day)}, 00:00`;
  return `${formatDay(day)}, between ${formatTime(hourAt, timeZone)} and ${formatTime(hourAt + HOUR_MS, timeZone)}`;
}

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map(readableName);
  return names.length > MOST_NAMES ? `${shown.join(', ')} and ${names.length - MOST_NAMES} more` : shown.join(', ');
}

/** Commands are pasted into a shell, so a name in them is quoted, and one that cannot be read is not put there at all. */
function lookFurther({ router, queues }: Standing, day: string): string[] {
  const usable = queues
    .map(({ queue }) => queue)
    .filter((queue) => readableName(queue) === queue)
    .slice(0, MOST_NAMES - 2);
  if (usable.length === 0) return [asTyped(`usage --day ${day}`)];
  return [...new Set(usable)].map((queue) =>
    asTyped(`explain --queue=${quoted(queue)} --router=${quoted(router)} --day ${day}`),
  );
}

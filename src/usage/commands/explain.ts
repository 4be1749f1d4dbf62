import { type DayWord, resolveDay } from '../../platform/cli/days.ts';
import { type AddCommand, type Open, printFrom } from '../../platform/cli/frame.ts';
import { singleDayOption } from '../../platform/cli/options.ts';
import { bar, largestOf, shareOf } from '../../platform/cli/render/amounts.ts';
import type { Screen } from '../../platform/cli/render/screen.ts';
import type { Clock } from '../../runtime/clock.ts';
import { formatCount, formatFullDay, inGigabytes, readableName } from '../../runtime/format.ts';
import { wrapText } from '../../runtime/wrap.ts';
import { describeAccount } from '../account-text.ts';
import type { Calendar } from '../accounting/day.ts';
import { explainQueue, type QueueAccount } from '../explain.ts';
import type { UsageArchive, UsageDetails } from '../ports.ts';
import { hintAtRouters } from './router-hint.ts';

export interface ExplainOptions {
  readonly queue: string;
  readonly router?: string;
  readonly day: DayWord;
}

/** What `explain` reads. */
export interface ExplainBooks {
  readonly archive: UsageArchive & UsageDetails;
  readonly calendar: Calendar;
  readonly clock: Clock;
}

type ExplainDeps = ExplainBooks & { readonly screen: Screen };

const BAR_COLUMNS = 24;
const WIDEST_TEXT = 100;
const DAY_MS = 24 * 3_600_000;

/** `explain`: how a total is calculated. */
export function explainCommand({ open }: { readonly open: Open<ExplainBooks> }): AddCommand {
  return (program, frame) => {
    program
      .command('explain')
      .description('Show how the total of a queue is calculated: hours, restarts, unobserved time')
      .requiredOption('--queue <name>', 'exact name of the queue')
      .option('--router <name>', 'this router only')
      .addOption(singleDayOption())
      .addHelpText('after', `\nExample:\n  ${frame.commandName} explain --queue '<pppoe-bob>' --day yesterday`)
      .action((options: ExplainOptions) =>
        printFrom(open, frame, async (books) => {
          await hintAtRouters(books.archive, options.router, frame.stderr);
          return runExplain({ ...books, screen: frame.screen }, options);
        }),
      );
  };
}

/** What `explain` prints: how the total of a queue is calculated. */
export async function runExplain(deps: ExplainDeps, options: ExplainOptions): Promise<string> {
  const { archive, calendar, clock, screen } = deps;
  const now = clock.now();
  const day = resolveDay(options.day, calendar, now);
  const { queue, router } = options;
  const accounts = await explainQueue(
    { archive, calendar },
    { queue, day, ...(router === undefined ? {} : { router }) },
  );
  if (accounts.length === 0) {
    const where = router === undefined ? '' : ` on router ${readableName(router)}`;
    return `No usage of queue ${readableName(queue)}${where} on ${formatFullDay(day)}: no such queue, or it moved no bytes.\n`;
  }
  return accounts.map((account) => renderAccount(account, { now, timeZone: calendar.timeZone, screen })).join('\n');
}

interface Setting {
  readonly now: number;
  readonly timeZone: string;
  readonly screen: Screen;
}

function renderAccount(account: QueueAccount, setting: Setting): string {
  const { screen } = setting;
  const title = `Queue ${readableName(account.queue)} on router ${readableName(account.router)}, ${formatFullDay(account.day)}`;
  const width = Math.min(screen.width, WIDEST_TEXT);
  return [
    wrapText(title, width)
      .map((line) => `${screen.bold(line)}\n`)
      .join(''),
    ...describeAccount(account, setting).map((sentence) => `${wrapText(sentence, width).join('\n')}\n`),
    hourSection(account, setting),
    eventSection(account, setting),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function hourSection(account: QueueAccount, setting: Setting): string {
  const { hours, unplacedBytes } = account;
  if (hours.length === 0 && unplacedBytes === 0n) return '';
  const amounts = hours.map((hour) => hour.uploadBytes + hour.downloadBytes);
  const largest = largestOf(amounts);
  const figures = hours.map((hour) => [inGigabytes(hour.downloadBytes), inGigabytes(hour.uploadBytes)] as const);
  const columns = figures.flat().reduce((widest, figure) => Math.max(widest, figure.length), 0);
  const lines = hours.map((hour, index) => {
    const [down = '', up = ''] = figures[index] ?? [];
    const shown = bar(shareOf(amounts[index] ?? 0n, largest), BAR_COLUMNS);
    const time = localTime(Math.max(hour.hourAt, account.startAt), account, setting.timeZone);
    return `  ${time}  ${down.padStart(columns)} down  ${up.padStart(columns)} up  ${setting.screen.dim(shown)}`.trimEnd();
  });
  const rest =
    unplacedBytes > 0n
      ? [
          ...wrapText(
            `${inGigabytes(unplacedBytes)} of the day belong to no known hour: they were read after a gap of more than an hour.`,
            Math.min(setting.screen.width, WIDEST_TEXT) - 2,
          ).map((line) => `  ${line}`),
        ]
      : [];
  return ['By the hour, local time:', ...lines, ...rest, ''].join('\n');
}

function eventSection(account: QueueAccount, { timeZone, screen }: Setting): string {
  const { events } = account;
  if (events.length === 0) return 'No events.\n';
  const width = Math.min(screen.width, WIDEST_TEXT);
  const lines = events.flatMap((event) => {
    const about = event.queue === null ? 'router' : 'queue';
    const time = `  ${localTime(event.at, account, timeZone)}  `;
    const text = wrapText(`${event.code} (${about}): ${readableName(event.detail)}`, width - time.length);
    return text.map((line, index) => (index === 0 ? time : ' '.repeat(time.length)) + line);
  });
  return [`${formatCount(events.length, 'event', 'events')}:`, ...lines, ''].join('\n');
}

/** With the offset from UTC on days on which the clock is turned, when a time of day can come twice. */
function localTime(at: number, { startAt, endAt }: QueueAccount, timeZone: string): string {
  const moment = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  const time = moment.toPlainTime().toString({ smallestUnit: 'minute' });
  return endAt - startAt === DAY_MS ? time : `${time} ${moment.offset}`;
}

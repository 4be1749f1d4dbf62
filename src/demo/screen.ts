import { formatFullDay, formatTime, formatUnobserved, gigabytes, readableName } from '../runtime/format.ts';
import { fitText, textWidth } from '../runtime/text-width.ts';
import { type BookLine, type BookTotals, sumLines, totalOf } from './books.ts';
import type { Happening } from './happenings.ts';

/** Everything the demonstration shows at one moment. */
export interface DemoView {
  /** Virtual time, Unix ms. */
  readonly at: number;
  readonly timeZone: string;
  /** As the worker noted them last. */
  readonly devices: readonly { readonly name: string; readonly state: string }[];
  readonly lines: readonly BookLine[];
  /** Oldest first. */
  readonly happenings: readonly Happening[];
  /** Where the worker's pages are. */
  readonly pagesUrl: string | null;
}

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export interface ScreenLine {
  readonly text: string;
  readonly tone: 'plain' | 'strong' | 'faint';
}

interface Column {
  readonly title: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  /** Shown only on a screen of at least so many columns. */
  readonly fromColumns: number;
  readonly ofLine: (line: BookLine) => string;
  readonly ofTotals: (totals: BookTotals) => string;
}

const USER_WIDTH = { least: 10, most: 24 };
const GAP = '  ';
/** Of columns: below it names would be cut. */
const WIDE = 110;
const NO_TOTAL = () => '';

/** Bytes column; `Booked + Unread + Lost = True` in every line. */
function bytesColumn(
  title: string,
  width: number,
  ofLine: (line: BookLine) => bigint,
  ofTotals: (totals: BookTotals) => bigint,
): Column {
  return {
    title,
    width,
    align: 'right',
    fromColumns: 0,
    ofLine: (line) => inColumn(ofLine(line)),
    ofTotals: (totals) => inColumn(ofTotals(totals)),
  };
}

/** What elsewhere has a smaller unit, for which there is no room here. */
function inColumn(bytes: bigint): string {
  return bytes > 0n && bytes * 1000n < 15n * 1024n ** 3n ? '<0.02' : gigabytes(bytes);
}

const COLUMNS: readonly Column[] = [
  {
    title: 'Router',
    width: 7,
    align: 'left',
    fromColumns: 0,
    ofLine: (line) => readableName(line.router),
    ofTotals: NO_TOTAL,
  },
  {
    title: 'Download',
    width: 9,
    align: 'right',
    fromColumns: WIDE,
    ofLine: (line) => gigabytes(line.booked.downloadBytes),
    ofTotals: NO_TOTAL,
  },
  {
    title: 'Upload',
    width: 8,
    align: 'right',
    fromColumns: WIDE,
    ofLine: (line) => gigabytes(line.booked.uploadBytes),
    ofTotals: NO_TOTAL,
  },
  bytesColumn(
    'Booked',
    8,
    (line) => totalOf(line.booked),
    (totals) => totals.bookedBytes,
  ),
  bytesColumn(
    'Unread',
    6,
    (line) => totalOf(line.truth.moved) - totalOf(line.truth.lost) - totalOf(line.booked),
    (totals) => totals.trueBytes - totals.unobservableBytes - totals.bookedBytes,
  ),
  bytesColumn(
    'Lost',
    6,
    (line) => totalOf(line.truth.lost),
    (totals) => totals.unobservableBytes,
  ),
  bytesColumn(
    'True',
    8,
    (line) => totalOf(line.truth.moved),
    (totals) => totals.trueBytes,
  ),
  {
    title: 'Restarts',
    width: 8,
    align: 'right',
    fromColumns: 0,
    ofLine: (line) => (line.restarts === 0 ? '' : String(line.restarts)),
    ofTotals: (totals) => String(totals.restarts),
  },
  {
    title: 'Unobserved',
    width: 10,
    align: 'right',
    fromColumns: 0,
    ofLine: (line) => (line.unobservedMs === 0 ? '' : formatUnobserved(line.unobservedMs)),
    ofTotals: NO_TOTAL,
  },
];

/** Happenings shown below the table: a share of the screen. */
const HAPPENINGS = { least: 4, most: 14, ofRows: 3.5 };
/** What the columns are, in lines that fit 80 columns. */
export const LEGEND = [
  'Booked: in the database.  Unread: still on the router.',
  'Lost: cleared by a reset or reboot before a poll.  True: all traffic.',
  'Restarts: counters back at 0.  Unobserved: time with data missing.',
] as const;
/** Every line that is not a user or a happening. */
const FIXED_LINES = 8;
/** A screen of fewer lines has no room for the legend beside some users. */
const LEGEND_FROM_ROWS = 24;

/**
 * The whole screen: never more lines than it has, and none that fills its last column, where terminals disagree about wrapping.
 * Names come from routers and are made readable.
 */
export function renderScreen(view: DemoView, size: ScreenSize): ScreenLine[] {
  const totals = sumLines(view.lines);
  const { least, most, ofRows } = HAPPENINGS;
  const places = Math.min(Math.max(Math.floor(size.rows / ofRows), least), most);
  const shownHappenings = view.happenings.slice(-places);
  const legend = size.rows >= LEGEND_FROM_ROWS ? LEGEND : [];
  const room = Math.max(size.rows - FIXED_LINES - places - legend.length, 1);
  const ranked = [...view.lines].sort((a, b) => Number(totalOf(b.booked) - totalOf(a.booked)));
  const hidden = Math.max(ranked.length - room, 0);
  const columns = COLUMNS.filter((column) => size.columns >= column.fromColumns);
  const row = (user: string, cell: (column: Column) => string) => tableRow(columns, size.columns, user, cell);

  const lines: ScreenLine[] = [
    strong(`NetSentinel demo   ${moment(view)}   (Ctrl-C to stop; amounts in GB)`),
    plain(describeDevices(view.devices)),
    plain(view.pagesUrl === null ? '' : describePages(view.pagesUrl)),
    strong(row('User', (column) => column.title)),
    ...ranked.slice(0, room).map((line) => plain(row(readableName(line.user), (column) => column.ofLine(line)))),
    strong(row(hidden === 0 ? 'All' : `All, ${hidden} more`, (column) => column.ofTotals(totals))),
    ...legend.map(faint),
    plain(''),
    ...shownHappenings.map((happening) => faint(describeHappening(happening, view.timeZone))),
    ...Array.from({ length: places - shownHappenings.length }, () => plain('')),
    plain(''),
    strong(describeTotals(totals)),
  ];
  return lines.slice(0, size.rows).map((line) => ({ ...line, text: fitText(line.text, size.columns - 1).trimEnd() }));
}

function tableRow(
  columns: readonly Column[],
  screenColumns: number,
  user: string,
  cell: (column: Column) => string,
): string {
  const others = columns.reduce((width, column) => width + column.width + GAP.length, 0);
  const userWidth = Math.min(Math.max(screenColumns - 1 - others, USER_WIDTH.least), USER_WIDTH.most);
  const cells = columns.map((column) => pad(cell(column), column.width, column.align));
  return [pad(user, userWidth, 'left'), ...cells].join(GAP);
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const fitted = fitText(text, width);
  const space = ' '.repeat(Math.max(width - textWidth(fitted), 0));
  return align === 'left' ? fitted + space : space + fitted;
}

/** One line of the plain output: where the database stand. */
export function renderProgress(view: DemoView): string {
  const totals = sumLines(view.lines);
  const unread = totals.trueBytes - totals.unobservableBytes - totals.bookedBytes;
  return [
    `${moment(view)}  booked ${gigabytes(totals.bookedBytes)} of ${gigabytes(totals.trueBytes)} GB`,
    `unread ${gigabytes(unread)}`,
    `lost ${gigabytes(totals.unobservableBytes)}`,
    `restarts ${totals.restarts}`,
  ].join('  ');
}

/** `09:17  office: a script resets all counters`. */
export function describeHappening(happening: Happening, timeZone: string): string {
  return `${formatTime(happening.at, timeZone)}  ${readableName(happening.router)}: ${readableName(happening.text)}`;
}

/** Pages that show what happens. */
const WORTH_A_LOOK = ['/devices', '/incidents', '/d/hilltop'];

/** Where to look besides. */
export function describePages(url: string): string {
  return ['Pages (no login):', url, ...WORTH_A_LOOK.map((path) => ` ${path}`)].join(' ');
}

/** `7 up   down: hilltop   unreachable: farm, quarry`. */
function describeDevices(devices: DemoView['devices']): string {
  const byState = Map.groupBy(devices, ({ state }) => state);
  const others = [...byState].filter(([state]) => state !== 'up');
  return [
    `Devices: ${byState.get('up')?.length ?? 0} up`,
    ...others.map(([state, some]) => `${state}: ${some.map(({ name }) => readableName(name)).join(', ')}`),
  ].join('   ');
}

/** Booked and true bytes in one sentence, exact. */
export function describeTotals({ bookedBytes, trueBytes, unobservableBytes }: BookTotals): string {
  return `booked ${grouped(bookedBytes)} of ${grouped(trueBytes)} bytes (${grouped(unobservableBytes)} lost)`;
}

/** What is wrong with the booked bytes of one queue. */
export function describeMismatch({ router, queue, booked, truth }: BookLine): string {
  const amounts = (['uploadBytes', 'downloadBytes'] as const).map(
    (key) => `${key} booked ${booked[key]}, true ${truth.moved[key]} of which ${truth.lost[key]} lost`,
  );
  return `totals do not match: ${readableName(router)}, queue ${readableName(queue)}: ${amounts.join('; ')}`;
}

function moment({ at, timeZone }: DemoView): string {
  const day = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate().toString();
  return `${formatFullDay(day)} ${formatTime(at, timeZone)}`;
}

function grouped(bytes: bigint): string {
  return bytes.toLocaleString('en-US');
}

function plain(text: string): ScreenLine {
  return { text, tone: 'plain' };
}

function strong(text: string): ScreenLine {
  return { text, tone: 'strong' };
}

function faint(text: string): ScreenLine {
  return { text, tone: 'faint' };
}

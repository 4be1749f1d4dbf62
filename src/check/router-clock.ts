import type { PartFinding } from '../runtime/finding.ts';
import { ok, warning } from '../runtime/finding.ts';
import { formatDuration } from '../runtime/format.ts';
import { notLookedAt } from './finding.ts';
import type { ClockRow, RouterReport } from './ports.ts';
import type { RouterOs } from './version.ts';

const APART_MS = 120_000;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Compares the router's clock with this machine's. Usage does not depend on it; its log, its schedulers and its certificates do. */
export function judgeRouterClock(
  { clock, clockReadAt }: Pick<RouterReport, 'clock' | 'clockReadAt'>,
  version: RouterOs | null,
): PartFinding {
  const part = 'clock';
  if ('unread' in clock) return notLookedAt(part, clock.unread, '/system clock');
  const theirs = clock.rows[0] === undefined ? null : instantOf(clock.rows[0]);
  const ntp =
    version !== null && version.major < 7
      ? '`/system ntp client set enabled=yes server-dns-names=pool.ntp.org`'
      : '`/system ntp client set enabled=yes servers=pool.ntp.org`';
  if (theirs === null) return warning(part, "the router's date and time cannot be parsed", `Set its clock: ${ntp}`);
  const apartMs = Math.abs(theirs - clockReadAt);
  if (apartMs <= APART_MS) return ok(part, "the router's clock agrees with this machine's");
  return warning(
    part,
    `the router's clock is ${formatDuration(apartMs)} ${theirs > clockReadAt ? 'ahead of' : 'behind'} this machine's: usage is dated by ` +
      "this machine and correct, but the router's log and schedulers are wrong",
    `${ntp}; if the router is right, set the clock of this machine (\`timedatectl\`).`,
  );
}

/** Unix ms; `null` for what is no date, time and offset. */
export function instantOf({ date, time, offset }: ClockRow): number | null {
  const day = isoDate(date);
  const zone = /^[+-]\d\d:\d\d$/.exec(offset)?.[0];
  if (day === null || zone === undefined || !/^\d\d:\d\d:\d\d$/.test(time)) return null;
  const instant = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(instant) ? null : instant;
}

/** `2026-11-20` as it is; `nov/20/2026`, as before RouterOS 7.10, in that form. */
function isoDate(date: string): string | null {
  if (/^\d{4}-\d\d-\d\d$/.test(date)) return date;
  const [, month = '', day, year] = /^([a-z]{3})\/(\d\d)\/(\d{4})$/i.exec(date) ?? [];
  const number = MONTHS.indexOf(month.toLowerCase()) + 1;
  return number === 0 ? null : `${year}-${String(number).padStart(2, '0')}-${day}`;
}

import type { Card, Frame } from '../../platform/http/frame.ts';
import { queryOf } from '../../platform/http/links.ts';
import { formatCount, formatDuration, formatMoment, readableName } from '../../runtime/format.ts';
import type { RunState } from '../outcome.ts';
import type { DeviceStanding, ListedDevice, Standing } from '../standing.ts';
import { backupLink, runLink, versionLink } from './links.ts';
import { type Context, changeOf, namesOf, type Pager, pagerOf, sizeOf } from './parts.ts';
import { type RunRow, runRow } from './run.ts';

interface DeviceRow {
  readonly key: string;
  readonly device: string;
  readonly href: string;
  readonly level: string;
  readonly state: string;
  readonly code: string | null;
  readonly stateHref: string | null;
  readonly version: { readonly href: string; readonly text: string; readonly since: string } | null;
  readonly seen: string | null;
  readonly changedBy: string | null;
  readonly size: string | null;
  /** Name for the form that backs it up; `null`: it cannot be backed up, or not by whoever looks. */
  readonly backUp: string | null;
}

export interface OverviewView extends Frame {
  readonly period: string;
  readonly cards: readonly Card[];
  readonly problem: string | null;
  readonly going: { readonly href: string; readonly text: string } | null;
  readonly mayRun: boolean;
  readonly mayRunAll: boolean;
  readonly q: string;
  readonly choices: readonly { readonly value: string; readonly text: string; readonly isChosen: boolean }[];
  readonly rows: readonly DeviceRow[];
  readonly emptyReason: string | null;
  readonly pager: Pager | null;
  readonly runs: readonly RunRow[];
}

/** What people may have typed. */
export interface OverviewQuery {
  readonly q: string;
  /** `trouble`: only what somebody should look at. */
  readonly state: 'all' | 'trouble';
  /** From 1. */
  readonly page: number;
}

export interface OverviewData {
  readonly devices: readonly ListedDevice[];
  readonly standings: readonly DeviceStanding[];
  readonly runs: readonly RunState[];
  readonly running: RunState | null;
  /** Devices of the run that goes on, where this worker makes it. */
  readonly expected: number | null;
}

const ROWS = 200;
const LEVELS: Readonly<Record<Standing, string>> = {
  ...{ quarantined: 'bad', never: 'bad', stale: 'bad', failed: 'late', good: '', off: 'off' },
};

/** `GET /backups`: every device with its newest version, and what went wrong. */
export function viewOverview(
  data: OverviewData,
  query: OverviewQuery,
  { mayRun, problem, now, timeZone }: Context & { readonly mayRun: boolean; readonly problem: string | null },
): OverviewView {
  const { devices, standings, runs, running, expected } = data;
  const wanted = standings.filter((each) => isWanted(each, query));
  const pages = Math.max(1, Math.ceil(wanted.length / ROWS));
  const page = Math.min(query.page, pages);
  const { q, state } = query;
  const rows = wanted.slice((page - 1) * ROWS, page * ROWS).map((each) => rowOf(each, { mayRun, now, timeZone }));
  const withoutLogin = devices.filter(({ hasLogin }) => !hasLogin).length;
  const left = withoutLogin === 0 ? '' : `, ${withoutLogin.toLocaleString('en-US')} without a login by SSH`;
  return {
    title: 'Backups',
    nav: 'backups',
    period: `${formatCount(standings.length, 'device', 'devices')}${left}`,
    cards: cardsOf(standings),
    problem,
    going: running === null ? null : { href: runLink(running.run), text: goingText(running, expected) },
    mayRun,
    mayRunAll: mayRun && standings.some(({ isReached }) => isReached),
    q,
    choices: [
      { value: 'all', text: 'All devices', isChosen: state === 'all' },
      { value: 'trouble', text: 'With trouble', isChosen: state === 'trouble' },
    ],
    rows,
    emptyReason: rows.length > 0 ? null : standings.length > 0 ? 'No device matches.' : NOTHING,
    pager: pagerOf(page - 1, pages, (to) => `/backups${queryOf({ q, state: state === 'all' ? '' : state, page: to })}`),
    runs: runs.map((run) => runRow(run, { now, timeZone })),
  };
}

const NOTHING = 'No device is backed up. A device needs a login by SSH (ssh, or an SSH credential in the inventory).';

function isWanted({ device, standing }: DeviceStanding, { q, state }: OverviewQuery): boolean {
  if (state === 'trouble' && (standing === 'good' || standing === 'off')) return false;
  return device.toLowerCase().includes(q.toLowerCase());
}

function cardsOf(standings: readonly DeviceStanding[]): Card[] {
  const count = (...some: Standing[]) => standings.filter(({ standing }) => some.includes(standing)).length;
  const card = (label: string, value: number, detail: string, isBad: boolean): Card => ({
    ...{ label, value: value.toLocaleString('en-US'), detail, isAlert: isBad && value > 0 },
  });
  return [
    card('Backed up', count('good', 'failed'), 'newest version is recent', false),
    card('No backup yet', count('never'), 'never a good one', true),
    card('Stale', count('stale'), 'last good one too old', true),
    card('Quarantine', count('quarantined'), 'looks wrong', true),
    card('Last try failed', count('failed'), 'an older one is there', true),
  ];
}

function rowOf(each: DeviceStanding, { mayRun, now, timeZone }: Context & { readonly mayRun: boolean }): DeviceRow {
  const { device, standing, isReached, newest, quarantine, code } = each;
  const name = readableName(device);
  return {
    ...{ key: `device-${device}`, device: name, href: backupLink(device), level: LEVELS[standing] },
    state: stateText(each),
    code: standing === 'quarantined' ? (quarantine?.code ?? null) : code,
    stateHref: quarantine === null ? null : versionLink(device, 'quarantine'),
    version:
      newest === null
        ? null
        : {
            href: versionLink(device, newest.version),
            text: `${newest.version}`,
            since: `since ${formatMoment(newest.firstSeenAt, timeZone)}${newest.version === 1 ? '' : `, ${changeOf(newest)}`}`,
          },
    seen: newest === null ? null : `${formatDuration(Math.max(0, now - newest.lastSeenAt))} ago`,
    changedBy: newest === null ? null : namesOf(newest.changedBy),
    size: newest === null ? null : sizeOf(newest.bytes),
    backUp: mayRun && isReached ? device : null,
  };
}

function stateText({ standing, isPaused }: DeviceStanding): string {
  if (standing === 'off') return isPaused ? 'paused' : 'no longer backed up';
  return {
    ...{ quarantined: 'in quarantine', never: 'no backup yet', stale: 'stale', failed: 'last try failed' },
    good: 'backed up',
  }[standing];
}

function goingText({ counts }: RunState, expected: number | null): string {
  const done = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const all = expected === null ? '' : ` of ${expected.toLocaleString('en-US')}`;
  return `A backup run goes on: ${done.toLocaleString('en-US')}${all} ${expected === 1 ? 'device' : 'devices'} done`;
}

import type { Frame } from '../../platform/http/frame.ts';
import { formatCount, formatDuration, formatMoment, readableName } from '../../runtime/format.ts';
import { OUTCOMES, type Outcome, type RunDetails, type RunState } from '../outcome.ts';
import { backupLink, runLink, versionLink } from './links.ts';
import { type Context, sizeOf } from './parts.ts';

export interface RunRow {
  readonly key: string;
  readonly href: string;
  readonly startedAt: string;
  readonly level: string;
  readonly state: string;
  readonly counts: string;
  readonly duration: string;
}

interface OutcomeRow {
  readonly key: string;
  readonly device: string;
  readonly href: string;
  readonly outcome: string;
  readonly level: string;
  readonly version: { readonly href: string; readonly text: string } | null;
  readonly size: string;
  readonly duration: string;
  readonly trouble: string | null;
  readonly advice: string | null;
  readonly code: string | null;
  /** Of the binary backup, where one is asked for. */
  readonly binary: { readonly text: string; readonly advice: string | null; readonly code: string | null } | null;
}

export interface RunView extends Frame {
  readonly run: string;
  readonly row: RunRow;
  readonly isRunning: boolean;
  readonly note: string | null;
  readonly rows: readonly OutcomeRow[];
}

const WORDS: Readonly<Record<Outcome['outcome'], string>> = {
  ...{ changed: 'changed', unchanged: 'unchanged', first: 'first version', quarantined: 'in quarantine' },
  ...{ failed: 'failed', skipped: 'skipped' },
};
const BINARY_WORDS = { stored: 'stored', kept: 'there already', failed: 'failed' } as const;
const LEVELS: Readonly<Record<Outcome['outcome'], string>> = {
  ...{ changed: 'sent', unchanged: 'sent', first: 'sent', quarantined: 'failed', failed: 'failed', skipped: 'pending' },
};
const ORDER: readonly Outcome['outcome'][] = ['failed', 'quarantined', 'skipped', 'changed', 'first', 'unchanged'];

/** One line of the list of runs. */
export function runRow(
  { run, startedAt, finishedAt, isRunning, counts }: RunState,
  { now, timeZone }: Context,
): RunRow {
  const bad = (counts.get('failed') ?? 0) + (counts.get('quarantined') ?? 0);
  const state = isRunning ? 'goes on' : finishedAt === null ? 'cut off' : bad > 0 ? 'with trouble' : 'finished';
  const named = OUTCOMES.flatMap((outcome) => {
    const count = counts.get(outcome) ?? 0;
    const plural = outcome === 'first' && count > 1 ? 's' : '';
    return count === 0 ? [] : [`${count.toLocaleString('en-US')} ${WORDS[outcome]}${plural}`];
  });
  const endAt = finishedAt ?? (isRunning ? now : null);
  return {
    ...{ key: `run-${run}`, href: runLink(run), startedAt: formatMoment(startedAt, timeZone), state },
    level: isRunning ? 'pending' : finishedAt === null || bad > 0 ? 'failed' : 'sent',
    counts: named.length === 0 ? 'no device so far' : named.join(', '),
    duration: endAt === null ? '' : formatDuration(Math.max(0, endAt - startedAt)),
  };
}

/** `GET /backups/runs/:run`: what a run came to, trouble first. `expected`: devices, where it is known. */
export function viewRun(details: RunDetails, expected: number | null, context: Context): RunView {
  const { run, devices, isRunning } = details;
  const counts = new Map(
    OUTCOMES.map((outcome) => [outcome, devices.filter((each) => each.outcome === outcome).length]),
  );
  const rows = devices.toSorted((one, other) => ORDER.indexOf(one.outcome) - ORDER.indexOf(other.outcome));
  return {
    title: 'Backup run',
    nav: 'backups',
    run,
    row: runRow({ ...details, counts }, context),
    isRunning,
    note: noteOf(details, devices.length, expected),
    rows: rows.map(outcomeRow),
  };
}

function noteOf({ isRunning, finishedAt }: RunDetails, done: number, expected: number | null): string | null {
  if (isRunning) {
    const all = expected === null ? '' : ` of ${expected.toLocaleString('en-US')}`;
    return `This run goes on: ${done.toLocaleString('en-US')}${all} done. This page follows it.`;
  }
  if (finishedAt !== null) return null;
  return `This run was cut off after ${formatCount(done, 'device', 'devices')}. One of a schedule goes on by itself.`;
}

function binaryNote({ outcome, bytes, trouble, advice, code }: NonNullable<Outcome['binary']>): OutcomeRow['binary'] {
  const size = bytes === null ? '' : `, ${sizeOf(bytes)}`;
  const words = trouble === null ? '' : `: ${readableName(trouble)}`;
  return {
    text: `Binary backup ${BINARY_WORDS[outcome]}${size}${words}`,
    ...{ advice: advice === null ? null : readableName(advice), code },
  };
}

function outcomeRow(each: Outcome): OutcomeRow {
  const { device, outcome, version, bytes, durationMs, trouble, advice, code, binary } = each;
  return {
    binary: binary === null ? null : binaryNote(binary),
    ...{ key: `device-${device}`, device: readableName(device), href: backupLink(device) },
    ...{ outcome: WORDS[outcome], level: LEVELS[outcome] },
    version: version === null ? null : { href: versionLink(device, version), text: `${version}` },
    ...{ size: bytes === null ? '' : sizeOf(bytes), duration: formatDuration(durationMs) },
    ...{ trouble: trouble === null ? null : readableName(trouble), code },
    advice: advice === null ? null : readableName(advice),
  };
}

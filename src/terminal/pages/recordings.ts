import type { Frame } from '../../platform/http/frame.ts';
import { queryOf, routerLink } from '../../platform/http/links.ts';
import { formatBytes, formatDuration, formatFullMoment, readableName } from '../../runtime/format.ts';
import type { Recording } from '../ports.ts';
import { terminalLink } from './terminal.ts';

interface Row {
  readonly key: string;
  readonly href: string;
  readonly started: string;
  readonly device: string;
  readonly deviceHref: string | null;
  readonly who: string;
  readonly length: string;
  readonly output: string;
  readonly end: string;
  /** Shown small, after the words. */
  readonly code: string | null;
}

export interface RecordingsView extends Frame {
  readonly note: string;
  readonly rows: readonly Row[];
  readonly older: string | null;
}

export interface RecordingView extends Frame {
  readonly heading: string;
  readonly facts: string;
  readonly address: string;
  /** Under which it is saved. */
  readonly file: string;
  readonly styles: string;
  readonly scripts: readonly string[];
}

const SECOND_MS = 1000;
const LEAST_SHOWN_MS = 60 * SECOND_MS;

/** `GET /terminal/recordings` */
export function viewRecordings(
  recordings: readonly Recording[],
  page: { readonly hasMore: boolean; readonly isRecorded: boolean; readonly days: number; readonly timeZone: string },
): RecordingsView {
  const { hasMore, isRecorded, days, timeZone } = page;
  const last = recordings.at(-1);
  return {
    ...{ title: 'Terminal recordings', nav: 'devices' },
    note: isRecorded
      ? `What terminals showed, not what was typed. Kept encrypted for ${days} days (terminal.days).`
      : `Terminals are not recorded now (terminal.record). Earlier recordings are kept encrypted for ${days} days (terminal.days).`,
    rows: recordings.map((each) => rowOf(each, timeZone)),
    older:
      hasMore && last !== undefined ? `/terminal/recordings${queryOf({ before: last.startedAt, id: last.id })}` : null,
  };
}

/** `GET /terminal/recordings/<id>` */
export function viewRecording(
  recording: Recording,
  page: Pick<RecordingView, 'styles' | 'scripts'> & { readonly timeZone: string },
): RecordingView {
  const { id, size } = recording;
  const { device, who, started, length, output, end } = rowOf(recording, page.timeZone);
  return {
    ...{ title: `Recording of ${device}`, nav: 'devices', heading: `Recording of ${device}` },
    facts: [`${who}, ${started}`, length, output, `${size.columns} × ${size.rows}`, end].join(' · '),
    address: `/api/v1/terminal/recordings/${id}`,
    file: `terminal-${id}.cast`,
    ...{ styles: page.styles, scripts: page.scripts },
  };
}

function rowOf({ id, device, who, startedAt, durationMs, outputBytes, outcome }: Recording, timeZone: string): Row {
  return {
    ...{ key: id, href: `/terminal/recordings/${id}` },
    started: formatFullMoment(startedAt, timeZone),
    device: readableName(device),
    deviceHref: terminalLink(device) === null ? null : routerLink(device),
    who: readableName(who),
    length: lengthOf(durationMs),
    output: formatBytes(BigInt(outputBytes)),
    end: endOf(outcome),
    code: outcome === null || outcome === 'ok' ? null : outcome,
  };
}

function lengthOf(durationMs: number): string {
  return durationMs < LEAST_SHOWN_MS ? `${Math.round(durationMs / SECOND_MS)} s` : formatDuration(durationMs);
}

const ENDS: Readonly<Record<string, string>> = {
  ok: 'closed',
  IDLE: 'closed: nothing was typed for 10 minutes',
  TOO_LONG: 'closed after 8 hours',
  SESSION_ENDED: 'closed: the session ended',
  WORKER_STOPPED: 'closed: NetSentinel stopped or restarted',
  TERMINAL_RECORDING_FULL: 'closed: the recording was full',
};

function endOf(outcome: string | null): string {
  if (outcome === null) return 'still open, or NetSentinel was killed';
  return ENDS[outcome] ?? 'closed by an error';
}

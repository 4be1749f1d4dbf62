import { type Found, type ProblemsAt, problemsAt } from '../../platform/http/forms.ts';
import type { Frame } from '../../platform/http/frame.ts';
import { readableName } from '../../runtime/format.ts';
import { describeDevices, describeNext, describeTiming, type ScheduleEntry } from '../schedule-desk.ts';

/** What is typed into the form. */
export const SCHEDULE_FIELDS = ['every', 'on', 'at', 'device', 'tags'] as const;
export type TypedSchedule = Readonly<Record<(typeof SCHEDULE_FIELDS)[number], string>>;

export const NOTHING_TYPED: TypedSchedule = { every: 'day', on: '', at: '', device: '', tags: '' };

const CHOICES: readonly (readonly [string, string])[] = [
  ...([
    ['day', 'every day'],
    ['week', 'every week'],
    ['month', 'every month'],
    ['year', 'every year'],
  ] as const),
  ...[1, 2, 3, 4, 6, 8, 12].map((hours) => {
    const text = hours === 1 ? '1 hour' : `${hours} hours`;
    return [text, hours === 1 ? 'every hour' : `every ${text}`] as const;
  }),
];

interface ScheduleRow {
  readonly key: string;
  readonly when: string;
  readonly whom: string;
  readonly devices: number;
  readonly next: readonly string[];
  readonly isPaused: boolean;
  /** `null`: it is in the configuration. */
  readonly id: number | null;
  /** For who does not see the row: which one it is. */
  readonly name: string;
}

export interface SchedulesView extends Frame {
  readonly rows: readonly ScheduleRow[];
  readonly timeZone: string;
  readonly mayEdit: boolean;
  /** Why nothing is backed up at all; `null`: it is. */
  readonly trouble: { readonly text: string; readonly advice: string } | null;
  readonly typed: Omit<TypedSchedule, 'every'>;
  readonly choices: readonly { readonly value: string; readonly text: string; readonly isChosen: boolean }[];
  readonly problems: ProblemsAt<(typeof SCHEDULE_FIELDS)[number]>;
}

/** `GET /backups/schedules`: when backups are made, and a form for more. */
export function viewSchedules(
  entries: readonly ScheduleEntry[],
  state: {
    readonly mayEdit: boolean;
    readonly trouble: SchedulesView['trouble'];
    readonly typed: TypedSchedule;
    readonly found: Found;
  },
  timeZone: string,
): SchedulesView {
  const { every, ...typed } = state.typed;
  const { mayEdit, trouble } = state;
  return {
    title: 'Backup schedules',
    nav: 'backups',
    rows: entries.map((entry, index) => rowOf(entry, index, timeZone)),
    ...{ timeZone, mayEdit, trouble, typed },
    choices: CHOICES.map(([value, text]) => ({ value, text, isChosen: value === every })),
    problems: problemsAt(SCHEDULE_FIELDS, state.found),
  };
}

function rowOf(entry: ScheduleEntry, index: number, timeZone: string): ScheduleRow {
  const { id, devices, paused } = entry;
  const when = describeTiming(entry);
  const whom = readableName(describeDevices(entry));
  return {
    ...{ id, when, whom, devices, isPaused: paused, name: `${when}, ${whom}` },
    key: id === null ? `config-${index}` : `schedule-${id}`,
    next: describeNext(entry, timeZone),
  };
}

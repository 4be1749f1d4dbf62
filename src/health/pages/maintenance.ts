import { type Found, type ProblemsAt, problemsAt } from '../../platform/http/forms.ts';
import type { Frame } from '../../platform/http/frame.ts';
import { formatCount, formatMoment, readableName } from '../../runtime/format.ts';
import { isOpen, type MaintenanceWindow } from '../maintenance.ts';

export const WINDOW_FIELDS = ['device', 'tag', 'from', 'to', 'every'] as const;
/** The form as it was typed. */
export type TypedWindow = Readonly<Record<(typeof WINDOW_FIELDS)[number], string>>;

export const NOTHING_TYPED: TypedWindow = { device: '', tag: '', from: '', to: '', every: '' };

export interface MaintenanceView extends Frame {
  readonly count: string;
  readonly rows: readonly {
    readonly key: string;
    readonly subject: string;
    readonly from: string;
    readonly to: string;
    readonly every: string;
    readonly state: string;
    readonly isOpen: boolean;
    readonly remove: string;
  }[];
  /** `null`: this person may only look. */
  readonly form: {
    readonly typed: TypedWindow;
    readonly problems: ProblemsAt<(typeof WINDOW_FIELDS)[number]>;
    readonly timeZone: string;
    readonly every: readonly { readonly value: string; readonly text: string; readonly isChosen: boolean }[];
  } | null;
}

/** `GET /maintenance`. */
export function viewMaintenance(
  windows: readonly MaintenanceWindow[],
  { mayEdit, typed, found }: { readonly mayEdit: boolean; readonly typed: TypedWindow; readonly found: Found },
  { now, timeZone }: { readonly now: number; readonly timeZone: string },
): MaintenanceView {
  const rows = windows.map((window) => {
    const { id, device, tag, startsAt, endsAt, isWeekly } = window;
    const open = isOpen(window, now, timeZone);
    const isOver = !isWeekly && now >= endsAt;
    return {
      key: `window-${id}`,
      subject: device === null ? `all with the tag ${readableName(tag ?? '')}` : readableName(device),
      from: formatMoment(startsAt, timeZone),
      to: formatMoment(endsAt, timeZone),
      every: isWeekly ? 'every week' : 'once',
      state: open ? 'open now' : isOver ? 'over' : 'planned',
      isOpen: open,
      remove: `/maintenance/${id}/remove`,
    };
  });
  const open = rows.filter((row) => row.isOpen).length;
  return {
    title: 'Maintenance',
    nav: 'incidents',
    count: rows.length === 0 ? 'no window' : `${formatCount(rows.length, 'window', 'windows')}, ${open} open now`,
    rows,
    form: mayEdit
      ? {
          typed,
          problems: problemsAt(WINDOW_FIELDS, found),
          timeZone,
          every: [
            { value: '', text: 'once', isChosen: typed.every !== 'week' },
            { value: 'week', text: 'every week at the same local time', isChosen: typed.every === 'week' },
          ],
        }
      : null,
  };
}

import type { Frame } from '../../platform/http/frame.ts';
import { routerLink } from '../../platform/http/links.ts';
import type { PanelView } from '../../platform/http/panels.ts';
import { formatCount, formatDuration, formatMoment, readableName } from '../../runtime/format.ts';
import type { IncidentState } from '../ports.ts';

interface IncidentRow {
  readonly key: string;
  readonly href: string;
  readonly device: string;
  /** Its page; `null`: it is about no device. */
  readonly deviceHref: string | null;
  readonly kind: string;
  readonly summary: string;
  readonly isOpen: boolean;
  readonly openedAt: string;
  readonly lasted: string;
  readonly acknowledged: string | null;
  readonly note: string;
}

export interface IncidentsView extends Frame {
  readonly period: string;
  readonly rows: readonly IncidentRow[];
  readonly emptyReason: string | null;
  /** The same page with or without what is over. */
  readonly other: { readonly href: string; readonly text: string };
}

export interface IncidentView extends Frame {
  readonly row: IncidentRow;
  readonly closedAt: string | null;
  /** Whether this person may acknowledge it. */
  readonly mayAcknowledge: boolean;
  readonly problem: string | null;
  readonly ack: { readonly href: string; readonly note: string };
}

interface Context {
  readonly now: number;
  readonly timeZone: string;
}

/** What kinds are called where people read them; one that is not here is shown as it is. */
const KINDS: Readonly<Record<string, string>> = {
  backup: 'not backed up',
  blind: 'not read',
  device: 'down',
  ill: 'not readable',
  line: 'own line down',
};

/** Their subjects are no devices. */
const OF_NO_DEVICE: readonly string[] = ['line'];

function wordOf(kind: string): string {
  return KINDS[kind] ?? (kind.startsWith('warning.') ? 'warning' : readableName(kind));
}

/** `GET /incidents`: what is wrong now. */
export function viewIncidents(incidents: readonly IncidentState[], all: boolean, context: Context): IncidentsView {
  const open = incidents.filter(({ closedAt }) => closedAt === null);
  const waiting = open.filter(({ acknowledged }) => acknowledged === null);
  const counts =
    open.length === 0
      ? 'no current problem'
      : `${formatCount(open.length, 'current problem', 'current problems')}, ${waiting.length} not acknowledged`;
  return {
    title: 'Incidents',
    nav: 'incidents',
    live: 'usage,health',
    period: counts,
    rows: incidents.map((incident) => rowOf(incident, context)),
    emptyReason: incidents.length > 0 ? null : all ? 'There was no incident.' : 'There is no problem now.',
    other: all
      ? { href: '/incidents', text: 'Only current ones' }
      : { href: '/incidents?all=true', text: 'Also past ones' },
  };
}

/** Those of one device, on its page. */
export function viewDeviceIncidents(incidents: readonly IncidentState[], context: Context): PanelView {
  return { content: { rows: incidents.map((incident) => rowOf(incident, context)) } };
}

/** `GET /incidents/:id`: one of them, with the form that acknowledges it. */
export function viewIncident(
  incident: IncidentState,
  form: { readonly mayAcknowledge: boolean; readonly problem: string | null; readonly note: string },
  context: Context,
): IncidentView {
  const row = rowOf(incident, context);
  return {
    title: `Incident ${incident.id}`,
    nav: 'incidents',
    row,
    closedAt: incident.closedAt === null ? null : formatMoment(incident.closedAt, context.timeZone),
    mayAcknowledge: form.mayAcknowledge,
    problem: form.problem,
    ack: { href: `${row.href}/ack`, note: form.note },
  };
}

function rowOf(incident: IncidentState, { now, timeZone }: Context): IncidentRow {
  const { id, kind, subject, summary, openedAt, closedAt, acknowledged } = incident;
  return {
    ...{ key: `incident-${id}`, href: `/incidents/${id}`, device: readableName(subject) },
    deviceHref: OF_NO_DEVICE.includes(kind) ? null : routerLink(subject),
    ...{ kind: wordOf(kind), summary: readableName(summary), isOpen: closedAt === null },
    openedAt: formatMoment(openedAt, timeZone),
    lasted: formatDuration(Math.max(0, (closedAt ?? now) - openedAt)),
    acknowledged:
      acknowledged === null ? null : `${readableName(acknowledged.by)}, ${formatMoment(acknowledged.at, timeZone)}`,
    note: readableName(acknowledged?.note.replace(/\s+/g, ' ') ?? ''),
  };
}

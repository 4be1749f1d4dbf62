import type { Frame } from '../../platform/http/frame.ts';
import { queryOf } from '../../platform/http/links.ts';
import { formatFullMoment, readableName } from '../../runtime/format.ts';
import type { AuditPage } from '../audit-query.ts';

interface AuditRow {
  readonly at: string;
  readonly who: string;
  readonly kind: string;
  readonly from: string;
  readonly action: string;
  readonly subject: string;
  readonly outcome: string;
  readonly isBad: boolean;
}

export interface AuditView extends Frame {
  readonly rows: readonly AuditRow[];
  readonly query: { readonly who: string; readonly action: string; readonly from: string; readonly to: string };
  readonly older: string | null;
}

/** `GET /audit`: who did what. */
export function viewAudit(
  { entries, next }: AuditPage,
  asked: {
    readonly who?: string | undefined;
    readonly action?: string | undefined;
    readonly from?: string | undefined;
    readonly to?: string | undefined;
  },
  timeZone: string,
): AuditView {
  const { who = '', action = '', from = '', to = '' } = asked;
  return {
    title: 'Audit',
    nav: 'account',
    rows: entries.map((entry) => ({
      at: formatFullMoment(Date.parse(entry.at), timeZone),
      who: readableName(entry.who) || '(nobody)',
      kind: entry.kind,
      from: readableName(entry.from),
      action: entry.action,
      subject: readableName(entry.subject),
      outcome: entry.outcome,
      isBad: entry.outcome !== 'ok',
    })),
    query: { who, action, from, to },
    older: next === null ? null : `/audit${queryOf({ who, action, from, to, before: next })}`,
  };
}

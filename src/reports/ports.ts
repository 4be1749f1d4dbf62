import type { OutgoingNotice } from '../notices/notice.ts';
import type { ChangeLevel, QuotaMeter, StripRun } from '../runtime/row-parts.ts';
import type { Coverage } from '../usage/accounting/coverage.ts';
import type { Histories } from '../usage/accounting/history.ts';
import type { ReportModel, ReportRow } from '../usage/accounting/ranking.ts';

/** What usage tells of the days of a report. */
export interface ReportUsage {
  /** When it was read, where the days are not over; else `null`. Unix ms. */
  readonly soFarAt: number | null;
  /** Any queue is on record on these days. */
  readonly hasQueues: boolean;
  model(): ReportModel;
  /** What went before, for some of the model's rows. */
  histories(rows: readonly ReportRow[]): Promise<Histories>;
}

/** Usage of some days as it is known at `now`, Unix ms. Rejects with a `TroubleError` when the database is away. */
export type ReportUsageOf = (now: number, coverage: Coverage) => Promise<ReportUsage>;

/** Which report, of which days. */
export interface ReportKey {
  /** Short ASCII text. */
  readonly report: string;
  readonly periodStart: string;
}

/** What became of the mail with a report. */
export type ReportFate = 'sent-before' | 'waiting' | 'given-up';

/** Which reports have been written. */
export interface ReportBook {
  /** When the database was first set up, Unix ms: reports due before that are not written. */
  installedAt(): Promise<number>;
  isWritten(key: ReportKey): Promise<boolean>;
  /** Of all reports of exactly these days the best; `null` when none has been written. */
  fateOf(days: { readonly periodStart: string; readonly periodEnd: string }): Promise<ReportFate | null>;
  /** Writes the report's notice into the outbox, once; `false` when it is there already. With `again` it is written all the same. */
  write(key: ReportKey, notice: OutgoingNotice, again: boolean): Promise<boolean>;
}

export interface ReportTemplate {
  reportHtml(page: ReportPage): string;
}

/** A report as its HTML shows it: all texts are ready, none is escaped. */
export interface ReportPage {
  readonly title: string;
  readonly period: string;
  /** One line for the list of mails. */
  readonly preview: string;
  readonly cards: readonly { readonly label: string; readonly value: string; readonly isAlert: boolean }[];
  readonly summary: string;
  readonly notes: readonly string[];
  /** Why there is nothing to show; `null` when there is. */
  readonly emptyReason: string | null;
  readonly hasQuota: boolean;
  readonly changeTitle: string;
  readonly stripTitle: string;
  readonly rows: readonly PageRow[];
  /** How many users follow that are only in the CSV file. */
  readonly more: string | null;
  readonly footnote: string | null;
  readonly parents: readonly PageParent[];
  /** Address of the page of the same days, if known. */
  readonly pageUrl: string | null;
  readonly footer: string;
}

export interface PageRow {
  readonly rank: number;
  readonly user: string;
  /** Comment and, with several routers, the router. */
  readonly detail: string | null;
  /** Unobserved time. */
  readonly warning: string | null;
  readonly download: string;
  readonly upload: string;
  readonly total: string;
  /** `null`: no limit. */
  readonly quota: QuotaMeter | null;
  readonly isUnlimited: boolean;
  readonly badge: string | null;
  readonly change: string;
  readonly changeLevel: ChangeLevel;
  readonly strip: readonly StripRun[];
}

export interface PageParent {
  readonly name: string;
  readonly detail: string | null;
  readonly download: string;
  readonly upload: string;
  readonly total: string;
}

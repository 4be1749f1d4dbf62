import type { Base, Capability } from '../capability.ts';
import type { NoticeWriter } from '../notices/ports.ts';
import type { DatabaseTransaction } from '../platform/store/database.ts';
import type { QuotaPolicy, Weekday } from '../usage/accounting/quota.ts';
import { type AlertEvaluator, type AlertEvaluatorDeps, createAlertEvaluator } from './evaluate.ts';
import type { AlertArchive, UsageTotals, UserHistory } from './ports.ts';
import { forgetBreaches } from './store/breach-purger.ts';
import { createBreachStore } from './store/breach-store.ts';
import { createQuotaHistoryStore } from './store/quota-history-store.ts';

export interface QuotasSettings {
  readonly quotas: readonly QuotaPolicy[];
  readonly weekStartsOn: Weekday;
}

export interface QuotasNeeds extends Pick<AlertEvaluatorDeps, 'recipients' | 'makeNotice' | 'pages' | 'postman'> {
  readonly sums: UsageTotals & UserHistory;
  readonly notices: NoticeWriter<DatabaseTransaction>;
}

/** Who crossed which threshold. */
export interface Quotas extends Capability {
  readonly alerts: AlertArchive;
  evaluate: AlertEvaluator['evaluate'];
}

export function createQuotas(base: Base, settings: QuotasSettings, { sums, notices, ...needs }: QuotasNeeds): Quotas {
  const { database } = base;
  const breaches = createBreachStore({ database, notices });
  const evaluator = createAlertEvaluator({
    ...base,
    ...settings,
    ...needs,
    totals: sums,
    history: sums,
    breaches,
    quotaHistory: createQuotaHistoryStore({ database }),
  });
  return {
    alerts: breaches,
    evaluate: evaluator.evaluate,
    parts: [{ name: 'alerts', ...evaluator }],
    listeners: [{ booked: (router) => evaluator.wake(router) }],
    forget: forgetBreaches({ database }),
  };
}

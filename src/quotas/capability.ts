import type { Base, Capability } from '../capability.ts';
import type { NoticeWriter } from '../notices/ports.ts';
import type { DatabaseTransaction } from '../platform/store/database.ts';
import type { QuotaPolicy, Weekday } from '../usage/accounting/quota.ts';
import { type AlertEvaluator, type AlertEvaluatorDeps, createAlertEvaluator } from './evaluate.ts';
import type { AlertArchive, UsageTotals, UserHistory } from './ports.ts';
import type { createAlertRows } from './routes.ts';
import { createAlertArchive } from './store/alert-archive.ts';
import { forgetBreaches } from './store/breach-purger.ts';
import { createBreachStore } from './store/breach-store.ts';
import { createQuotaHistoryStore } from './store/quota-history-store.ts';

export interface QuotasSettings {
  readonly quotas: readonly QuotaPolicy[];
  readonly weekStartsOn: Weekday;
  readonly retention: { readonly days: number };
}

export interface QuotasNeeds extends Pick<AlertEvaluatorDeps, 'recipients' | 'makeNotice' | 'pages' | 'postman'> {
  readonly sums: UsageTotals & UserHistory;
  readonly notices: NoticeWriter<DatabaseTransaction>;
  /** Names of the routers that are polled. */
  readonly routers: () => readonly string[];
}

/** Who crossed which threshold. */
export interface Quotas extends Capability {
  readonly alerts: AlertArchive;
  evaluate: AlertEvaluator['evaluate'];
  /** For the pages of others. */
  alertRows(): Promise<ReturnType<typeof createAlertRows>>;
}

export function createQuotas(
  base: Base,
  settings: QuotasSettings,
  { sums, notices, routers, ...needs }: QuotasNeeds,
): Quotas {
  const { database, calendar, clock } = base;
  const { timeZone } = calendar;
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
    async alertRows() {
      const { createAlertRows } = await import('./routes.ts');
      return createAlertRows({ alerts: createAlertArchive({ database }), timeZone });
    },
    async site() {
      const { ALERTS_LINK, createQuotaRoutes } = await import('./routes.ts');
      const alerts = createAlertArchive({ database });
      const retentionDays = settings.retention.days;
      return {
        navigation: [ALERTS_LINK],
        routes: ({ frame }) => createQuotaRoutes({ frame, alerts, calendar, clock, retentionDays, timeZone, routers }),
      };
    },
    forget: forgetBreaches({ database }),
  };
}

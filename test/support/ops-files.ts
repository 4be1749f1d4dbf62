import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { createHealingMetrics } from '../../src/healing/metrics.ts';
import { createStateMetrics } from '../../src/health/metrics.ts';
import { createIncidentMetrics } from '../../src/incidents/metrics.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { recordOf } from './health-site.ts';
import { createManualClock } from './manual-clock.ts';
import { createMetrics } from './metrics.ts';

export const ALERTS = fileURLToPath(new URL('../../ops/prometheus/alerts.yml', import.meta.url));
const DASHBOARD = new URL('../../ops/grafana/netsentinel.json', import.meta.url);

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly text: string;
}

/** The rules as their texts; promtool is who really parses them. */
export function readAlertRules(): AlertRule[] {
  const blocks = readFileSync(ALERTS, 'utf8')
    .split(/^ {6}- (?=alert: )/m)
    .slice(1);
  return blocks.map((text) => {
    const [, folded, plain] = /^ {8}expr: (?:>-\n((?: {10}.*\n)+)|(.*)\n)/m.exec(text) ?? [];
    return {
      alert: /^alert: (\w+)$/m.exec(text)?.[1] ?? '',
      expr: (folded ?? plain ?? '').replace(/\s+/g, ' ').trim(),
      text,
    };
  });
}

const datasource = z.object({
  type: z.enum(['mysql', 'prometheus']),
  uid: z.enum([`\${database}`, `\${prometheus}`]),
});
const editorMode = z.literal('code');
const target = z.union([
  z.looseObject({ refId: z.string(), editorMode, datasource, expr: z.string().min(1) }),
  z.looseObject({
    refId: z.string(),
    editorMode,
    datasource,
    format: z.enum(['table', 'time_series']),
    rawSql: z.string().min(1),
  }),
]);
const gridPos = z.strictObject({
  x: z.int().min(0).max(23),
  y: z.int().min(0),
  w: z.int().min(1).max(24),
  h: z.int().min(1),
});
const row = z.looseObject({ id: z.int(), type: z.literal('row'), title: z.string().min(1), gridPos });
const panel = z.looseObject({
  id: z.int(),
  type: z.enum(['stat', 'table', 'timeseries']),
  title: z.string().min(1),
  datasource,
  gridPos,
  targets: z.array(target).min(1),
  fieldConfig: z.object({ defaults: z.looseObject({}), overrides: z.array(z.looseObject({})) }),
});
const variable = z.looseObject({ name: z.string(), type: z.enum(['datasource', 'query']), query: z.string() });

/** What of Grafana's dashboard model (schema version 39) matters here. */
const dashboard = z.looseObject({
  title: z.string(),
  uid: z.string().regex(/^[\w-]{1,40}$/),
  schemaVersion: z.literal(39),
  templating: z.object({ list: z.array(variable) }),
  panels: z.array(z.discriminatedUnion('type', [row, panel])),
});

export type Dashboard = z.infer<typeof dashboard>;

export function readDashboard(): Dashboard {
  return dashboard.parse(JSON.parse(readFileSync(DASHBOARD, 'utf8')));
}

export function dashboardTargets({ panels }: Dashboard) {
  return panels.flatMap((each) => (each.type === 'row' ? [] : each.targets));
}

/** PromQL of the dashboard as Grafana would send it. */
export function dashboardExpressions(from: Dashboard): string[] {
  return dashboardTargets(from).flatMap((each) =>
    typeof each['expr'] === 'string'
      ? [
          each['expr']
            .replaceAll('$__rate_interval', '4m')
            .replaceAll('$__range', '1d')
            .replaceAll(`\${router:regex}`, 'edge-1|core'),
        ]
      : [],
  );
}

/** SQL of the dashboard, its variables included, as Grafana would send it. */
export function dashboardQueries(from: Dashboard): string[] {
  const variables = from.templating.list.filter(({ type }) => type === 'query').map(({ query }) => query);
  const queries = dashboardTargets(from).flatMap((each) =>
    typeof each['rawSql'] === 'string' ? [each['rawSql']] : [],
  );
  return [...variables, ...queries].map((sql) =>
    sql
      .replaceAll(`\${router:sqlstring}`, "'edge-1','it''s'")
      .replaceAll('$__timeFrom()', 'FROM_UNIXTIME(1781049600)')
      .replaceAll('$__timeTo()', 'FROM_UNIXTIME(1781222400)'),
  );
}

/** Our `/metrics` with every metric in it, and a router with a name that is none. */
export async function sampleMetrics(): Promise<string> {
  const router = 'edge "1" \\ {x="y"}';
  const clock = createManualClock(Date.UTC(2026, 5, 10));
  const health = recordOf(router, clock.now(), { state: 'up', latencyMs: 3 });
  const metrics = createMetrics({
    more: (registry) => [
      createStateMetrics(registry, { records: () => [health], blindSince: () => null }),
      createIncidentMetrics(registry, async () => new Map([['device', 1]])),
      createHealingMetrics(registry, { log: async () => [], waiting: async () => [], clock }),
    ],
    clock,
    everyMs: 60_000,
    watches: [{ device: router, watchedSince: 0, notedAt: 0, staleSince: null, lastGoodAt: clock.now() - 5_000 }],
    conditions: () => [{ router, isFresh: true, lastReadAt: null }],
    backlog: { size: () => 0, dropped: () => ({ spare: 0, needed: 0 }) },
    outbox: { waiting: async () => ({ mails: 1, oldestAt: clock.now() }) },
    jobs: {
      note: async () => {},
      lastRuns: async () => [{ job: 'purge', startedAt: clock.now(), durationMs: 1, outcome: 'ok', code: null }],
    },
  });
  const facts = { version: '7.20.1', board: null, identity: null, bootedAt: 0 };
  metrics.listener.polled({ status: 'booked', router, queues: 1, facts }, 1);
  metrics.listener.polled({ status: 'failed', router, trouble: new TroubleError('ROUTER_REFUSED', 'r', 'a') }, 1);
  return (await metrics.scrape()).text;
}

import { isLoopback } from './fields.ts';

/** A statement that is well-formed by itself and at odds with another. */
export interface Contradiction {
  readonly path: (string | number)[];
  readonly message: string;
}

export const DEFAULT_RETENTION_DAYS = 14;
export const DEFAULT_EVERY_SECONDS = 60;

const INTERVALS_UNTIL_LATE = 3;

/** Days that a closed period must still be kept: one for the day it is closed on, one for the worker being away. */
const SPARE_DAYS = 2;
const PERIOD_DAYS = { day: 1, week: 7, month: 31 } as const;
type Period = keyof typeof PERIOD_DAYS;

/**
 * Contradictions between fields. It takes the configuration as written, so that it also works when other parts are wrong; it
 * trusts no type and skips values of an unexpected form, which the schema reports already.
 */
export function findContradictions(config: unknown): Contradiction[] {
  return [
    ...noRouters(config),
    ...duplicateRouters(config),
    ...unknownRouters(config),
    ...quotaConflicts(config),
    ...shortRetention(config),
    ...earlyBlindness(config),
    ...openPages(config),
    ...keylessOldKeys(config),
    ...linksToNothing(config),
  ];
}

function noRouters(config: unknown): Contradiction[] {
  const routers = get(config, 'routers') ?? [];
  if (!isObject(config) || !Array.isArray(routers) || routers.length > 0) return [];
  if (hasOtherDevices(config)) return [];
  return [{ path: ['routers'], message: 'must have at least one entry, unless librenms or key is set' }];
}

/** LibreNMS lists devices too, and with a key they can be kept in the database. */
function hasOtherDevices(config: unknown): boolean {
  return get(config, 'librenms') !== undefined || get(config, 'key') !== undefined;
}

function keylessOldKeys(config: unknown): Contradiction[] {
  if (list(get(config, 'oldKeys')).length === 0 || get(config, 'key') !== undefined) return [];
  return [{ path: ['oldKeys'], message: 'need key: a former key is only read with' }];
}

function duplicateRouters(config: unknown): Contradiction[] {
  const names = list(get(config, 'routers')).map((router) => get(router, 'name'));
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    if (typeof name !== 'string' || first === index) return [];
    return [{ path: ['routers', index, 'name'], message: `'${name}' is already the name of routers[${first}]` }];
  });
}

function unknownRouters(config: unknown): Contradiction[] {
  // The name may belong to a device that is added later.
  if (hasOtherDevices(config)) return [];
  const names = new Set(list(get(config, 'routers')).map((router) => get(router, 'name')));
  return ['users', 'quotas'].flatMap((section) =>
    list(get(config, section)).flatMap((rule, index) => {
      const router = get(rule, 'router');
      if (typeof router !== 'string' || names.has(router)) return [];
      return [{ path: [section, index, 'router'], message: `no router has the name '${router}'` }];
    }),
  );
}

function quotaConflicts(config: unknown): Contradiction[] {
  return list(get(config, 'quotas')).flatMap((rule, index) => {
    const kinds = [
      get(rule, 'unlimited') === true ? 'unlimited' : null,
      get(rule, 'ignore') === true ? 'ignore' : null,
      limitsOf(rule).length > 0 ? 'a limit' : null,
    ].filter((kind) => kind !== null);
    const path = ['quotas', index];
    if (kinds.length === 0 && isObject(rule)) {
      return [{ path, message: 'needs dailyGb, weeklyGb, monthlyGb, unlimited or ignore' }];
    }
    if (kinds.length > 1) return [{ path, message: `${kinds.join(' and ')} exclude each other; keep one` }];
    return [];
  });
}

function shortRetention(config: unknown): Contradiction[] {
  const days = get(get(config, 'retention'), 'days') ?? DEFAULT_RETENTION_DAYS;
  const report = get(config, 'report') ?? {};
  const reports = Array.isArray(report) ? report : [report];
  const periods = [...list(get(config, 'quotas')).flatMap(limitsOf), ...reports.flatMap(reportPeriod)];
  const longest = Math.max(...periods.map((period) => PERIOD_DAYS[period]), 0);
  if (typeof days !== 'number' || longest === 0 || days >= longest + SPARE_DAYS) return [];
  const message = `must be at least ${longest + SPARE_DAYS}: the longest period of a quota or report (${longest} ${longest === 1 ? 'day' : 'days'}) + ${SPARE_DAYS}`;
  return [{ path: ['retention', 'days'], message }];
}

/** A router counts as not read after three intervals at the earliest (`devices/condition.ts`): no mail can come before. */
function earlyBlindness(config: unknown): Contradiction[] {
  const everySeconds = get(get(config, 'collect'), 'everySeconds') ?? DEFAULT_EVERY_SECONDS;
  const minutes = get(get(config, 'alerts'), 'blindAfterMinutes');
  if (typeof everySeconds !== 'number' || typeof minutes !== 'number') return [];
  const least = Math.ceil((INTERVALS_UNTIL_LATE * everySeconds) / 60);
  if (minutes >= least) return [];
  const message = `must be at least ${least}: a router counts as not read after three intervals (collect.everySeconds: ${everySeconds})`;
  return [{ path: ['alerts', 'blindAfterMinutes'], message }];
}

/** Pages show who used how much: they are behind a password, or for this machine alone. */
function openPages(config: unknown): Contradiction[] {
  const http = get(config, 'http');
  if (!isObject(http)) return [];
  const hasPassword = http['password'] !== undefined;
  const isOpen = http['auth'] === 'none';
  if (http['pages'] !== true) {
    return ['password', 'auth'].flatMap((key) =>
      http[key] === undefined ? [] : [{ path: ['http', key], message: 'needs pages: true' }],
    );
  }
  if (isOpen && hasPassword) {
    return [{ path: ['http', 'auth'], message: "'none' and a password exclude each other; keep one" }];
  }
  if (!isOpen && !hasPassword) {
    const message = "pages need a password; for this machine only, auth: 'none' is possible";
    return [{ path: ['http', 'password'], message }];
  }
  const host = http['host'] ?? '127.0.0.1';
  if (isOpen && typeof host === 'string' && !isLoopback(host)) {
    const message = `pages on ${host} need a password: 'none' is only for a host like '127.0.0.1'`;
    return [{ path: ['http', 'auth'], message }];
  }
  return [];
}

function linksToNothing(config: unknown): Contradiction[] {
  if (get(config, 'publicUrl') === undefined || get(get(config, 'http'), 'pages') === true) return [];
  return [{ path: ['publicUrl'], message: 'is the address of the pages: it needs http.pages: true' }];
}

function limitsOf(rule: unknown): Period[] {
  const limits = { dailyGb: 'day', weeklyGb: 'week', monthlyGb: 'month' } as const;
  return Object.entries(limits).flatMap(([key, period]) => (get(rule, key) === undefined ? [] : [period]));
}

function reportPeriod(report: unknown): Period[] {
  const every = get(report, 'every') ?? 'day';
  return every === 'day' || every === 'week' || every === 'month' ? [every] : [];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function get(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

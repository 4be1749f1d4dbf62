import { z } from 'zod';
import { auditDays, findLoginContradictions, loginSettings } from './accounts/settings.ts';
import { findArchiveContradictions } from './backups/archives/settings.ts';
import { backupSettings } from './backups/settings.ts';
import { findDeviceContradictions, hasOtherDevices } from './devices/settings/contradictions.ts';
import { deviceSettings, librenmsSettings, routerSettings } from './devices/settings.ts';
import { findHealingContradictions, healingSettings } from './healing/settings.ts';
import { findHealthContradictions, healthSettings } from './health/settings.ts';
import { alertSettings } from './incidents/settings.ts';
import { mailSettings } from './notices/channels/mail/settings.ts';
import { channelSettings, findChannelContradictions, routeSettings } from './notices/settings.ts';
import { findChanges as changesBetween } from './platform/config/changes.ts';
import { type ConfigContext, databaseUrl, timeZone, vaultKey, webOrigin, weekday } from './platform/config/fields.ts';
import type { ConfigFormat } from './platform/config/format.ts';
import * as file from './platform/config/load.ts';
import { logSettings } from './platform/config/log-settings.ts';
import { parseConfig as parse } from './platform/config/parse.ts';
import { reloadConfig as reload } from './platform/config/reload.ts';
import type { Environment } from './platform/config/secret.ts';
import { type Contradiction, fieldIn, listIn } from './platform/config/written.ts';
import { proxySettings, serverSettings } from './platform/http/settings.ts';
import { findQuotaContradictions, limitedPeriods, quotaSettings } from './quotas/settings.ts';
import { reportedPeriods, reportSettings } from './reports/settings.ts';
import { findTerminalContradictions, terminalSettings, terminalSwitch } from './terminal/settings.ts';
import { collectSettings, DEFAULT_EVERY_SECONDS, userSettings } from './usage/settings.ts';
import { workersSettings } from './workers/settings.ts';

const DEFAULT_RETENTION_DAYS = 14;
const INTERVALS_UNTIL_LATE = 3;
/** Days that a closed period must still be kept: one for the day it is closed on, one for the worker being away. */
const SPARE_DAYS = 2;
const PERIOD_DAYS = { day: 1, week: 7, month: 31 } as const;

/** The configuration as people write it: the sections of all capabilities. */
function createSchema(context: ConfigContext) {
  return z.strictObject({
    timeZone,
    weekStartsOn: weekday.default('monday'),
    database: databaseUrl(context).prefault('sqlite:./data/netsentinel.db'),
    key: vaultKey(context).exactOptional(),
    oldKeys: z.array(vaultKey(context)).default([]),
    routers: z.array(routerSettings(context)).default([]),
    devices: z.array(deviceSettings(context)).default([]),
    librenms: librenmsSettings(context).exactOptional(),
    users: z.array(userSettings).default([]),
    collect: collectSettings,
    quotas: z.array(quotaSettings).default([]),
    mail: mailSettings(context).exactOptional(),
    channels: channelSettings(context).default({}),
    routes: z.array(routeSettings).default([]),
    report: reportSettings.prefault({ at: '18:15' }),
    alerts: alertSettings,
    health: healthSettings,
    healing: healingSettings(context),
    http: z
      .strictObject({ ...serverSettings, ...loginSettings(context), ...proxySettings, ...terminalSwitch })
      .exactOptional(),
    publicUrl: webOrigin.exactOptional(),
    retention: z
      .strictObject({ days: z.int().min(1).max(36_500).default(DEFAULT_RETENTION_DAYS), auditDays })
      .prefault({}),
    backup: backupSettings(context),
    logs: logSettings(context).exactOptional(),
    terminal: terminalSettings,
    workers: workersSettings(context).exactOptional(),
  });
}

type Schema = ReturnType<typeof createSchema>;

/** What a configuration file may say. */
export type ConfigInput = z.input<Schema>;
/** The configuration as the worker uses it: checked, defaults filled in, secrets hidden. */
export type Config = z.output<Schema>;
export type LibrenmsConfig = NonNullable<Config['librenms']>;

const FORMAT: ConfigFormat<Config> = {
  schema: createSchema,
  findContradictions: (config) => [
    ...findDeviceContradictions(config),
    ...unknownRouters(config),
    ...findQuotaContradictions(config),
    ...shortRetention(config),
    ...earlyBlindness(config),
    ...findHealthContradictions(config),
    ...findHealingContradictions(config),
    ...findLoginContradictions(config),
    ...findTerminalContradictions(config),
    ...linksToNothing(config),
    ...findChannelContradictions(config),
    ...findArchiveContradictions(config),
    ...keylessOldKeys(config),
  ],
  overrides: { database: 'DATABASE_URL' },
  moduleUrl: import.meta.resolve('./define-config.ts'),
};

/** Reads and checks a configuration file; see `platform/config/load.ts`. */
export function loadConfig(name?: string, env?: Environment): Promise<Config> {
  return file.loadConfig(FORMAT, name, env);
}

/** Checks what a configuration says; see `platform/config/parse.ts`. */
export function parseConfig(raw: unknown, context: ConfigContext, source: string): Config {
  return parse(FORMAT, raw, context, source);
}

/** Reads a configuration file as it is now; see `platform/config/reload.ts`. */
export function reloadConfig(options: Parameters<typeof reload>[1]): Promise<Config> {
  return reload(FORMAT, options);
}

/** What differs between two configurations; see `platform/config/changes.ts`. */
export function findChanges(before: Config, after: Config) {
  return changesBetween(before, after, 'routers');
}

function unknownRouters(config: unknown): Contradiction[] {
  // The name may belong to a device that is added later.
  if (hasOtherDevices(config)) return [];
  const names = new Set(listIn(fieldIn(config, 'routers')).map((router) => fieldIn(router, 'name')));
  return ['users', 'quotas'].flatMap((section) =>
    listIn(fieldIn(config, section)).flatMap((rule, index) => {
      const router = fieldIn(rule, 'router');
      if (typeof router !== 'string' || names.has(router)) return [];
      return [{ path: [section, index, 'router'], message: `no router has the name '${router}'` }];
    }),
  );
}

function shortRetention(config: unknown): Contradiction[] {
  const days = fieldIn(fieldIn(config, 'retention'), 'days') ?? DEFAULT_RETENTION_DAYS;
  const periods = [...limitedPeriods(config), ...reportedPeriods(config)];
  const longest = Math.max(...periods.map((period) => PERIOD_DAYS[period]), 0);
  if (typeof days !== 'number' || longest === 0 || days >= longest + SPARE_DAYS) return [];
  const message = `must be at least ${longest + SPARE_DAYS}: the longest period of a quota or report (${longest} ${longest === 1 ? 'day' : 'days'}) + ${SPARE_DAYS}`;
  return [{ path: ['retention', 'days'], message }];
}

/** A router counts as not read after three intervals at the earliest (`devices/condition.ts`): no mail can come before. */
function earlyBlindness(config: unknown): Contradiction[] {
  const everySeconds = fieldIn(fieldIn(config, 'collect'), 'everySeconds') ?? DEFAULT_EVERY_SECONDS;
  const minutes = fieldIn(fieldIn(config, 'alerts'), 'blindAfterMinutes');
  if (typeof everySeconds !== 'number' || typeof minutes !== 'number') return [];
  const least = Math.ceil((INTERVALS_UNTIL_LATE * everySeconds) / 60);
  if (minutes >= least) return [];
  const message = `must be at least ${least}: a router counts as not read after three intervals (collect.everySeconds: ${everySeconds})`;
  return [{ path: ['alerts', 'blindAfterMinutes'], message }];
}

function linksToNothing(config: unknown): Contradiction[] {
  if (fieldIn(config, 'publicUrl') === undefined || fieldIn(fieldIn(config, 'http'), 'pages') === true) return [];
  return [{ path: ['publicUrl'], message: 'is the address of the pages: it needs http.pages: true' }];
}

function keylessOldKeys(config: unknown): Contradiction[] {
  if (listIn(fieldIn(config, 'oldKeys')).length === 0 || fieldIn(config, 'key') !== undefined) return [];
  return [{ path: ['oldKeys'], message: 'need key: a former key is only read with' }];
}

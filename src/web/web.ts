import { isIPv6 } from 'node:net';
import { authOf } from '../accounts/settings.ts';
import { createAccountBooks } from '../accounts/store/account-books.ts';
import { createSessionStore } from '../accounts/store/session-store.ts';
import type { Base, Capability } from '../capability.ts';
import { createReadyzRoute } from '../devices/api/readyz.ts';
import type { Devices } from '../devices/capability.ts';
import { createReadiness } from '../devices/readiness.ts';
import type { Health } from '../health/capability.ts';
import { createLiveFeed, type LiveFeed, type LiveTopic } from '../platform/http/live.ts';
import { createHttpServer, type HttpServer } from '../platform/http/server.ts';
import { createScrape } from '../platform/metrics/metrics.ts';
import type { Database } from '../platform/store/database.ts';
import { pingDatabase } from '../platform/store/ping.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Config } from '../settings.ts';
import type { Usage } from '../usage/capability.ts';
import { createAppSite } from './site.ts';

/** What people and programs see of the worker over HTTP. */
export interface Web extends Capability {
  readonly http: HttpServer;
  /** Tells open pages that there is something new. */
  tell(topic: LiveTopic): void;
}

export interface WebNeeds {
  readonly devices: Devices;
  readonly usage: Usage;
  readonly health: Pick<Health, 'standing'>;
  /** All that have pages or metrics, in the order of the header. */
  readonly shown: readonly Capability[];
}

/** For a configuration with `http`. */
export async function createWeb(
  config: Config,
  { host, port, trustProxy, pages, auth, password }: NonNullable<Config['http']>,
  base: Base,
  { devices, usage, health, shown }: WebNeeds,
): Promise<Web> {
  const { database, schema, jobs, calendar, clock, logger, registry } = base;
  if (registry === null) throw new Error('metrics need a registry');
  const conditions = devices.conditions.all;
  const findReadiness = createReadiness({
    conditions,
    pingDatabase: () => pingDatabase(database),
    heldSamples: usage.heldSamples,
    clock,
  });
  const live: LiveFeed | null = pages ? createLiveFeed({ clock: systemClock }) : null;
  const site =
    live === null
      ? null
      : createAppSite({
          parts: await Promise.all(shown.map(async (each) => (await each.site?.()) ?? {})),
          sessions: schema.guard(createSessionStore({ database })),
          accounts: createAccountBooks({ database: entered(database, schema.enter) }),
          hasAccounts: authOf({ auth, password }) === 'accounts',
          publicUrl: config.publicUrl ?? ownAddress(host, port),
          enter: schema.enter,
          password: password === undefined ? null : () => password.reveal(),
          calendar,
          hostClock: systemClock,
          live,
          logger,
          onBug: base.onBug,
        });
  const http = createHttpServer({
    host,
    port,
    trustProxy,
    site,
    probes: [createReadyzRoute({ findReadiness, findDevices: health.standing })],
    clock,
    logger,
    scrape: createScrape({
      registry,
      sources: shown.flatMap(({ metrics }) => metrics ?? []),
      jobs,
      clock,
    }),
  });
  if (live === null || site === null) return { http, tell: () => {}, early: [http] };
  return {
    http,
    tell: live.tell,
    early: [http],
    parts: [site.opening, site.warming],
    listeners: [{ polled: () => live.tell('usage') }],
  };
}

/** The same database, once its tables are there. */
function entered(database: Database, enter: () => void): Database {
  return {
    ...database,
    async read(work) {
      enter();
      return await database.read(work);
    },
    async transaction(work) {
      enter();
      return await database.transaction(work);
    },
  };
}

/** Where this machine itself reaches the pages; `null` where they are open to other machines, whose names for it are not known here. */
function ownAddress(host: string, port: number): string | null {
  if (host === '0.0.0.0' || host === '::') return null;
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

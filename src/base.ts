import type { Base } from './capability.ts';
import { refuseUnfinishedCopy } from './copy/store/copy-store.ts';
import { secretsIn } from './platform/config/secret.ts';
import { createSshClient } from './platform/ssh/client.ts';
import { createHostKeyStore } from './platform/ssh/host-key-store.ts';
import { openDatabase } from './platform/store/database.ts';
import { createJobStore } from './platform/store/job-store.ts';
import { migrate } from './platform/store/migrate.ts';
import { createOutage, type Outage } from './platform/store/outage.ts';
import { createSchemaGate, type SchemaGate } from './platform/store/schema-gate.ts';
import type { Clock } from './runtime/clock.ts';
import type { Logger } from './runtime/logger.ts';
import { keepSecret } from './runtime/mask.ts';
import { createTroubleLog } from './runtime/trouble-log.ts';
import type { Config } from './settings.ts';
import { createCalendar } from './usage/accounting/day.ts';

/** The base, with what only `app.ts` and the worker need of it. */
export interface WholeBase extends Base {
  readonly schema: SchemaGate;
  readonly outage: Outage;
}

/** A stop may take 10 s: a poll in progress is aborted after this time; a mail being sent gets 5 s. */
const STOP_GRACE_MS = 3_000;

/** Makes what all capabilities share. It opens nothing. `opened` is called each time the schema was brought up to date. */
export async function createBase(
  config: Config,
  { logger, clock, opened }: { readonly logger: Logger; readonly clock: Clock; readonly opened: () => Promise<void> },
): Promise<WholeBase> {
  // The database's password is part of its URL; it is registered where the database is opened.
  const { database: databaseUrl, ...others } = config;
  for (const secret of secretsIn(others)) keepSecret(secret.reveal());
  const troubles = createTroubleLog({ logger, clock });
  const outage = createOutage({ clock, troubles });
  const database = openDatabase({ url: databaseUrl.reveal(), clock, logger });

  async function bringUpToDate(): Promise<string[]> {
    const applied = await migrate({ database, clock, logger });
    await refuseUnfinishedCopy(database);
    await opened();
    return applied;
  }

  return {
    database,
    schema: createSchemaGate({ migrate: bringUpToDate, clock, outage }),
    outage,
    jobs: createJobStore({ database }),
    troubles,
    calendar: createCalendar(config.timeZone),
    clock,
    logger,
    ssh: createSshClient({ hostKeys: createHostKeyStore({ database, clock }), clock }),
    // Metrics take some MB.
    registry: config.http === undefined ? null : new (await import('prom-client')).Registry(),
    graceMs: STOP_GRACE_MS,
    onBug: (error) => logger.error({ err: error }, 'bug'),
  };
}

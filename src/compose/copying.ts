import { type ComparedTable, copyBooks } from '../copy/copy.ts';
import { createCopyMarks, createTableStore, refuseUnfinishedCopy } from '../copy/store/copy-store.ts';
import { openDatabase } from '../platform/store/database.ts';
import { migrate } from '../platform/store/migrate.ts';
import { COMMAND_TABLES } from '../platform/store/tables.ts';
import { systemClock } from '../runtime/clock.ts';
import { shareServer } from '../runtime/database-url.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Config } from '../settings.ts';
import { WRITTEN_TABLES } from '../tables.ts';

/**
 * Copies all data of the configured database into another one and compares both. Each is brought up to date first.
 * Rejects with a `TroubleError`; `COPY_TARGET_SAME` when both are one.
 */
export async function copyToDatabase(
  config: Config,
  targetUrl: string,
  deps: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<ComparedTable[]> {
  const { logger, signal } = deps;
  const clock = systemClock;
  const known = [...WRITTEN_TABLES, ...COMMAND_TABLES];
  const source = openDatabase({ url: config.database.reveal(), clock, logger });
  const target = openDatabase({ url: targetUrl, clock, logger });
  try {
    if (source.place === target.place || shareServer(config.database.reveal(), targetUrl)) {
      throw new TroubleError('COPY_TARGET_SAME', 'both databases are the same', 'Name another database to copy to.');
    }
    await migrate({ database: source, clock, logger });
    await refuseUnfinishedCopy(source);
    await migrate({ database: target, clock, logger });
    return await copyBooks({
      source: createTableStore({ database: source, known }),
      target: createTableStore({ database: target, known }),
      marks: createCopyMarks({ database: target }),
      clock,
      onProgress: (table, rows) => logger.debug({ table, rows }, 'rows copied'),
      signal,
    });
  } finally {
    await source.close();
    await target.close();
  }
}

import { openDatabase } from '../../platform/store/database.ts';
import { migrate } from '../../platform/store/migrate.ts';
import type { OwnTable } from '../../platform/store/own-table.ts';
import { systemClock } from '../../runtime/clock.ts';
import { shareServer } from '../../runtime/database-url.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type ComparedTable, copyBooks } from '../copy.ts';
import { createCopyMarks, createTableStore, refuseUnfinishedCopy } from './copy-store.ts';

/**
 * Copies all data of one database into another and compares both. Each is brought up to date first. `known` are the tables that have to be
 * treated in a way of their own. Rejects with a `TroubleError`; `COPY_TARGET_SAME` when both are one.
 */
export async function copyDatabase({
  fromUrl,
  toUrl,
  known,
  logger,
  signal,
}: {
  readonly fromUrl: string;
  readonly toUrl: string;
  readonly known: readonly OwnTable[];
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): Promise<ComparedTable[]> {
  const clock = systemClock;
  const source = openDatabase({ url: fromUrl, clock, logger });
  const target = openDatabase({ url: toUrl, clock, logger });
  try {
    if (source.place === target.place || shareServer(fromUrl, toUrl)) {
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

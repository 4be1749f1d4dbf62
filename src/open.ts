import { createAudit } from './accounts/audit.ts';
import { commandActor } from './accounts/commands/frame.ts';
import { createApp } from './app.ts';
import type { App } from './assemble.ts';
import type { BackupBooks } from './backups/commands/frame.ts';
import type { RunBooks } from './backups/commands/run.ts';
import type { Books } from './commands.ts';
import type { ComparedTable } from './copy/copy.ts';
import { copyDatabase } from './copy/store/copy-databases.ts';
import { auditedDesk, type NoteChange } from './devices/audited-desk.ts';
import type { DeviceBooks } from './devices/commands/device.ts';
import type { DiscoverBooks } from './devices/commands/discover.ts';
import type { GlobalOptions } from './platform/cli/frame.ts';
import type { KeyBooks } from './platform/cli/key-commands.ts';
import { COMMAND_TABLES } from './platform/store/tables.ts';
import { keepHeapSmall } from './runtime/heap.ts';
import { createLogger, type LeveledLogger } from './runtime/logger.ts';
import { loadConfig } from './settings.ts';
import { WRITTEN_TABLES } from './tables.ts';

/** `copy` gets each line too, as JSON. */
export function loggerFor({ logLevel }: GlobalOptions, copy?: (line: string) => void): LeveledLogger {
  const isPretty = process.stderr.isTTY === true;
  return createLogger({ level: logLevel, isPretty, ...(copy === undefined ? {} : { copy }) });
}

export async function openApp(globals: GlobalOptions): Promise<App> {
  return await createApp(await loadConfig(globals.config), loggerFor(globals));
}

export async function openBooks(globals: GlobalOptions): Promise<Books & Pick<App, 'close'>> {
  keepHeapSmall();
  const config = await loadConfig(globals.config);
  const app = await createApp(config, loggerFor(globals));
  try {
    const migrated = await app.migrate();
    const { mail, quotas, retention } = config;
    return { ...app, migrated, policies: quotas, hasMail: mail !== undefined, retentionDays: retention.days };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Copies the configured database to the one of the URL, and compares both. */
export async function copyTo(url: string, globals: GlobalOptions, signal: AbortSignal): Promise<ComparedTable[]> {
  const config = await loadConfig(globals.config);
  return await copyDatabase({
    fromUrl: config.database.reveal(),
    toUrl: url,
    known: [...WRITTEN_TABLES, ...COMMAND_TABLES],
    logger: loggerFor(globals),
    signal,
  });
}

/** The devices in the database, opened and with its schema up to date. */
export async function openInventory(
  globals: GlobalOptions,
): Promise<DeviceBooks & DiscoverBooks & KeyBooks & Pick<App, 'close'>> {
  const app = await createApp(await loadConfig(globals.config), loggerFor(globals));
  try {
    await app.migrate();
    const { desk, rotateKey } = app.inventory;
    const audit = createAudit({ book: app.accounts.audit, clock: app.clock });
    const note: NoteChange = (change) => audit.record({ ...commandActor(), ...change });
    return {
      desk: auditedDesk(desk, note),
      async rotateKey() {
        const count = await rotateKey();
        await note({ action: 'key.rotate', subject: '', outcome: 'ok' });
        return count;
      },
      testDevice: app.testDevice,
      neighboursOf: app.neighboursOf,
      close: app.close,
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Kept configurations, opened and with the schema up to date. */
export async function openBackups(globals: GlobalOptions): Promise<BackupBooks & RunBooks & Pick<App, 'close'>> {
  const app = await createApp(await loadConfig(globals.config), loggerFor(globals));
  try {
    await app.migrate();
    const audit = createAudit({ book: app.accounts.audit, clock: app.clock });
    const { backups, calendar, close } = app;
    return { backups, calendar, close, note: (change) => audit.record({ ...commandActor(), ...change }) };
  } catch (error) {
    await app.close();
    throw error;
  }
}

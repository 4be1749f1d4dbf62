import { auditEntry, createAudit } from './accounts/audit.ts';
import { commandActor } from './accounts/commands/frame.ts';
import { createAuditStore } from './accounts/store/audit-store.ts';
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
import { createPauser } from './devices/pauser.ts';
import type { GlobalOptions } from './platform/cli/frame.ts';
import type { KeyBooks } from './platform/cli/key-commands.ts';
import { openDatabase } from './platform/store/database.ts';
import { COMMAND_TABLES } from './platform/store/tables.ts';
import { systemClock } from './runtime/clock.ts';
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
    const note: Books['note'] = noteOf(app);
    const by = { ...commandActor(), kind: 'command' } as const;
    const { list, acknowledge } = app.incidents;
    const incidents = {
      list,
      acknowledge: (id: number, word: string) => acknowledge(by, id, word),
    };
    const { desk, rehearse } = app.healing;
    const healing: Books['healing'] = {
      ...desk,
      rehearse,
      approve: (id) => desk.approve(by, id),
      decline: (id) => desk.decline(by, id),
      run: (rule, device, signal) => desk.run(by, rule, device, signal),
    };
    const { maintenance } = app.health;
    const windows = {
      list: maintenance.list,
      add: (window: Parameters<typeof maintenance.add>[1]) => maintenance.add(by, window),
      remove: (id: number) => maintenance.remove(by, id),
    };
    return {
      ...app,
      note,
      incidents,
      healing,
      health: { ...app.health, maintenance: windows },
      migrated,
      policies: quotas,
      hasMail: mail !== undefined,
      retentionDays: retention.days,
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Copies the configured database to the one of the URL, and compares both. */
export async function copyTo(url: string, globals: GlobalOptions, signal: AbortSignal): Promise<ComparedTable[]> {
  const config = await loadConfig(globals.config);
  const logger = loggerFor(globals);
  const fromUrl = config.database.reveal();
  const known = [...WRITTEN_TABLES, ...COMMAND_TABLES];
  const tables = await copyDatabase({ fromUrl, toUrl: url, known, logger, signal });
  if (tables.every(({ isSame }) => isSame)) await noteCopy(fromUrl, url, logger);
  return tables;
}

/** The same entry on both sides, which stay the same. */
async function noteCopy(fromUrl: string, toUrl: string, logger: LeveledLogger): Promise<void> {
  const databases = [fromUrl, toUrl].map((url) => openDatabase({ url, logger }));
  try {
    const note = { ...commandActor(), action: 'copy', subject: `to ${databases[1]?.place}`, outcome: 'ok' };
    const entry = auditEntry(note, systemClock.now());
    for (const database of databases) await createAuditStore({ database }).add(entry);
  } finally {
    for (const database of databases) await database.close();
  }
}

/** Puts on record what whoever runs the command does. */
function noteOf(app: App): NoteChange {
  const audit = createAudit({ book: app.accounts.audit, clock: app.clock });
  return (change) => audit.record({ ...commandActor(), ...change });
}

/** The devices in the database, opened and with its schema up to date. */
export async function openInventory(
  globals: GlobalOptions,
): Promise<DeviceBooks & DiscoverBooks & KeyBooks & Pick<App, 'close'>> {
  const app = await createApp(await loadConfig(globals.config), loggerFor(globals));
  try {
    await app.migrate();
    const { desk, rotateKey } = app.inventory;
    const note = noteOf(app);
    const audited = auditedDesk(desk, note);
    return {
      desk: audited,
      setPaused: createPauser({ desk: audited, pauses: app.pauses, note, clock: app.clock }),
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
    const { backups, calendar, close } = app;
    return { backups, calendar, close, note: noteOf(app) };
  } catch (error) {
    await app.close();
    throw error;
  }
}

import { auditCommand } from './accounts/commands/audit.ts';
import type { AccountsBooks } from './accounts/commands/frame.ts';
import { tokenCommand } from './accounts/commands/token.ts';
import { userCommand } from './accounts/commands/user.ts';
import { backupCommand } from './backups/commands/backup.ts';
import type { BackupBooks } from './backups/commands/frame.ts';
import type { RunBooks } from './backups/commands/run.ts';
import { addTrustCommand } from './backups/commands/trust.ts';
import type { Checker } from './check/checker.ts';
import { checkCommand } from './check/commands/check.ts';
import { type CopyDeps, copyCommand } from './copy/commands/copy.ts';
import { type DemoCommandDeps, demoCommand } from './demo/command.ts';
import { credentialCommand } from './devices/commands/credential.ts';
import { type DeviceBooks, deviceCommand } from './devices/commands/device.ts';
import { addDiscoverCommand, type DiscoverBooks } from './devices/commands/discover.ts';
import { addTransferCommands } from './devices/commands/transfer.ts';
import { hardeningCommand } from './hardening/commands/hardening.ts';
import { type HealingBooks, healingCommand } from './healing/commands/healing.ts';
import { maintenanceCommand } from './health/commands/maintenance.ts';
import { type HealthBooks, statusCommand } from './health/commands/status.ts';
import { transitionsCommand } from './health/commands/transitions.ts';
import { uptimeCommand } from './health/commands/uptime.ts';
import { type IncidentBooks, incidentsCommand } from './incidents/commands/incidents.ts';
import { type ChannelBooks, channelCommand } from './notices/commands/channel.ts';
import { healthCommand, type MigratedBooks, migrateCommand, runCommand } from './platform/cli/commands.ts';
import type { AddCommand, GlobalOptions, Open } from './platform/cli/frame.ts';
import { type InitDeps, initCommand } from './platform/cli/init/init.ts';
import { type KeyBooks, keyCommand } from './platform/cli/key-commands.ts';
import type { Secrets } from './platform/cli/secrets.ts';
import { type AlertsBooks, alertsCommand } from './quotas/commands/alerts.ts';
import { type ReportBooks, reportCommand } from './reports/commands/report.ts';
import { collectCommand, type OneRound } from './usage/commands/collect.ts';
import { type ExplainBooks, explainCommand } from './usage/commands/explain.ts';
import { type PurgeBooks, purgeCommand } from './usage/commands/purge.ts';
import { type UsageBooks, usageCommand } from './usage/commands/usage.ts';
import { type WorkersBooks, workersCommand } from './workers/commands/workers.ts';

/** The database as the commands use it, each its part. */
export type Books = AccountsBooks &
  UsageBooks &
  ExplainBooks &
  AlertsBooks &
  IncidentBooks &
  ReportBooks &
  PurgeBooks &
  HealingBooks &
  MigratedBooks &
  WorkersBooks & { readonly health: HealthBooks };

export interface CommandDeps extends CopyDeps, DemoCommandDeps, InitDeps {
  /** Runs the worker until a signal and gives the exit code. */
  runWorker(globals: GlobalOptions): Promise<number>;
  /** The assembled worker, with nothing opened yet. */
  openApp: Open<OneRound & ChannelBooks & { readonly checker: Checker }>;
  /** The database, opened and with its schema up to date. */
  openBooks: Open<Books>;
  /** The devices in the database, likewise. */
  openInventory: Open<DeviceBooks & DiscoverBooks & KeyBooks>;
  /** Kept configurations, likewise. */
  openBackups: Open<BackupBooks & RunBooks>;
  /** Gives passwords that are typed or piped in. */
  readonly secrets: Secrets;
  readonly stdin: AsyncIterable<Buffer | string>;
}

/** Every command, in the order of the help. */
export function allCommands(deps: CommandDeps): readonly AddCommand[] {
  const { runWorker, openApp, openBooks, openInventory, openBackups, secrets, stdin, copyTo, runDemo, openQuestions } =
    deps;
  return [
    initCommand({ openQuestions }),
    runCommand({ runWorker }),
    collectCommand({ open: openApp }),
    checkCommand({ open: openApp }),
    channelCommand({ open: openApp }),
    healthCommand,
    demoCommand({ runDemo }),
    statusCommand({ open: openBooks }),
    uptimeCommand({ open: openBooks }),
    transitionsCommand({ open: openBooks }),
    maintenanceCommand({ open: openBooks }),
    usageCommand({ open: openBooks }),
    explainCommand({ open: openBooks }),
    alertsCommand({ open: openBooks }),
    incidentsCommand({ open: openBooks }),
    healingCommand({ open: openBooks }),
    reportCommand({ open: openBooks }),
    deviceCommand({
      ...{ open: openInventory, secrets },
      addTransfer(device, frame) {
        addDiscoverCommand({ open: openInventory }, device, frame);
        addTransferCommands({ open: openInventory, stdin }, device, frame);
        addTrustCommand({ open: openBackups }, device, frame);
      },
    }),
    credentialCommand({ open: openInventory, secrets }),
    backupCommand({ open: openBackups }),
    keyCommand({ open: openInventory }),
    workersCommand({ open: openBooks }),
    purgeCommand({ open: openBooks }),
    migrateCommand({ open: openBooks }),
    copyCommand({ copyTo }),
    userCommand({ open: openBooks }),
    tokenCommand({ open: openBooks }),
    auditCommand({ open: openBooks }),
    hardeningCommand,
  ];
}

import type { ServerChannel } from 'ssh2';
import type { Clock } from '../runtime/clock.ts';
import type { Address } from './api-server.ts';
import { type Configuration, exportOf, exportTime, usualConfiguration } from './configuration.ts';
import {
  CommandFailure,
  commandsOf,
  createRouterFiles,
  type FileFaults,
  isAboutFiles,
  type RouterFiles,
} from './router-files.ts';
import { type RouterOsVersion, VERSION_TRAITS } from './router-versions.ts';
import { offerFiles } from './ssh-files.ts';
import { createSshServer, type SshActivity, type SshServerDeps } from './ssh-server.ts';

export interface SshRouterOptions extends Pick<SshServerDeps, 'methods' | 'hostKey'> {
  readonly clock: Pick<Clock, 'now'>;
  readonly version: RouterOsVersion;
  readonly username: string;
  readonly password: string;
  /** Default `edge-1`. */
  readonly identity?: string;
  /** Of the router; default one of an RB5009. */
  readonly board?: string;
  readonly serial?: string;
  /** Default: what a small router has. */
  readonly configuration?: Configuration;
}

/** What becomes of an output on its way. Each as routers do it. */
export interface SshFaults {
  /** Only so many bytes of it leave. */
  readonly bytes: number;
  /** Then it ends with exit status 0, says nothing more, or breaks the connection. */
  readonly end: 'close' | 'stall' | 'drop';
}

/** What is wrong with the exports of a router. */
export interface ExportFaults {
  readonly wire?: SshFaults;
  /** Answered in place of it, and of all that follows on its line. */
  readonly errorText?: string;
  /** The menu that it fails to export. */
  readonly failedMenu?: string;
  /** The user lacks the policy `sensitive`: secrets are left out without a word. */
  readonly hidesSecrets?: boolean;
  /** Another router answers at its address. */
  readonly serial?: string;
  readonly files?: FileFaults;
  /** What becomes of a file on its way. */
  readonly fileWire?: SshFaults;
  /** The connection breaks when a binary backup is saved, before the router says so. */
  readonly dropsOnSave?: boolean;
  /** The user lacks the policy `ftp`. */
  readonly hasNoSftp?: boolean;
}

/** A RouterOS that is backed up: answers over SSH to what is asked for that, and refuses all else. */
export interface SshRouter {
  /** Port 0, the default: any that is free. */
  start(port?: number): Promise<Address>;
  stop(): Promise<void>;
  configuration(): Configuration;
  readonly files: Pick<RouterFiles, 'names' | 'put'>;
  /** A user changes a menu; `/system history` then names them. */
  change(by: string, menu: string, rows: readonly string[]): void;
  /** From the next command on. */
  setFaults(faults: ExportFaults): void;
  renewHostKey(): void;
  fingerprint(): string;
  activity(): SshActivity;
}

interface Action {
  readonly at: number;
  readonly by: string;
  readonly menu: string;
}

const DROPPED: SshFaults = { bytes: 0, end: 'drop' };
const EXPORT = /^\/export(?: (compact|verbose|terse|show-sensitive|hide-sensitive))?$/;
const POLICIES = /^:put \[\/user group get \[.*\] policy\]$/;
const PUT = /^:put "([^"$\\]*)"$/;

export function createSshRouter(options: SshRouterOptions): SshRouter {
  const { clock, version, identity = 'edge-1', board = 'RB5009UG+S+', serial = 'HGQ09ABCDEF' } = options;
  const isSix = version.startsWith('6.');
  const actions: Action[] = [];
  let configuration = options.configuration ?? usualConfiguration(identity);
  let faults: ExportFaults = {};
  const isOld = version === '6.40.9';
  const files = createRouterFiles(() => faults.files ?? {});
  const server = createSshServer({
    ...{ ...options, isOld },
    files(sftp, drop) {
      if (faults.hasNoSftp === true) sftp.end();
      else offerFiles(sftp, files, () => faults.fileWire ?? null, drop);
    },
    run(line, channel, drop) {
      const isDropped = faults.dropsOnSave === true && line.startsWith('/system backup save');
      const wire = isDropped ? DROPPED : line.startsWith('/export') ? faults.wire : undefined;
      // RouterOS writes bytes of its own charset.
      send(channel, Buffer.from(answer(line), 'latin1'), wire ?? null, drop);
    },
  });

  /** A line is read whole before any of it runs. */
  function answer(line: string): string {
    const parts = commandsOf(line);
    const refused = parts.map(refusal).find((text) => text !== null);
    if (refused !== undefined) return `${refused}\r\n`;
    if (faults.errorText !== undefined && line.startsWith('/export')) return `${faults.errorText}\r\n`;
    return runAll(parts);
  }

  /** One that fails is the last of its line. */
  function runAll(parts: readonly string[]): string {
    let said = '';
    try {
      for (const part of parts) said += files.run(part) ?? run(part);
      return said;
    } catch (error) {
      if (error instanceof CommandFailure) return `${said}${error.message}\r\n`;
      throw error;
    }
  }

  /** The policies of the user's group. */
  function policies(): string {
    return `ssh;read;${faults.hidesSecrets === true ? '!sensitive' : 'sensitive'};!local;!write\r\n`;
  }

  function refusal(command: string): string | null {
    const [, argument] = EXPORT.exec(command) ?? [];
    if (argument === 'show-sensitive' && isSix) return 'expected end of command (line 1 column 9)';
    if (EXPORT.test(command) || PUT.test(command) || POLICIES.test(command) || command in SHOWN) return null;
    if (isAboutFiles(command, isOld)) return null;
    const name = command.split(' ').find((word) => word !== '') ?? '';
    return `bad command name ${name} (line 1 column 1)`;
  }

  const SHOWN: Readonly<Record<string, () => string>> = {
    ':put [/system resource get version]': () => `${VERSION_TRAITS[version].fullVersion}\r\n`,
    '/system history print detail': history,
    ':put [/ip ssh get strong-crypto]': () => 'true\r\n',
  };

  function run(command: string): string {
    const [, text] = PUT.exec(command) ?? [];
    if (text !== undefined) return `${text}\r\n`;
    if (POLICIES.test(command)) return policies();
    return SHOWN[command]?.() ?? exported(EXPORT.exec(command)?.[1]);
  }

  function exported(argument: string | undefined): string {
    const isAsked = isSix ? argument !== 'hide-sensitive' : argument === 'show-sensitive';
    return exportOf(configuration, {
      ...{ version, board, serial: faults.serial ?? serial, at: clock.now() },
      ...{ showsSecrets: isAsked && faults.hidesSecrets !== true, failedMenu: faults.failedMenu ?? null },
    });
  }

  function history(): string {
    const entries = actions.toReversed().map(({ at, by, menu }, index) => {
      const time = exportTime(at, version);
      return ` ${index} U redo="" undo="" action="${menu.slice(1)} changed" by="${by}" policy=write time=${time} \r\n`;
    });
    return `Flags: U - undoable, R - redoable, F - floating-undo \r\n${entries.join('')}`;
  }

  return {
    start: (port = 0) => server.listen(port),
    stop: () => server.close(),
    configuration: () => configuration,
    files,
    change(by, menu, rows) {
      configuration = { ...configuration, [menu]: rows };
      actions.push({ at: clock.now(), by, menu });
    },
    setFaults(next) {
      faults = next;
    },
    renewHostKey: () => server.renewHostKey(),
    fingerprint: () => server.fingerprint(),
    activity: () => server.activity(),
  };
}

function send(channel: ServerChannel, output: Buffer, faults: SshFaults | null, drop: () => void): void {
  channel.write(faults === null ? output : output.subarray(0, faults.bytes), () => {
    if (faults?.end === 'stall') return;
    if (faults?.end === 'drop') drop();
    else {
      channel.exit(0);
      channel.end();
    }
  });
}

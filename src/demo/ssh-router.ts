import type { ServerChannel } from 'ssh2';
import type { Clock } from '../runtime/clock.ts';
import type { Address } from './api-server.ts';
import { type Configuration, exportOf, exportTime, usualConfiguration } from './configuration.ts';
import { type RouterOsVersion, VERSION_TRAITS } from './router-versions.ts';
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
}

/** A RouterOS that is backed up: answers over SSH to what is asked for that, and refuses all else. */
export interface SshRouter {
  /** Port 0, the default: any that is free. */
  start(port?: number): Promise<Address>;
  stop(): Promise<void>;
  configuration(): Configuration;
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

const EXPORT = /^\/export(?: (compact|verbose|terse|show-sensitive|hide-sensitive))?$/;
const PUT = /^:put "([^"$\\]*)"$/;

export function createSshRouter(options: SshRouterOptions): SshRouter {
  const { clock, version, identity = 'edge-1', board = 'RB5009UG+S+', serial = 'HGQ09ABCDEF' } = options;
  const isSix = version.startsWith('6.');
  const actions: Action[] = [];
  let configuration = options.configuration ?? usualConfiguration(identity);
  let faults: ExportFaults = {};
  const server = createSshServer({
    ...options,
    isOld: version === '6.40.9',
    run(line, channel, drop) {
      const wire = line.startsWith('/export') ? faults.wire : undefined;
      // RouterOS writes bytes of its own charset.
      send(channel, Buffer.from(answer(line), 'latin1'), wire ?? null, drop);
    },
  });

  /** A line is read whole before any of it runs. */
  function answer(line: string): string {
    const parts = line.split(';').map((part) => part.trim());
    const refused = parts.map(refusal).find((text) => text !== null);
    if (refused !== undefined) return `${refused}\r\n`;
    if (faults.errorText !== undefined && line.startsWith('/export')) return `${faults.errorText}\r\n`;
    return parts.map(run).join('');
  }

  function refusal(command: string): string | null {
    const [, argument] = EXPORT.exec(command) ?? [];
    if (argument === 'show-sensitive' && isSix) return 'expected end of command (line 1 column 9)';
    if (EXPORT.test(command) || PUT.test(command) || command in SHOWN) return null;
    const name = command.split(' ').find((word) => word !== '') ?? '';
    return `bad command name ${name} (line 1 column 1)`;
  }

  const SHOWN: Readonly<Record<string, () => string>> = {
    ':put [/system resource get version]': () => `${VERSION_TRAITS[version].fullVersion}\r\n`,
    '/system history print detail': history,
  };

  function run(command: string): string {
    const [, text] = PUT.exec(command) ?? [];
    if (text !== undefined) return `${text}\r\n`;
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

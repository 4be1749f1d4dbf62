import type { Clock } from '../../runtime/clock.ts';
import type { SftpSession } from './sftp.ts';
import type { HostKeys, SshSession, SshTarget } from './shell.ts';
import type { SshTerminal, TerminalSize } from './terminal.ts';

/** Logs in to other machines. Host keys, and private keys that were parsed, are shared by all logins: a worker has one of these. */
export interface SshClient {
  /** As `openSsh`. */
  openShell(target: SshTarget, signal: AbortSignal): Promise<SshSession>;
  /** As `openSftp`. */
  openFiles(target: SshTarget, signal: AbortSignal): Promise<SftpSession>;
  /** As `openSshTerminal`. */
  openTerminal(target: SshTarget, size: TerminalSize, signal: AbortSignal): Promise<SshTerminal>;
  /** The same one, whose deadlines go by another clock. */
  timedBy(clock: Clock): SshClient;
}

/** The library takes some MB: it is loaded with the first login. */
export function createSshClient(deps: { readonly hostKeys: HostKeys; readonly clock: Clock }): SshClient {
  let loaded: ReturnType<typeof load> | null = null;

  async function load() {
    const [{ openSsh }, { openSftp }, { openSshTerminal }, { createPrivateKeys }] = await Promise.all([
      import('./shell.ts'),
      import('./sftp.ts'),
      import('./terminal.ts'),
      import('./private-keys.ts'),
    ]);
    return { openSsh, openSftp, openSshTerminal, privateKeys: createPrivateKeys(deps.clock) };
  }

  function timedBy(clock: Clock): SshClient {
    async function library() {
      loaded ??= load();
      const { privateKeys, ...functions } = await loaded;
      return { ...functions, deps: { hostKeys: deps.hostKeys, privateKeys, clock } };
    }

    return {
      timedBy,
      async openShell(target, signal) {
        const { openSsh, deps: all } = await library();
        return await openSsh(target, all, signal);
      },
      async openFiles(target, signal) {
        const { openSftp, deps: all } = await library();
        return await openSftp(target, all, signal);
      },
      async openTerminal(target, size, signal) {
        const { openSshTerminal, deps: all } = await library();
        return await openSshTerminal(target, size, all, signal);
      },
    };
  }

  return timedBy(deps.clock);
}

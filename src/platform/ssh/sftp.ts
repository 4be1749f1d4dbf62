import type { FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2';
import { filesRefused } from './errors.ts';
import { type FileOutput, readWhole } from './read-file.ts';
import { NO_SUCH_FILE, SftpError } from './sftp-error.ts';
import { connectSsh, type OutputLimits, type SshDeps, type SshTarget } from './shell.ts';

/** Files of another machine over SSH. Everything rejects with an `SftpError`; once the connection is lost, all does. */
export interface SftpSession {
  /** Writes a whole file; what is written is on its disk when this resolves, where the server can say so (OpenSSH). */
  write(path: string, bytes: Buffer): Promise<void>;
  /** In one step in place of a file of that name, where the server can (OpenSSH). */
  rename(from: string, to: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Bytes of a file. */
  size(path: string): Promise<number>;
  /**
   * Reads a whole file within limits. Whatever came is given, with how it ended; only an aborted signal rejects, with its reason. After any end
   * but `whole`, `missing` and `refused` the session is of no more use.
   */
  read(path: string, limits: OutputLimits, signal: AbortSignal): Promise<FileOutput>;
  entries(
    path: string,
  ): Promise<readonly { readonly name: string; readonly isFolder: boolean; readonly bytes: number }[]>;
  close(): void;
}

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** Logs in for files; rejects as `connectSsh`, and with `SSH_UNREACHABLE` where the server opens no SFTP. */
export async function openSftp(target: SshTarget, deps: SshDeps, signal: AbortSignal): Promise<SftpSession> {
  const { client, close } = await connectSsh(target, deps, signal);
  const lost = Promise.withResolvers<never>();
  // Nobody may wait for it.
  lost.promise.catch(() => {});
  client.once('close', () => lost.reject(new SftpError(null)));
  const aborted = () => close();
  signal.addEventListener('abort', aborted, { once: true });
  // The library waits for ever for a server that lets us in and then says nothing.
  const cancel = deps.clock.after(target.timeoutMs, () => lost.reject(new SftpError(null)));

  /** What the library answers; it gives none once the connection is lost. */
  function once<Result>(begin: (done: (error: unknown, result?: Result) => void) => void): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    try {
      begin((error, result) => (error ? reject(errorOf(error)) : resolve(result as Result)));
    } catch {
      // The library throws only for what the server does not have, or where the connection is closed already.
      reject(new UnsupportedError());
    }
    return Promise.race([promise, lost.promise]);
  }

  try {
    const sftp = await once<SFTPWrapper>((done) => client.sftp(done));
    return {
      ...filesOf(sftp, once),
      read: (path, limits, stop) => readWhole(path, { sftp, once, close, clock: deps.clock }, limits, stop),
      close,
    };
  } catch (error) {
    close();
    signal.throwIfAborted();
    throw filesRefused(`${target.host}:${target.port}`, error);
  } finally {
    cancel();
    signal.removeEventListener('abort', aborted);
  }
}

export type Once = <Result = void>(begin: (done: (error: unknown, result?: Result) => void) => void) => Promise<Result>;

function filesOf(sftp: SFTPWrapper, once: Once): Omit<SftpSession, 'read' | 'close'> {
  return {
    async write(path, bytes) {
      const handle = await once<Buffer>((done) => sftp.open(path, 'w', PRIVATE_FILE, done));
      try {
        if (bytes.length > 0) await once((done) => sftp.write(handle, bytes, 0, bytes.length, 0, done));
        await ifSupported(() => once((done) => sftp.ext_openssh_fsync(handle, done)));
      } finally {
        await once((done) => sftp.close(handle, done));
      }
    },
    async rename(from, to) {
      if (await ifSupported(() => once((done) => sftp.ext_openssh_rename(from, to, done)))) return;
      // The protocol itself renames to no name that is taken.
      await once((done) => sftp.unlink(to, done)).catch((error: unknown) => {
        if (!(error instanceof SftpError) || error.status !== NO_SUCH_FILE) throw error;
      });
      await once((done) => sftp.rename(from, to, done));
    },
    makeFolder: (path) => once((done) => sftp.mkdir(path, { mode: PRIVATE_FOLDER }, done)),
    remove: (path) => once((done) => sftp.unlink(path, done)),
    async size(path) {
      const { size } = await once<Stats>((done) => sftp.stat(path, done));
      return size;
    },
    async entries(path) {
      const found = await once<readonly FileEntryWithStats[]>((done) => sftp.readdir(path, done));
      return found.map(({ filename, attrs }) => ({
        ...{ name: filename, isFolder: attrs.isDirectory(), bytes: attrs.size },
      }));
    },
  };
}

/** `false`: the server lacks this extension of OpenSSH. */
async function ifSupported(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof UnsupportedError) return false;
    throw error;
  }
}

class UnsupportedError extends SftpError {
  constructor() {
    super(null);
  }
}

function errorOf(error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'number') return new SftpError(code);
  return new SftpError(null);
}

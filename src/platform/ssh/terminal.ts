import type { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import type { TroubleError } from '../../runtime/errors.ts';
import { lostTerminal, shellRefused } from './errors.ts';
import { connectSsh, type SshDeps, type SshTarget } from './shell.ts';

export interface TerminalSize {
  /** 1 to 1000. */
  readonly columns: number;
  /** 1 to 1000. */
  readonly rows: number;
}

/** A shell with a terminal on another machine. */
export interface SshTerminal {
  /** Bytes of the terminal, both ways. Paused, it holds 2 MiB at most: then the other side has to wait. */
  readonly stream: Duplex;
  /** All output was read and the shell is over: by itself (`null`), or because the connection broke. */
  readonly ended: Promise<TroubleError | null>;
  resize(size: TerminalSize): void;
  /** Ends the connection at once; may be called twice and never throws. */
  close(): void;
}

/** What xterm.js can do. */
const TERM = 'xterm-256color';

/** A login with a terminal. Rejects as `connectSsh`, and with `SSH_SHELL_REFUSED` where the user may have none. */
export async function openSshTerminal(
  target: SshTarget,
  size: TerminalSize,
  deps: SshDeps,
  signal: AbortSignal,
): Promise<SshTerminal> {
  const { client, close, isClosed } = await connectSsh(target, deps, signal);
  const place = `${target.host}:${target.port}`;
  const { promise, resolve, reject } = Promise.withResolvers<ClientChannel>();
  // Nobody may wait for it.
  promise.catch(() => {});
  const aborted = () => reject(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  const cancel = deps.clock.after(target.timeoutMs, () => reject(shellRefused(place)));
  client.once('close', () => reject(shellRefused(place)));
  const ask = () =>
    client.shell({ term: TERM, cols: size.columns, rows: size.rows }, (error, channel) => {
      if (error === undefined) resolve(channel);
      else reject(shellRefused(place));
    });
  let channel: ClientChannel;
  try {
    signal.throwIfAborted();
    try {
      ask();
    } catch {
      // The connection is closed already.
      reject(lostTerminal(place));
    }
    channel = await promise;
  } catch (error) {
    close();
    throw error;
  } finally {
    cancel();
    signal.removeEventListener('abort', aborted);
  }

  const { promise: ended, resolve: over } = Promise.withResolvers<TroubleError | null>();
  let hasEnded = false;
  channel.on('exit', () => {
    hasEnded = true;
  });
  channel.on('end', () => {
    if (!isClosed()) hasEnded = true;
  });
  channel.once('close', () => over(hasEnded || !isClosed() ? null : lostTerminal(place)));
  // Told by its end.
  channel.on('error', () => undefined);
  // A terminal has one output; what comes beside it would fill the window.
  channel.stderr.resume();
  return {
    stream: channel,
    ended,
    resize({ columns, rows }) {
      if (!isClosed()) channel.setWindow(rows, columns, 0, 0);
    },
    close,
  };
}

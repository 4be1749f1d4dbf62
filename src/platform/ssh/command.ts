import type { ClientChannel } from 'ssh2';
import type { Clock } from '../../runtime/clock.ts';
import { createOutput } from './output.ts';
import type { CommandOutput, OutputLimits } from './shell.ts';

/** The connection that a command runs over. */
interface Connection {
  /** Gives `null` where the other side opens no channel. */
  exec(take: (channel: ClientChannel | null) => void): void;
  close(): void;
  isClosed(): boolean;
  onClose(run: () => void): void;
  readonly clock: Clock;
}

/** Runs one command and watches its limits while its output comes: neither the library nor a router ends one that stalls. */
export async function runCommand(
  { exec, close, isClosed, onClose, clock }: Connection,
  { idleMs, totalMs, mostBytes }: OutputLimits,
  signal: AbortSignal,
): Promise<CommandOutput> {
  const output = createOutput(mostBytes);
  let hasExit = false;
  let cancelIdle = () => {};
  const { promise, resolve, reject } = Promise.withResolvers<CommandOutput['end']>();
  const awaken = () => {
    cancelIdle();
    cancelIdle = clock.after(idleMs, () => resolve('idle'));
  };
  const take = (chunk: Buffer) => {
    if (!output.add(chunk)) return resolve('large');
    awaken();
  };
  const aborted = () => reject(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  const cancelTotal = clock.after(totalMs, () => resolve('late'));
  awaken();
  // In the middle of an output the library only closes, without an error.
  onClose(() => resolve('lost'));
  if (isClosed()) resolve('lost');
  else {
    exec((channel) => {
      if (channel === null) return resolve('lost');
      channel.on('data', take);
      channel.stderr.on('data', take);
      channel.on('exit', () => {
        hasExit = true;
      });
      channel.on('close', () => {
        // The connection may have been lost in the same moment.
        setImmediate(() => resolve(isClosed() && !hasExit ? 'lost' : 'closed'));
      });
    });
  }
  let end: CommandOutput['end'] | null = null;
  try {
    end = await promise;
    return { bytes: output.bytes(), end };
  } finally {
    cancelTotal();
    cancelIdle();
    signal.removeEventListener('abort', aborted);
    if (end !== 'closed') close();
  }
}

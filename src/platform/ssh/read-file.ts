import type { SFTPWrapper } from 'ssh2';
import type { Clock } from '../../runtime/clock.ts';
import { createOutput } from './output.ts';
import type { Once } from './sftp.ts';
import { NO_SUCH_FILE, PERMISSION_DENIED, SftpError } from './sftp-error.ts';
import type { OutputLimits } from './shell.ts';

/** A file as far as it came. */
export interface FileOutput {
  readonly bytes: Buffer;
  /**
   * `whole`: up to its end, as the server says. `missing`, `refused`: the server gives none. `lost`: the connection broke, or the server
   * answered with an error. `idle`, `late`, `large`: a limit was passed.
   */
  readonly end: 'whole' | 'missing' | 'refused' | 'lost' | 'idle' | 'late' | 'large';
}

/** What every server takes in one request (draft-ietf-secsh-filexfer-02, 3). */
const CHUNK_BYTES = 32_768;

/** Reads one file and watches its limits while it comes: a server may stall, and say any size. */
export async function readWhole(
  path: string,
  files: {
    readonly sftp: SFTPWrapper;
    readonly once: Once;
    readonly close: () => void;
    readonly clock: Pick<Clock, 'after'>;
  },
  { idleMs, totalMs, mostBytes }: OutputLimits,
  signal: AbortSignal,
): Promise<FileOutput> {
  signal.throwIfAborted();
  const { sftp, once, close, clock } = files;
  const output = createOutput(mostBytes);
  const { promise, resolve, reject } = Promise.withResolvers<FileOutput['end']>();
  let cancelIdle = () => {};
  const awaken = () => {
    cancelIdle();
    cancelIdle = clock.after(idleMs, () => resolve('idle'));
  };

  async function read(): Promise<FileOutput['end']> {
    const handle = await once<Buffer>((done) => sftp.open(path, 'r', done));
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let at = 0; ; ) {
      awaken();
      // The end of the file is no error to the library: then nothing was read.
      const count = await once<number>((done) => sftp.read(handle, chunk, 0, chunk.length, at, done));
      if (count === 0) break;
      if (!output.add(chunk.subarray(0, count))) return 'large';
      at += count;
    }
    await once((done) => sftp.close(handle, done));
    return 'whole';
  }

  const aborted = () => reject(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  const cancelTotal = clock.after(totalMs, () => resolve('late'));
  awaken();
  read().then(resolve, (error: unknown) => (error instanceof SftpError ? resolve(endOf(error)) : reject(error)));
  let end: FileOutput['end'] = 'lost';
  try {
    end = await promise;
    return { bytes: output.bytes(), end };
  } finally {
    cancelTotal();
    cancelIdle();
    signal.removeEventListener('abort', aborted);
    if (!['whole', 'missing', 'refused'].includes(end)) close();
  }
}

function endOf({ status }: SftpError): FileOutput['end'] {
  if (status === NO_SUCH_FILE) return 'missing';
  return status === PERMISSION_DENIED ? 'refused' : 'lost';
}

import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** How a program ended. */
export interface ProgramEnd {
  /** `null`: by a signal. */
  readonly code: number | null;
  /** Empty where it was taken piece by piece. */
  readonly stdout: Buffer;
}

export interface ProgramOptions {
  /** Absent: nothing. What is made piece by piece is asked for as the program reads it. */
  readonly stdin?: Iterable<Buffer> | AsyncIterable<Buffer>;
  /** Further variables of the environment that it gets, by name. */
  readonly passed?: RegExp;
  /** Variables that it gets besides. */
  readonly set: Readonly<Record<string, string>>;
  readonly mostBytes: number;
  /** Takes the output piece by piece, so that it is not kept. What it throws ends the program and is thrown. */
  readonly take?: (chunk: Buffer) => void;
}

/** What a program of somebody else may see of our environment: not the secrets in it. */
const PASSED =
  /^(PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|XDG_\w+|SSL_CERT_\w+|(HTTPS?|NO|ALL)_PROXY|(https?|no|all)_proxy)$/;

/**
 * Runs a program without a shell and waits for its end; its error output, which may repeat secrets, goes nowhere. Rejects with the error of the
 * system where it cannot be started (`ENOENT`: there is none), with an `OutputTooLong`, with the error of `stdin` or `take`, and with the reason
 * of an aborted signal; each of these kills it.
 */
export async function runProgram(
  name: string,
  args: readonly string[],
  { stdin = [], passed, set, mostBytes, take }: ProgramOptions,
  signal: AbortSignal,
): Promise<ProgramEnd> {
  signal.throwIfAborted();
  const inherited = Object.entries(process.env).filter(([key]) => PASSED.test(key) || passed?.test(key));
  const child = spawn(name, args, {
    env: { ...Object.fromEntries(inherited), ...set },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  const aborted = () => reject(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  const chunks: Buffer[] = [];
  let size = 0;
  child.on('error', reject);
  child.on('close', (code) => resolve(code));
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > mostBytes) reject(new OutputTooLong());
    else if (take === undefined) chunks.push(chunk);
    else
      try {
        take(chunk);
      } catch (error) {
        reject(error);
      }
  });
  // A program that ends before it has read all says why by its exit code.
  const fed = pipeline(Readable.from(watched(stdin, reject)), child.stdin).catch(() => {});
  try {
    const code = await promise;
    await fed;
    return { code, stdout: Buffer.concat(chunks) };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    signal.removeEventListener('abort', aborted);
  }
}

async function* watched(
  stdin: Iterable<Buffer> | AsyncIterable<Buffer>,
  failed: (error: unknown) => void,
): AsyncGenerator<Buffer> {
  try {
    yield* stdin;
  } catch (error) {
    failed(error);
    throw error;
  }
}

/** A program says more than what it was asked for can be. */
export class OutputTooLong extends Error {}

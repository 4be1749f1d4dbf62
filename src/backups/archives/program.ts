import { spawn } from 'node:child_process';

/** How a program ended. */
export interface ProgramEnd {
  /** `null`: by a signal. */
  readonly code: number | null;
  readonly stdout: string;
}

/** What a program of somebody else may see of our environment: not the secrets in it. */
const PASSED =
  /^(PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|XDG_\w+|SSL_CERT_\w+|(HTTPS?|NO|ALL)_PROXY|(https?|no|all)_proxy)$/;

/**
 * Runs a program without a shell and waits for its end; its error output, which may repeat secrets, goes nowhere. Rejects with the error of the
 * system where it cannot be started (`ENOENT`: there is none), with an `OutputTooLong`, and with the reason of an aborted signal, which kills it.
 *
 * @param passed further variables of the environment that it gets, by name
 */
export async function runProgram(
  name: string,
  args: readonly string[],
  {
    stdin,
    passed,
    set,
    mostBytes,
  }: {
    readonly stdin: Buffer;
    readonly passed: RegExp;
    readonly set: Readonly<Record<string, string>>;
    readonly mostBytes: number;
  },
  signal: AbortSignal,
): Promise<ProgramEnd> {
  signal.throwIfAborted();
  const inherited = Object.entries(process.env).filter(([key]) => PASSED.test(key) || passed.test(key));
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
  // One that ends before it has read all says why by its exit code.
  child.stdin.on('error', () => {});
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > mostBytes) reject(new OutputTooLong());
    else chunks.push(chunk);
  });
  child.stdin.end(stdin);
  try {
    const code = await promise;
    return { code, stdout: Buffer.concat(chunks).toString('utf8') };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    signal.removeEventListener('abort', aborted);
  }
}

/** A program says more than what it was asked for can be. */
export class OutputTooLong extends Error {}

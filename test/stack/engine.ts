import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** The repository. */
export const ROOT = join(import.meta.dirname, '../..');

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeoutMs?: number;
}

/** Runs a program and gives how it ended, whatever that is; rejects when it cannot be started or takes too long. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { env = {}, cwd = ROOT, timeoutMs = 120_000 } = options;
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { cwd, env: { ...process.env, ...env }, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
        else reject(error);
      },
    );
  });
}

/** `docker …`; rejects with what it said unless it ended with 0. Gives stdout without the last line break. */
export async function docker(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run('docker', args, options);
  if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}:\n${stderr}${stdout}`);
  return stdout.trimEnd();
}

/** Why these tests cannot run here, or `false`: what `node:test` takes as `skip`. */
export async function findObstacle(): Promise<string | false> {
  try {
    const { code, stderr } = await run('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: 10_000 });
    if (code !== 0) return `no Docker engine answers: ${stderr.trim().split('\n').at(-1)}`;
    const compose = await run('docker', ['compose', 'version'], { timeoutMs: 10_000 });
    return compose.code === 0 ? false : 'there is no docker compose (version 2)';
  } catch (error) {
    return `no Docker engine answers: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const OWN_TAG = 'netsentinel:stack-test';

/** The image under test: the one that `NETSENTINEL_TEST_IMAGE` names, else built from this checkout. */
export async function theImage(): Promise<string> {
  const given = process.env['NETSENTINEL_TEST_IMAGE'];
  if (given) return given;
  await docker(['build', '--quiet', '--tag', OWN_TAG, '.'], { timeoutMs: 600_000 });
  return OWN_TAG;
}

/** What docker-compose.yml says of the worker, as options of `docker run`. */
export const HARDENED = [
  '--init',
  '--read-only',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
  '--tmpfs=/tmp:size=64m',
] as const;

/** Tries again and again until `look` gives something, for as long as an engine may reasonably take. */
export async function eventually<Found>(
  what: string,
  look: () => Promise<Found | undefined>,
  timeoutMs = 120_000,
): Promise<Found> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

import { execFile } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '../../runtime/clock.ts';

/** Whether a host answered ICMP. `unable`: this machine cannot ping. */
export type Ping =
  | { readonly kind: 'answered'; readonly latencyMs: number | null }
  | { readonly kind: 'silent' }
  | { readonly kind: 'unresolved' }
  | { readonly kind: 'unable' };

export interface PingOptions {
  readonly host: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Node has no ICMP: the program `ping` of the system does it, where there is one and it may. */
export interface Pinger {
  /** One echo request. Never rejects. */
  ping(options: PingOptions): Promise<Ping>;
  /** Why it cannot be done here; `null` when it can. Found out once, by a ping of this machine itself. */
  trouble(): Promise<string | null>;
}

/** Nothing of the worker's environment, which has secrets; in English, whatever the machine speaks. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
const OWN_ADDRESS = '127.0.0.1';
const OWN_TIMEOUT_MS = 2_000;
const LONGEST_OUTPUT = 16 * 1024;

/** @param program for tests; default the system's `ping` */
export function createPinger({
  clock,
  program = 'ping',
}: {
  readonly clock: Clock;
  readonly program?: string;
}): Pinger {
  let found: Promise<string | null> | null = null;

  function trouble(): Promise<string | null> {
    found ??= send(OWN_ADDRESS, OWN_TIMEOUT_MS, new AbortController().signal).then(whyNot);
    return found;
  }

  /** `address` is an IP address: a name could pass for an option. */
  function send(address: string, timeoutMs: number, signal: AbortSignal): Promise<Run> {
    const { promise, resolve } = Promise.withResolvers<Run>();
    const seconds = String(Math.max(1, Math.ceil(timeoutMs / 1000)));
    const options = { env: ENVIRONMENT, signal, maxBuffer: LONGEST_OUTPUT, cwd: '/' };
    const child = execFile(
      program,
      ['-n', '-c', '1', '-W', seconds, '--', address],
      options,
      (error, stdout, stderr) => {
        cancel();
        resolve({ code: error === null ? 0 : (error.code ?? null), stdout, stderr });
      },
    );
    const cancel = clock.after(timeoutMs, () => child.kill('SIGKILL'));
    return promise;
  }

  return {
    trouble,
    async ping({ host, timeoutMs, signal }) {
      if ((await trouble()) !== null) return { kind: 'unable' };
      const address = isIP(host) === 0 ? await addressOf(host) : host;
      if (address === null) return { kind: 'unresolved' };
      const { code, stdout } = await send(address, timeoutMs, signal);
      return code === 0 ? { kind: 'answered', latencyMs: latencyOf(stdout) } : { kind: 'silent' };
    },
  };
}

/** How the program ended: its exit code, a code of Node's when it could not run, `null` when it was killed. */
interface Run {
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function whyNot({ code, stderr }: Run): string | null {
  if (code === 0) return null;
  if (code === 'ENOENT') return 'the program ping is not installed';
  // Debian's program carries a capability that a container without it may not even run.
  if (code === 'EPERM' || code === 'EACCES' || /not permitted|denied/i.test(stderr)) {
    return 'the program ping may not be used here (it needs the capability NET_RAW or net.ipv4.ping_group_range)';
  }
  return 'the program ping gets no answer from this machine itself';
}

async function addressOf(host: string): Promise<string | null> {
  try {
    return (await lookup(host)).address;
  } catch {
    return null;
  }
}

/** `time=0.042 ms`, as iputils and BusyBox write it. */
function latencyOf(stdout: string): number | null {
  const match = /\btime[=<](\d{1,7}(?:\.\d{1,6})?) ?ms/.exec(stdout);
  return match?.[1] === undefined ? null : Number(match[1]);
}

import type { DeviceFiles, DeviceShell } from '../../src/backups/ports.ts';
import { createPrivateKeys } from '../../src/platform/ssh/private-keys.ts';
import { openSftp } from '../../src/platform/ssh/sftp.ts';
import { type HostKeys, openSsh, type SshDeps, type SshTarget } from '../../src/platform/ssh/shell.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';

export const NEVER = new AbortController().signal;
export const WIDE = { idleMs: 60_000, totalMs: 60_000, mostBytes: 16_777_216 };

export function hidden(text: string): { reveal(): string } {
  return { reveal: () => text };
}

/** Host keys pinned in memory. */
export function createMemoryPins(): HostKeys {
  const pins = new Map<string, string>();
  return {
    async pin({ host, port }, fingerprint) {
      const place = `${host}:${port}`;
      const pinned = pins.get(place) ?? fingerprint;
      pins.set(place, pinned);
      return pinned;
    },
  };
}

type Place = Pick<SshTarget, 'port' | 'username'> & Partial<SshTarget> & { readonly clock?: Clock };

function reached(place: Place): { readonly target: SshTarget; readonly deps: SshDeps } {
  const { clock = systemClock, ...given } = place;
  const usual = { host: '127.0.0.1', password: null, privateKey: null, passphrase: null, hostKey: null };
  const deps = { hostKeys: createMemoryPins(), privateKeys: createPrivateKeys(clock), clock };
  return { target: { ...usual, legacy: false, timeoutMs: 60_000, ...given }, deps };
}

/** The SSH client, as backups use it, to a server on the loopback. */
export function shellTo(place: Place): DeviceShell {
  const { target, deps } = reached(place);
  return { open: (signal) => openSsh(target, deps, signal) };
}

/** The same for files. */
export function filesOn(place: Place): DeviceFiles {
  const { target, deps } = reached(place);
  return { open: (signal) => openSftp(target, deps, signal) };
}

/** Runs these lines in one session; gives what each printed. */
export async function runLines(shell: DeviceShell, ...lines: string[]): Promise<string[]> {
  const session = await shell.open(NEVER);
  try {
    const texts: string[] = [];
    for (const line of lines) texts.push((await session.run(line, WIDE, NEVER)).bytes.toString('latin1'));
    return texts;
  } finally {
    session.close();
  }
}

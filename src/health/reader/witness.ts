import { isIP } from 'node:net';
import type { Prober } from '../../platform/probe/prober.ts';

/** An address beside the devices, that answers as long as our own line stands. */
export interface Witness {
  readonly host: string;
  /** `null`: it is pinged, and where that cannot be done a connection to port 80 is tried. */
  readonly port: number | null;
}

const USUAL_PORT = 80;

/** `192.0.2.254`, `198.51.100.1:443`, `[2001:db8::1]:443`, or a host name in place of the address; `null` for all else. */
export function parseWitness(text: string): Witness | null {
  if (isIP(text) !== 0) return { host: text, port: null };
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?))(?::(\d{1,5}))?$/i.exec(text);
  if (match === null) return null;
  const host = match[1] ?? match[2] ?? '';
  const port = match[3] === undefined ? null : Number(match[3]);
  if (match[1] !== undefined && isIP(host) !== 6) return null;
  return port === null || (port >= 1 && port <= 65_535) ? { host, port } : null;
}

/** Whether a witness answers; a refused connection is an answer. `null`: nothing was learned, by a fault of this machine. */
export async function askWitness(
  { host, port }: Witness,
  within: { readonly timeoutMs: number; readonly signal: AbortSignal },
  prober: Prober,
): Promise<boolean | null> {
  if (port === null) {
    const { kind } = await prober.ping({ host, ...within });
    if (kind !== 'unable') return kind === 'answered';
  }
  const answer = await prober.knock({ host, port: port ?? USUAL_PORT, ...within });
  switch (answer.kind) {
    case 'open':
    case 'refused':
      return true;
    case 'silent':
    case 'unresolved':
      return false;
    case 'unseen':
      return null;
  }
}

import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { closedTrouble, socketTrouble, timeoutTrouble, tlsClosedTrouble } from '../../platform/routeros/errors.ts';
import { openTlsSocket, type RouterTls } from '../../platform/routeros/tls.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { TroubleError } from '../../runtime/errors.ts';
import type { Certificate } from '../ports.ts';

/** Node tries the addresses of a name one after the other; each gets this long. */
const ADDRESS_ATTEMPT_MS = 2_000;

export interface ProbeTarget {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** Addresses of the host's name. Rejects with a `TroubleError` `ROUTER_NAME_UNRESOLVED` or `ROUTER_TIMEOUT`. */
export async function resolveHost({ host, port, clock, timeoutMs }: ProbeTarget): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(timeoutMs, () => late.reject(timeoutTrouble(`the name ${host}`, timeoutMs)));
  try {
    const found = await Promise.race([lookup(host, { all: true }), late.promise]);
    return found.map(({ address }) => address);
  } catch (error) {
    throw asTrouble(error, `${host}:${port}`);
  } finally {
    cancel();
  }
}

/** Connects by TCP and hangs up. Rejects with a `TroubleError`. */
export async function tryTcp(target: ProbeTarget): Promise<{ localAddress: string | null; connectMs: number }> {
  const { host, port, clock } = target;
  const startedMs = clock.monotonicMs();
  const socket = connectTcp({ host, port, autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS });
  return await settled(socket, 'connect', target, () => ({
    localAddress: socket.localAddress ?? null,
    connectMs: clock.monotonicMs() - startedMs,
  }));
}

/**
 * Reads the certificate that the router shows, without believing it: nothing is sent over this connection. `null` when it shows none
 * (anonymous Diffie-Hellman). Rejects with a `TroubleError`.
 */
export async function readCertificate(target: ProbeTarget & { readonly tls: RouterTls }): Promise<Certificate | null> {
  const { host, port, tls } = target;
  const takesAnybody = typeof tls === 'object' && 'insecure' in tls;
  // A fingerprint is compared after the handshake only, so this form lets every certificate through to be looked at.
  const trust: RouterTls = takesAnybody ? tls : { fingerprint: '' };
  const socket = openTlsSocket({ host, port, tls: trust, addressAttemptMs: ADDRESS_ATTEMPT_MS });
  return await settled(socket, 'secureConnect', target, () => certificateOf(socket));
}

function certificateOf(socket: TLSSocket): Certificate | null {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return null;
  return {
    subject: certificate.subject?.replaceAll('\n', ', ') ?? '',
    validFrom: certificate.validFromDate.getTime(),
    validTo: certificate.validToDate.getTime(),
    fingerprint: certificate.fingerprint256,
  };
}

/** The result of `read` once the socket is open; the socket is always destroyed afterwards. */
async function settled<Result>(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  { host, port, clock, timeoutMs }: ProbeTarget,
  read: () => Result,
): Promise<Result> {
  const where = `${host}:${port}`;
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const cancel = clock.after(timeoutMs, () => reject(timeoutTrouble('the connection attempt', timeoutMs)));
  socket.once(event, () => {
    try {
      resolve(read());
    } catch (error) {
      reject(error);
    }
  });
  // Stays for good: a destroyed socket may still report an error, and without a listener that ends the process.
  socket.on('error', (error) => reject(asTrouble(error, where)));
  socket.once('close', () => reject(event === 'connect' ? closedTrouble(`${where} hung up`) : tlsClosedTrouble(where)));
  try {
    return await promise;
  } finally {
    cancel();
    socket.destroy();
  }
}

function asTrouble(error: unknown, where: string): TroubleError {
  return socketTrouble(error instanceof Error ? error : new Error(String(error)), where);
}

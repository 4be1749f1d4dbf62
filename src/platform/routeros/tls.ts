import { X509Certificate } from 'node:crypto';
import { isIP, type TcpSocketConnectOpts } from 'node:net';
import { type ConnectionOptions, connect as connectTls, DEFAULT_CIPHERS, type TLSSocket } from 'node:tls';
import { tlsTrouble } from './errors.ts';

/**
 * How to trust a router over api-ssl: `true` the system's authorities and the host's name; `ca` (PEM) that authority and the host's
 * name; `fingerprint` exactly the certificate with this SHA-256 fingerprint, no matter who signed it; `insecure` any peer.
 */
export type RouterTls = true | { readonly ca: string } | { readonly fingerprint: string } | { readonly insecure: true };

/**
 * Whatever a router has. Without a certificate api-ssl offers anonymous Diffie-Hellman only, which OpenSSL hides below security level 1
 * and TLS 1.3 does not know; an old RouterOS speaks TLS 1.0, with keys that are too short for any higher level.
 */
const ANYTHING: ConnectionOptions = {
  rejectUnauthorized: false,
  ciphers: 'ALL:@SECLEVEL=0',
  minDHSize: 1,
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1.2',
};

/** The pin identifies the router, no matter who signed; the key exchange with 1,024 bits of old routers passes with a warning. */
const PINNED: ConnectionOptions = { rejectUnauthorized: false, ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=1` };

function trustOptions(tls: RouterTls): ConnectionOptions {
  if (tls === true) {
    return {};
  }
  if ('ca' in tls) {
    checkCa(tls.ca);
    return { ca: tls.ca };
  }
  return 'fingerprint' in tls ? PINNED : ANYTHING;
}

/** Node passes over a `ca` that it cannot read and then blames the router's certificate. */
function checkCa(ca: string): void {
  try {
    new X509Certificate(ca);
  } catch (error) {
    throw tlsTrouble(
      'the certificate given as ca cannot be read',
      'Set tls.ca to the text of a PEM file, beginning with -----BEGIN CERTIFICATE-----.',
      { cause: error },
    );
  }
}

/** Begins a connection with TLS. Throws a `TroubleError` `ROUTER_TLS_FAILED` when `ca` is no certificate. */
export function openTlsSocket(target: {
  host: string;
  port: number;
  tls: RouterTls;
  addressAttemptMs: number;
}): TLSSocket {
  const { host, port, tls } = target;
  // Node hands the TCP options on; its types for TLS leave this one out.
  const options: ConnectionOptions & Pick<TcpSocketConnectOpts, 'autoSelectFamilyAttemptTimeout'> = {
    ...trustOptions(tls),
    host,
    port,
    autoSelectFamilyAttemptTimeout: target.addressAttemptMs,
    ...(isIP(host) === 0 && { servername: host }),
  };
  return connectTls(options);
}

const LEAST_DH_BITS = 2_048;

/** What TLS shows of the router. */
export interface TlsPeer {
  /** What makes the connection easy to break, for an admin to read; `null` when nothing does. */
  readonly weakness: string | null;
  /** When its certificate ends, Unix ms; `null` where it shows none. */
  readonly certificateEndsAt: number | null;
}

/** To be called after `secureConnect`. */
export function peerOf(socket: TLSSocket): TlsPeer {
  const endsAt = Date.parse(socket.getPeerX509Certificate()?.validTo ?? '');
  return { weakness: weaknessOf(socket), certificateEndsAt: Number.isNaN(endsAt) ? null : endsAt };
}

function weaknessOf(socket: TLSSocket): string | null {
  const protocol = socket.getProtocol();
  if (protocol === 'TLSv1' || protocol === 'TLSv1.1') {
    return `the router speaks ${protocol.replace('TLSv', 'TLS ').replace(/ 1$/, ' 1.0')} at best`;
  }
  if (socket.getPeerX509Certificate() === undefined) return 'the router shows no certificate';
  const key = socket.getEphemeralKeyInfo();
  return key !== null && 'type' in key && key.type === 'DH' && key.size < LEAST_DH_BITS
    ? `the router exchanges keys with Diffie-Hellman of ${key.size} bits`
    : null;
}

function normalFingerprint(text: string): string {
  return text.replaceAll(/[^0-9a-f]/gi, '').toUpperCase();
}

/** After `secureConnect`: throws a `TroubleError` unless the certificate is the pinned one. Nothing may be sent before this. */
export function checkPeer(socket: TLSSocket, tls: RouterTls): void {
  if (tls === true || !('fingerprint' in tls)) {
    return;
  }
  const presented = socket.getPeerX509Certificate()?.fingerprint256;
  if (presented === undefined || normalFingerprint(presented) !== normalFingerprint(tls.fingerprint)) {
    throw tlsTrouble(
      `the router's certificate is not the pinned one; it shows ${presented ?? 'none'}`,
      'If the certificate was renewed on purpose, put the fingerprint shown into tls.fingerprint; if not, this may be a man-in-the-middle attack.',
    );
  }
}

import { subscribe } from 'node:diagnostics_channel';
import dns, { type LookupAddress } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import os from 'node:os';

/**
 * Loaded into a process before the program (`--import`): every name that ends in `.test` has an IPv6 and an IPv4 address, tried in this
 * order. Each attempt to connect is printed on stderr when its first packet has been sent.
 */
const ADDRESSES: readonly LookupAddress[] = [
  { address: '::ffff:127.0.0.2', family: 6 },
  { address: '127.0.0.3', family: 4 },
];

type Done = (error: Error | null, addresses: unknown) => void;
const lookup = dns.lookup;

function lookupTwo(hostname: string, options: object, done: Done): void {
  if (hostname.endsWith('.test')) process.nextTick(done, null, ADDRESSES);
  else Reflect.apply(lookup, dns, [hostname, options, done]);
}

/** nodemailer asks the name servers itself. */
class Resolver {
  resolve4(_hostname: string, done: Done): void {
    process.nextTick(done, null, [ADDRESSES[1]?.address]);
  }
  resolve6(_hostname: string, done: Done): void {
    process.nextTick(done, null, [ADDRESSES[0]?.address]);
  }
}

Object.assign(dns, { lookup: lookupTwo, Resolver });
// nodemailer leaves out a family that no interface of the machine has.
Object.assign(os, { networkInterfaces: () => ({}) });
syncBuiltinESMExports();

subscribe('net.client.socket', (message) => {
  if (typeof message !== 'object' || message === null || !('socket' in message)) return;
  const { socket } = message;
  if (!(socket instanceof Socket)) return;
  socket.on('connectionAttempt', (address: string, port: number) => {
    // The packet is sent right after this event.
    setImmediate(() => process.stderr.write(`connecting to ${address} port ${port}\n`));
  });
});

import { isIP, isIPv6 } from 'node:net';

/** An address as a proxy may have passed it on; whatever is none becomes `unknown`. */
export function knownAddress(text: string): string {
  return isIP(text) === 0 ? 'unknown' : text;
}

/** Stands for all addresses of one subscriber: an IPv4 address, of IPv6 the first half. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return knownAddress(address);
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const parts = (text: string | undefined) => (text ? text.split(':') : []);
  const missing = tail === undefined ? 0 : 8 - parts(head).length - parts(tail).length;
  return [...parts(head), ...Array(Math.max(missing, 0)).fill('0'), ...parts(tail)].slice(0, 4).join(':');
}

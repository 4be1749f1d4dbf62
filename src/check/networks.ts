import { isIP } from 'node:net';

/** `192.0.2.0/24`, `2001:db8::1`, …: not an interface. */
export function isNetwork(text: string, family: 'IPv4' | 'IPv6'): boolean {
  return parseNetwork(text)?.family === family;
}

export interface Network {
  readonly family: 'IPv4' | 'IPv6';
  /** The address's bits above its host part, as text of `0` and `1`. */
  readonly prefix: string;
}

/** `null` for what is no network, e.g. the name of an interface. */
export function parseNetwork(text: string): Network | null {
  const [address = '', lengthText, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return null;
  const full = version === 4 ? 32 : 128;
  const length = lengthText === undefined ? full : Number(lengthText);
  if (!Number.isInteger(length) || length < 0 || length > full) return null;
  const bits = version === 4 ? bitsOfIpv4(address) : bitsOfIpv6(address);
  return bits === null ? null : { family: version === 4 ? 'IPv4' : 'IPv6', prefix: bits.slice(0, length) };
}

function bitsOfIpv4(address: string): string {
  return address
    .split('.')
    .map((byte) => Number(byte).toString(2).padStart(8, '0'))
    .join('');
}

/** RFC 4291: groups of 16 bits, `::` for a run of zeros, the last 32 bits also as an IPv4 address. */
function bitsOfIpv6(address: string): string | null {
  const [head = '', tail] = address.split('::').map(groupsOf);
  const zeros = 128 - head.length - (tail?.length ?? 0);
  if (tail === undefined) return zeros === 0 ? head : null;
  return zeros < 0 ? null : head + '0'.repeat(zeros) + tail;
}

function groupsOf(text: string): string {
  if (text === '') return '';
  return text
    .split(':')
    .map((group) =>
      group.includes('.') ? bitsOfIpv4(group) : Number.parseInt(group, 16).toString(2).padStart(16, '0'),
    )
    .join('');
}

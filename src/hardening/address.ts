import { isIP } from 'node:net';
import { TroubleError } from '../runtime/errors.ts';

/**
 * Reads one address or network and gives the form that RouterOS stores: an address without prefix length, a network with one.
 * @throws TroubleError `HARDENING_ADDRESS` when it is neither, names all of the internet, or has bits set beyond its prefix
 */
export function parseSource(text: string): string {
  const [host = '', prefixText, ...rest] = text.trim().split('/');
  const family = isIP(host);
  const bits = family === 6 ? 128 : 32;
  if (
    family === 0 ||
    rest.length > 0 ||
    host.includes('%') ||
    (prefixText !== undefined && !/^\d{1,3}$/.test(prefixText))
  )
    throw refused(text, 'is no IPv4 or IPv6 address or network');
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  if (prefix > bits) throw refused(text, `has a prefix longer than ${bits}`);
  if (prefix === 0) throw refused(text, 'would open the API to everybody');
  const number = toNumber(host, family);
  if (family === 6 && number >> 32n === 0xffffn)
    throw refused(text, 'is an IPv4 address in IPv6 notation; write it as IPv4');
  if (number === 0n) throw refused(text, 'is no address of a host');
  const hostBits = BigInt(bits - prefix);
  const base = (number >> hostBits) << hostBits;
  if (base !== number) throw refused(text, `has host bits set; write ${toText(base, family)}/${prefix}`);
  return prefix === bits ? toText(number, family) : `${toText(number, family)}/${prefix}`;
}

/** Reads an address of a host: `parseSource` without networks. */
export function parseHost(text: string): string {
  const source = parseSource(text);
  if (source.includes('/')) throw refused(text, 'is a network; the server needs its address');
  return source;
}

function refused(text: string, why: string): TroubleError {
  return new TroubleError(
    'HARDENING_ADDRESS',
    `${JSON.stringify(text)} ${why}`,
    'Give addresses like 192.0.2.10 or 2001:db8::10, networks like 192.0.2.0/24.',
  );
}

function toNumber(host: string, family: number): bigint {
  if (family === 4) return host.split('.').reduce((number, part) => (number << 8n) | BigInt(part), 0n);
  // The URL parser writes every IPv6 notation, dotted tail included, in one way.
  const canonical = new URL(`http://[${host}]/`).hostname.slice(1, -1);
  const [left = '', right] = canonical.split('::');
  const words = (side: string) => (side === '' ? [] : side.split(':'));
  const [before, after] = [words(left), words(right ?? '')];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce((number, word) => (number << 16n) | BigInt(`0x${word}`), 0n);
}

function toText(number: bigint, family: number): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 0xffn).join('.');
  const words = Array.from({ length: 8 }, (_, place) => ((number >> BigInt(112 - 16 * place)) & 0xffffn).toString(16));
  return new URL(`http://[${words.join(':')}]/`).hostname.slice(1, -1);
}

import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

const HOST_LABELS =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

/** Whether a text is an IP address or a host name, also one with letters beyond ASCII. */
export function isHost(text: string): boolean {
  if (isIP(text) !== 0) return true;
  // What ends a host name in a URL would be cut off without a word.
  if (/[\s/\\?#@:]/.test(text)) return false;
  // A number with dots that is no address is a typing mistake, though it has the form of a host name.
  return !/^[\d.]+$/.test(text) && HOST_LABELS.test(domainToASCII(text) || text);
}

/** For comparing: host names have no case, and may end with a dot. */
export function comparableHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

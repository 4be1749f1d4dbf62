const LONGEST_KEY = 16_384;

/** What a text that is no private key is told. */
export const PRIVATE_KEY = 'must be a private key in PEM or OpenSSH format, of at most 16 kB';

/** Whether a text looks like one; not whether it is usable. */
export function isPrivateKey(text: string): boolean {
  return text.length <= LONGEST_KEY && /^-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text.trimStart());
}

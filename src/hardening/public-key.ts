import { TroubleError } from '../runtime/errors.ts';

/** RouterOS 6 takes a key from a file that a script wrote, and such a file holds 4 kB. */
const LONGEST_KEY = 4000;

/**
 * Takes the content of a public key file in OpenSSH's form; gives the type and the key, without what stands behind. RouterOS takes RSA
 * keys, and ed25519 from 7.12; ECDSA never.
 * @throws TroubleError `HARDENING_PUBLIC_KEY`; the content is not in it, because it may be a private key
 */
export function parsePublicKey(content: string): string {
  const lines = content.split(/\r?\n/).filter((line) => line.trim() !== '');
  const [type = '', base64 = ''] = (lines[0] ?? '').trim().split(/[ \t]+/);
  if (lines.some((line) => line.includes('PRIVATE KEY'))) throw refused('is a private key');
  if (lines.length !== 1 || !/^[a-z][a-z0-9@.-]*$/.test(type) || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64))
    throw refused('is not one public key in the form of OpenSSH');
  if (type !== 'ssh-rsa' && type !== 'ssh-ed25519') throw refused(`is of the type ${type}, which no RouterOS takes`);
  if (base64.length > LONGEST_KEY) throw refused('is too long for RouterOS');
  const blob = Buffer.from(base64, 'base64');
  // RFC 4253: a length of four bytes, then the name of the type once more.
  const isWhole = blob.length > 4 + type.length + 32 && blob.readUInt32BE(0) === type.length;
  if (!isWhole || blob.toString('latin1', 4, 4 + type.length) !== type) throw refused('is damaged');
  return `${type} ${base64}`;
}

function refused(why: string): TroubleError {
  return new TroubleError(
    'HARDENING_PUBLIC_KEY',
    `the key in the file ${why}`,
    'Make one with `ssh-keygen -t rsa -b 3072 -f backup_key`, or `-t ed25519` for RouterOS 7.12 and later; give backup_key.pub.',
  );
}

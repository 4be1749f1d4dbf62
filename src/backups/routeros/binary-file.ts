import { createHash, createHmac } from 'node:crypto';
import { isSameText } from '../../runtime/same-text.ts';

/** One name for all routers, so that a file that a killed run left is known as ours, and no other one is touched. */
export const BINARY_NAME = 'netsentinel-binary';
export const BINARY_FILE = `${BINARY_NAME}.backup`;

/**
 * The head of a backup that RouterOS 6.43 and later encrypts with AES, as github.com/BigNerd95/RouterOS-Backup-Tools describes it: magic, size
 * of the file (both 32 bits, little-endian), salt, signature; then what is encrypted.
 */
const AES_MAGIC = 0x7391a8ef;
const PLAIN_MAGIC = 0xb1a1ac88;
const SIZE_AT = 4;
const SALT_AT = 8;
const SIGNATURE_AT = 40;
const CONTENT_AT = 72;
const KEY_BYTES = 16;

/**
 * What is wrong with a binary backup; `null`: it came whole, is encrypted with this password, and no byte was changed. The signature is
 * HMAC-SHA256 of what is encrypted; its key is the second half of SHA-256 of salt and password.
 */
export function binaryFault(bytes: Buffer, password: string): string | null {
  if (bytes.length <= CONTENT_AT) return 'it is too short to be one';
  const magic = bytes.readUInt32LE(0);
  if (magic === PLAIN_MAGIC) return 'the router did not encrypt it';
  if (magic !== AES_MAGIC) return 'it is no backup that RouterOS encrypted with AES';
  if (bytes.readUInt32LE(SIZE_AT) !== bytes.length) return 'its length is another one than its head says';
  const secret = createHash('sha256').update(bytes.subarray(SALT_AT, SIGNATURE_AT)).update(password, 'utf8').digest();
  const signature = createHmac('sha256', secret.subarray(KEY_BYTES)).update(bytes.subarray(CONTENT_AT)).digest('hex');
  const isOurs = isSameText(signature, bytes.toString('hex', SIGNATURE_AT, CONTENT_AT));
  return isOurs ? null : 'its signature does not fit the password: it was damaged, or encrypted with another one';
}

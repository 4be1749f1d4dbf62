import { randomBytes } from 'node:crypto';
import type { ByteText } from './text.ts';

/** What a device has to say after its configuration, and only then: a random text that no configuration holds. */
export function makeNonce(): string {
  return randomBytes(12).toString('hex');
}

export function endLine(nonce: string): string {
  return `ns-end-${nonce}`;
}

/**
 * What came before the line that proves the end; `null` where that line is missing, is not the last one or not whole: whatever
 * came is then incomplete, also after a clean end with exit status 0.
 */
export function provenText(output: ByteText, nonce: string): ByteText | null {
  const trimmed = output.trimEnd();
  const start = trimmed.lastIndexOf('\n') + 1;
  return trimmed.slice(start) === endLine(nonce) ? output.slice(0, start) : null;
}

import { z } from 'zod';
import type { TroubleError } from '../runtime/errors.ts';
import type { TerminalSize } from './ports.ts';

/** A frame above this closes the terminal. */
export const MOST_FRAME_BYTES = 64 * 1024;

const cells = z.int().min(1).max(1000);
export const sizeFields = { columns: cells, rows: cells };

const frame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('resize'), ...sizeFields }),
  // A browser that draws more slowly than the device writes.
  z.object({ type: z.literal('pause') }),
  z.object({ type: z.literal('resume') }),
]);

export type BrowserFrame = ({ readonly type: 'resize' } & TerminalSize) | { readonly type: 'pause' | 'resume' };

/** What a text frame of a browser says; `null`: nothing that we know. */
export function parseFrame(text: string): BrowserFrame | null {
  try {
    return frame.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** What a browser is told of trouble. A changed host key comes with both fingerprints. */
export function troubleFrame(trouble: TroubleError): string {
  const { code, message, advice } = trouble;
  if ('known' in trouble && 'seen' in trouble) {
    return JSON.stringify({ type: 'error', code: 'HOST_KEY_CHANGED', known: trouble.known, seen: trouble.seen });
  }
  return JSON.stringify({ type: 'error', code, message, advice });
}

/**
 * What xterm.js answers by itself: where its cursor is, what it is, which modes and colours it has, and whether it has the focus. Nobody
 * has typed it.
 */
const REPORTS =
  /^(?:\x1b\[[\d;?>]*(?:[cnRt]|\$y)|\x1b\[[IO]|\x1b\][\d;]+rgb:[\da-f/]+\x1b\\|\x1bP[01]\$r[ -~]*\x1b\\)+$/;
const LONGEST_REPORT = 64;

/** Whether bytes of a browser are an answer of its terminal to a question of the device. */
export function isReport(bytes: Uint8Array): boolean {
  return bytes.length <= LONGEST_REPORT && REPORTS.test(Buffer.from(bytes).toString('latin1'));
}

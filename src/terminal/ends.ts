import type { TroubleError } from '../runtime/errors.ts';

/** How a terminal ends. */
export interface End {
  /** Of the WebSocket (RFC 6455, 7.4); those from 4000 are ours. */
  readonly code: number;
  /** In words, at most 123 bytes. */
  readonly reason: string;
  /** As the audit says it. */
  readonly outcome: string;
}

export const SHELL_ENDED: End = { code: 1000, reason: 'the shell ended', outcome: 'ok' };
export const STOPPING: End = { code: 1001, reason: 'NetSentinel stops or restarts', outcome: 'WORKER_STOPPED' };
export const SESSION_ENDED: End = { code: 4001, reason: 'the session ended', outcome: 'SESSION_ENDED' };
export const IDLE: End = { code: 4002, reason: 'nothing was typed for 10 minutes', outcome: 'IDLE' };
export const TOO_LONG: End = { code: 4002, reason: 'open for 8 hours', outcome: 'TOO_LONG' };

const UNABLE = 1011;
const OWN_CODES: Readonly<Record<string, number>> = { SSH_HOST_KEY_CHANGED: 4003, SSH_LOGIN_FAILED: 4004 };
/** A frame that is too large. */
const FRAME_TOO_LARGE = 1009;

/** The browser has closed it, or its connection is lost. */
export function endOfBrowser(code: number): End {
  return { code, reason: '', outcome: code === FRAME_TOO_LARGE ? 'FRAME_TOO_LARGE' : 'ok' };
}

export function endOfTrouble({ code }: TroubleError): End {
  return { code: OWN_CODES[code] ?? UNABLE, reason: code, outcome: code };
}

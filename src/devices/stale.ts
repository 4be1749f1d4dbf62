import { formatDuration, readableName } from '../runtime/format.ts';

/** A router that is not read: what it counted since is missing. */
export interface StaleRouter {
  readonly router: string;
  readonly staleSeconds: number;
  /** ISO 8601; `null`: never. */
  readonly lastReadAt: string | null;
  /** Trouble of the last poll, and what to do about it; `null` when that is not known. */
  readonly code: string | null;
  readonly advice: string | null;
}

/** The same in words. */
export function bannerOf({ router, staleSeconds, lastReadAt, code, advice }: StaleRouter): {
  readonly text: string;
  readonly advice: string | null;
  readonly code: string | null;
} {
  const age = lastReadAt === null ? 'never been read' : `not been read for ${formatDuration(staleSeconds * 1000)}`;
  const missing = lastReadAt === null ? 'its usage is missing' : 'usage since then is missing';
  return { text: `${readableName(router)} has ${age}; ${missing}.`, advice, code };
}

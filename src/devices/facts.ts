import type { KnownFacts, ReadFacts } from './ports.ts';

/** Nobody has read the router yet. */
export const NO_FACTS: KnownFacts = { version: null, board: null, identity: null, bootedAt: null };

/** A router may say anything; so much of each text is kept. */
const LONGEST_TEXT = 255;

/** What is kept of what a router says of itself; an empty text is none. */
export function keptFacts({ version, board, identity, bootedAt }: ReadFacts): KnownFacts {
  return { version: kept(version), board: kept(board), identity: kept(identity), bootedAt: Math.round(bootedAt) };
}

function kept(text: string | null): string | null {
  return text === null || text === '' ? null : clipped(text, LONGEST_TEXT);
}

/** At most so many UTF-16 units; no half of a character stays at the end. */
export function clipped(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}

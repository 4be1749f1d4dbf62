import type { Spell } from '../health/spells.ts';

/** When a worker was there. Instants are Unix ms, and Infinity where they have not come yet. */
export interface Life {
  /** Where its connections come from. */
  readonly address: string;
  readonly from: number;
  /** It was told to end. */
  leaves: number;
  /** It had ended, however. */
  to: number;
  /** It was stopped, and went on. */
  readonly frozen: { readonly from: number; to: number }[];
}

export function beginLife(address: string): Life {
  return {
    ...{ address, from: Date.now(), leaves: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY },
    frozen: [],
  };
}

/** An address of the loopback for each worker. */
export function addressOf(index: number): string {
  return `127.1.${Math.floor(index / 250)}.${(index % 250) + 1}`;
}

/** When it was lost to the others: it died, or it was stopped. */
export function lossesOf({ to, leaves, frozen }: Life): Spell[] {
  const died = to < Number.POSITIVE_INFINITY && leaves > to ? [{ from: to, to: Number.POSITIVE_INFINITY }] : [];
  return [...frozen, ...died];
}

/** How much of a kind was forgotten, or would be. */
export interface Forgotten {
  readonly count: number;
  readonly one: string;
  readonly many: string;
}

/** What is too old. */
export interface ForgetLimit {
  /** The first day that is kept, `YYYY-MM-DD`. */
  readonly beforeDay: string;
  /** When it began, Unix ms. */
  readonly beforeAt: number;
}

/** Deletes what is too old, in small transactions; a dry run only counts it. */
export type Forget = (limit: ForgetLimit, dryRun: boolean) => Promise<readonly Forgotten[]>;

/** One after the other, in this order. */
export function forgetAll(forgets: readonly Forget[]): Forget {
  return async (limit, dryRun) => {
    const forgotten: Forgotten[] = [];
    for (const forget of forgets) forgotten.push(...(await forget(limit, dryRun)));
    return forgotten;
  };
}

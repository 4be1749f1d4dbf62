/** How one rule did over all users; bytes are sums of both directions. */
export interface Tally {
  /** Takes what a reading added for a user and what had truly moved since the reading before. */
  interval(booked: number, moved: number): void;
  /** Takes a user's whole month. */
  month(booked: number, moved: number): void;
  summary(): Summary;
}

export interface Summary {
  /** Percent of the true bytes, per user and month; positive where too much was booked. */
  readonly meanError: number;
  readonly meanSize: number;
  readonly worstError: number;
  /** Users with too much, too little and exactly what moved. */
  readonly over: number;
  readonly under: number;
  readonly exact: number;
  /** Booked for an interval beyond what moved in it, and moved but not booked. */
  readonly inventedBytes: number;
  readonly missedBytes: number;
  readonly trueBytes: number;
}

export function createTally(): Tally {
  const errors: number[] = [];
  let inventedBytes = 0;
  let missedBytes = 0;
  let trueBytes = 0;
  return {
    interval(booked, moved) {
      if (booked > moved) inventedBytes += booked - moved;
      else missedBytes += moved - booked;
    },
    month(booked, moved) {
      trueBytes += moved;
      if (moved > 0) errors.push(((booked - moved) / moved) * 100);
    },
    summary: () => ({
      meanError: mean(errors),
      meanSize: mean(errors.map(Math.abs)),
      worstError: errors.reduce((worst, error) => (Math.abs(error) > Math.abs(worst) ? error : worst), 0),
      over: errors.filter((error) => error > 0).length,
      under: errors.filter((error) => error < 0).length,
      exact: errors.filter((error) => error === 0).length,
      inventedBytes,
      missedBytes,
      trueBytes,
    }),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
}

import type { Clock } from '../../runtime/clock.ts';
import type { TroubleError } from '../../runtime/errors.ts';
import type { TroubleLog } from '../../runtime/trouble-log.ts';

/** Whether the database is known to be away, for all who would knock at it. */
export interface Outage {
  /** The trouble while the database is left alone, `null` when it is worth a try. */
  current(): TroubleError | null;
  began(trouble: TroubleError): void;
  ended(): void;
}

/** How long after a failed try the database is left alone, so that a thousand routers do not all knock at once. */
const DATABASE_RETRY_MS = 5_000;

export function createOutage(deps: { readonly clock: Clock; readonly troubles: TroubleLog }): Outage {
  let known: { trouble: TroubleError; untilMs: number } | null = null;
  return {
    current: () => (known !== null && deps.clock.monotonicMs() < known.untilMs ? known.trouble : null),
    began(trouble) {
      known = { trouble, untilMs: deps.clock.monotonicMs() + DATABASE_RETRY_MS };
      deps.troubles.started('database', trouble);
    },
    ended() {
      known = null;
      deps.troubles.ended('database');
    },
  };
}

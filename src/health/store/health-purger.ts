import { textOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Forget } from '../../runtime/forget.ts';
import type { SpanLength } from '../spans.ts';
import { healthQueries } from './schema.ts';

const DAY_MS = 86_400_000;
/** How long spans are kept, in days. */
const KEPT_DAYS: Readonly<Record<SpanLength, number>> = { minutes: 7, hour: 90, day: 731 };
const TRANSITIONS_DAYS = 731;
/** A single failed look is no change for anybody but who looks for a bad line; a thousand devices have ten thousands of them a day. */
const SUSPICIONS_DAYS = 7;
const WINDOWS_DAYS = 7;
/** Rows deleted by one statement: others want to write meanwhile. */
const MOST_ROWS = 5000;

/** Forgets how devices were, each kind after its own time, in small steps. It is not usage: `retention.days` does not count here. */
export function forgetHealth({ database, clock }: { readonly database: Database; readonly clock: Clock }): Forget {
  async function forgetSpans(now: number): Promise<void> {
    const devices = await database.read((queries) =>
      healthQueries(queries).selectFrom('health_states').select('device').execute(),
    );
    for (const row of devices) {
      const device = textOf('health_states.device', row.device);
      for (const length of ['minutes', 'hour', 'day'] as const) {
        await database.read((queries) =>
          healthQueries(queries)
            .deleteFrom('health_spans')
            .where('device', '=', device)
            .where('length', '=', length)
            .where('starts_at', '<', BigInt(now - KEPT_DAYS[length] * DAY_MS))
            .execute(),
        );
      }
    }
  }

  async function forgetWanSpans(now: number): Promise<void> {
    for (const length of ['hour', 'day'] as const) {
      await database.read((queries) =>
        healthQueries(queries)
          .deleteFrom('health_wan_spans')
          .where('length', '=', length)
          .where('starts_at', '<', BigInt(now - KEPT_DAYS[length] * DAY_MS))
          .execute(),
      );
    }
  }

  async function forgetTransitions(before: number, areSuspicions: boolean): Promise<void> {
    for (;;) {
      const old = await database.read((queries) => {
        let select = healthQueries(queries)
          .selectFrom('health_transitions')
          .select('id')
          .where('at', '<', BigInt(before));
        if (areSuspicions) {
          select = select.where(({ eb, or, and }) =>
            or([eb('to_state', '=', 'suspect'), and([eb('from_state', '=', 'suspect'), eb('to_state', '=', 'up')])]),
          );
        }
        return select.limit(MOST_ROWS).execute();
      });
      if (old.length === 0) return;
      const ids = old.map(({ id }) => id);
      await database.read((queries) =>
        healthQueries(queries).deleteFrom('health_transitions').where('id', 'in', ids).execute(),
      );
    }
  }

  return async (_limit, dryRun) => {
    if (dryRun) return [];
    const now = clock.now();
    await forgetSpans(now);
    await forgetWanSpans(now);
    await forgetTransitions(now - SUSPICIONS_DAYS * DAY_MS, true);
    await forgetTransitions(now - TRANSITIONS_DAYS * DAY_MS, false);
    await database.read((queries) =>
      healthQueries(queries)
        .deleteFrom('maintenance_windows')
        .where('is_weekly', '=', 0n)
        .where('ends_at', '<', BigInt(now - WINDOWS_DAYS * DAY_MS))
        .execute(),
    );
    // The device has left: nothing of it is kept any more.
    await database.read((queries) =>
      healthQueries(queries)
        .deleteFrom('health_states')
        .where('seen_at', '<', BigInt(now - KEPT_DAYS.day * DAY_MS))
        .execute(),
    );
    return [];
  };
}

import type { DeviceStanding } from '../../devices/readiness.ts';
import { textOf, wordOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { HealthArchive } from '../ports.ts';
import { STATES, type State } from '../state.ts';
import { healthQueries } from './schema.ts';

/** Of those that are down so many are named, those that are down longest. */
const MOST_NAMES = 5;
/** One that is paused or has left is left alone. */
const COUNTED: readonly State[] = STATES.filter((state) => state !== 'paused');

/** How many devices are in which state, for who only wants to know whether all is well. `read` rejects with a `TroubleError`. */
export function createStanding({
  database,
  archive,
}: {
  readonly database: Database;
  readonly archive: Pick<HealthArchive, 'watched'>;
}): { read(): Promise<DeviceStanding> } {
  return {
    async read() {
      const { isWatched, blindSince } = await archive.watched();
      const rows = await database.read((queries) =>
        healthQueries(queries)
          .selectFrom('health_states')
          .select(['device', 'state'])
          .where('state', 'in', COUNTED)
          .orderBy('since_at')
          .orderBy('device')
          .execute(),
      );
      const devices = readEach(database, rows, (row) => ({
        device: textOf('health_states.device', row.device),
        state: isWatched ? wordOf('health_states.state', row.state, STATES) : 'unknown',
      }));
      const count = (...states: readonly State[]) => devices.filter(({ state }) => states.includes(state)).length;
      const down = devices.filter(({ state }) => state === 'down').map(({ device }) => device);
      return {
        ...{ total: devices.length, up: count('up', 'suspect'), down: down.length, unreachable: count('unreachable') },
        ...{ unknown: count('unknown'), maintenance: count('maintenance'), longestDown: down.slice(0, MOST_NAMES) },
        isBlind: isWatched && blindSince !== null,
      };
    },
  };
}

import { CompiledQuery } from 'kysely';
import { z } from 'zod';
import { healthQueries } from '../../../src/health/store/schema.ts';
import { incidentQueries } from '../../../src/incidents/store/schema.ts';
import { ask } from '../books.ts';
import type { SoakStore } from '../stores.ts';
import { NOTHING, readWrites, type Watched, watchWrites } from '../writes.ts';

/**
 * What the workers' own transactions wrote about health, in the order of their commits; `at` is this machine's clock, Unix ms.
 * - `turn`: a write of the worker `one`; everything up to the next one belongs to it
 * - `state`: the device `one` went from the state `two` to `three`, `four` by the worker's clock
 * - `news`: of the device `one`, the event `two`, to be told; `told`: it is
 * - `notice`: of the event `one`, about the devices `two` (JSON), with the id `three`
 */
export interface LogEntry {
  readonly at: number;
  readonly what: 'turn' | 'state' | 'news' | 'told' | 'notice';
  readonly one: string;
  readonly two: string;
  readonly three: string;
  readonly four: number;
}

/** What of some time a device was, ms. */
export interface Times {
  readonly up: number;
  readonly down: number;
  readonly unknown: number;
}

/** All that is stored about health at the end. */
export interface HealthBooks {
  readonly log: readonly LogEntry[];
  readonly times: ReadonlyMap<string, Times>;
  /** How often each device was down, by the incidents. */
  readonly outages: ReadonlyMap<string, number>;
}

const LOG = 'soak_health';
const WATCHED: readonly Watched[] = [
  { table: 'health_watch', event: 'INSERT', values: ["'turn'", 'NEW.holder', NOTHING, NOTHING, '0'] },
  {
    ...{ table: 'health_watch', event: 'UPDATE', values: ["'turn'", 'NEW.holder', NOTHING, NOTHING, '0'] },
    when: 'NEW.holder <> OLD.holder OR NEW.last_batch <> OLD.last_batch',
  },
  {
    ...{ table: 'health_transitions', event: 'INSERT' },
    values: ["'state'", 'NEW.device', 'NEW.from_state', 'NEW.to_state', 'NEW.at'],
  },
  { table: 'health_news', event: 'INSERT', values: ["'news'", 'NEW.device', 'NEW.event', NOTHING, 'NEW.at'] },
  { table: 'health_news', event: 'DELETE', values: ["'told'", 'OLD.device', 'OLD.event', NOTHING, 'OLD.at'] },
  {
    ...{ table: 'notice_topics', event: 'INSERT', values: ["'notice'", 'NEW.event', 'NEW.devices', 'NEW.notice', '0'] },
    when: "NEW.event LIKE 'device.%'",
  },
];

/** From now on each transaction of a worker writes down what it wrote about health; the schema has to be there. */
export async function logHealth({ database }: SoakStore): Promise<void> {
  await watchWrites(database, LOG, WATCHED);
}

/** What is not as it is when all devices are well and everybody has been told. */
export async function unsettled({ database }: SoakStore, devices: readonly string[]): Promise<string[]> {
  return await ask(() =>
    database.read(async (queries) => {
      const states = await healthQueries(queries).selectFrom('health_states').select(['device', 'state']).execute();
      const up = new Set(states.filter(({ state }) => state === 'up').map(({ device }) => String(device)));
      const news = await healthQueries(queries).selectFrom('health_news').select('device').execute();
      const open = await incidentQueries(queries)
        .selectFrom('incidents')
        .select(['kind', 'subject'])
        .where('is_open', '=', 1n)
        .execute();
      return [
        ...devices.filter((device) => !up.has(device)).map((device) => `${device} is not up`),
        ...news.map(({ device }) => `news of ${device} waits`),
        ...open.map(({ kind, subject }) => `an incident is open: ${kind} of ${subject}`),
      ];
    }),
  );
}

/** Whether a worker wrote that it still judges the devices, after `at`, Unix ms. */
export async function isJudgedAfter({ database }: SoakStore, at: number): Promise<boolean> {
  const statement = `SELECT at FROM ${LOG} WHERE what = 'turn' AND at >= ${Math.round(at)} LIMIT 1`;
  const { rows } = await ask(() => database.read((queries) => queries.executeQuery(CompiledQuery.raw(statement))));
  return rows.length > 0;
}

/** Ends the turn of the worker that judges the devices, as after its lease: another one may take over, and nothing goes wrong if it lives. */
export async function endTurn({ database }: SoakStore): Promise<void> {
  await ask(() =>
    database.read((queries) => healthQueries(queries).updateTable('health_watch').set({ until_at: 0n }).execute()),
  );
}

const whats = z.enum(['turn', 'state', 'news', 'told', 'notice']);

export async function readHealthBooks({ database }: SoakStore): Promise<HealthBooks> {
  return await ask(() =>
    database.read(async (queries) => {
      // Before the log: time that is written after it is in neither.
      const spans = await healthQueries(queries)
        .selectFrom('health_spans')
        .select(['device', 'up_ms', 'down_ms', 'unknown_ms'])
        .where('length', '=', 'day')
        .execute();
      const incidents = await incidentQueries(queries)
        .selectFrom('incidents')
        .select('subject')
        .where('kind', '=', 'device')
        .execute();
      const writes = await readWrites(queries, LOG);
      const ofDevice = Map.groupBy(spans, ({ device }) => String(device));
      const sum = (values: readonly unknown[]) => values.reduce<number>((all, value) => all + Number(value), 0);
      return {
        log: writes.map((each) => ({ ...each, what: whats.parse(each.what) })),
        times: new Map(
          [...ofDevice].map(([device, all]) => [
            device,
            {
              up: sum(all.map(({ up_ms }) => up_ms)),
              down: sum(all.map(({ down_ms }) => down_ms)),
              unknown: sum(all.map(({ unknown_ms }) => unknown_ms)),
            },
          ]),
        ),
        outages: new Map(
          [...Map.groupBy(incidents, ({ subject }) => String(subject))].map(([device, all]) => [device, all.length]),
        ),
      };
    }),
  );
}

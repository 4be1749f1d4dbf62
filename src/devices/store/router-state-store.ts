import { type Kysely, sql } from 'kysely';
import { doubleOf, integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, Queries } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { Schema } from '../../platform/store/schema.ts';
import { clipped, keptFacts, NO_FACTS } from '../facts.ts';
import type { RouterNote, RouterStateBook, RouterStatus } from '../ports.ts';

interface RouterStatesTable {
  router: string;
  reachable_since: bigint | null;
  reachable_until: bigint | null;
  error_code: string | null;
  error_at: bigint | null;
  version: string | null;
  board: string | null;
  identity: string | null;
  booted_at: bigint | null;
  poll_ms: number;
  noted_at: bigint;
}

interface RouterErrorsTable {
  router: string;
  code: string;
  message: string;
  advice: string;
}

type StateTables = { router_states: RouterStatesTable; router_errors: RouterErrorsTable };
type StateQueries = Kysely<Schema & StateTables>;

/** A statement has at most 32,766 values in SQLite. */
const NOTED_AT_ONCE = 1000;
const LONGEST_SENTENCE = 1000;

/** The routers' states, kept in a database. */
export function createRouterStateStore({ database }: { readonly database: Database }): RouterStateBook {
  return {
    async note(notes) {
      for (let start = 0; start < notes.length; start += NOTED_AT_ONCE) {
        const some = notes.slice(start, start + NOTED_AT_ONCE);
        await database.read((queries) => upsertStates(stateQueries(queries), database.kind, some.map(rowOf)));
        const errors = some.flatMap(errorRowOf);
        if (errors.length === 0) continue;
        await database.read((queries) => upsertErrors(stateQueries(queries), database.kind, errors));
      }
    },
    async states() {
      const rows = await database.read((queries) =>
        stateQueries(queries)
          .selectFrom('router_states')
          .leftJoin('router_errors as e', (join) =>
            join.onRef('e.router', '=', 'router_states.router').onRef('e.code', '=', 'router_states.error_code'),
          )
          .selectAll('router_states')
          .select(['e.message', 'e.advice'])
          .execute(),
      );
      // The next poll of that router writes it anew.
      return readEach(database, rows, (row) => ({
        router: textOf('router_states.router', row.router),
        reachableSince: nullable(integerOf, 'router_states.reachable_since', row.reachable_since),
        reachableUntil: nullable(integerOf, 'router_states.reachable_until', row.reachable_until),
        errorCode: nullable(textOf, 'router_states.error_code', row.error_code),
        errorAt: nullable(integerOf, 'router_states.error_at', row.error_at),
        errorText: textOfError(row),
        version: nullable(textOf, 'router_states.version', row.version),
        board: nullable(textOf, 'router_states.board', row.board),
        identity: nullable(textOf, 'router_states.identity', row.identity),
        bootedAt: nullable(integerOf, 'router_states.booted_at', row.booted_at),
        pollMs: doubleOf('router_states.poll_ms', row.poll_ms),
        notedAt: integerOf('router_states.noted_at', row.noted_at),
      }));
    },
    async lastReads() {
      const rows = await database.read((queries) =>
        queries.selectFrom('routers').select(['name', 'sampled_at']).execute(),
      );
      const reads = readEach(database, rows, ({ name, sampled_at }) => {
        const readAt = nullable(integerOf, 'routers.sampled_at', sampled_at);
        return readAt === null ? [] : [[textOf('routers.name', name), readAt] as const];
      });
      return new Map(reads.flat());
    },
  };
}

function stateQueries(queries: Queries): StateQueries {
  return queries.withTables<StateTables>();
}

function textOfError({ message, advice }: Record<'message' | 'advice', string | null>): RouterStatus['errorText'] {
  return message === null
    ? null
    : { message: textOf('router_errors.message', message), advice: textOf('router_errors.advice', advice) };
}

function errorRowOf({ router, error }: RouterNote): RouterErrorsTable[] {
  if (error === null) return [];
  const { code, message, advice } = error;
  return [{ router, code, message: clipped(message, LONGEST_SENTENCE), advice: clipped(advice, LONGEST_SENTENCE) }];
}

function rowOf({ router, at, pollMs, error, facts }: RouterNote): RouterStatesTable {
  const now = BigInt(at);
  const { version, board, identity, bootedAt } = facts === null ? NO_FACTS : keptFacts(facts);
  return {
    router,
    reachable_since: error === null ? now : null,
    reachable_until: error === null ? null : now,
    error_code: error?.code ?? null,
    error_at: error === null ? null : now,
    ...{ version, board, identity },
    booted_at: bootedAt === null ? null : BigInt(bootedAt),
    poll_ms: pollMs,
    noted_at: now,
  };
}

/** What the row would have in a column if it were not there yet. */
function givenValue<Type>(kind: Database['kind'], column: string) {
  return kind === 'mysql' ? sql<Type>`VALUES(${sql.ref(column)})` : sql<Type>`${sql.ref(`excluded.${column}`)}`;
}

/** Columns that a statement does not set, such as the version at a failed poll, keep their value. */
async function upsertStates(
  queries: StateQueries,
  kind: Database['kind'],
  rows: readonly RouterStatesTable[],
): Promise<void> {
  const given = (column: keyof RouterStatesTable) => givenValue(kind, column);
  const kept = (column: keyof RouterStatesTable) => sql.ref(`router_states.${column}`);
  const orKept = <Type>(column: keyof RouterStatesTable) => sql<Type>`COALESCE(${given(column)}, ${kept(column)})`;
  const isReached = sql`${given('reachable_until')} IS NULL`;
  const changes = {
    // Before `reachable_until`: MySQL changes one column after the other, and here its old value counts.
    reachable_since: sql<bigint | null>`CASE WHEN ${isReached}
      AND (${kept('reachable_since')} IS NULL OR ${kept('reachable_until')} IS NOT NULL)
      THEN ${given('reachable_since')} ELSE ${kept('reachable_since')} END`,
    reachable_until: sql<bigint | null>`CASE WHEN ${isReached} THEN NULL
      ELSE COALESCE(${kept('reachable_until')}, ${given('reachable_until')}) END`,
    error_code: orKept<string | null>('error_code'),
    error_at: orKept<bigint | null>('error_at'),
    version: orKept<string | null>('version'),
    board: orKept<string | null>('board'),
    identity: orKept<string | null>('identity'),
    booted_at: orKept<bigint | null>('booted_at'),
    poll_ms: sql<number>`${given('poll_ms')}`,
    noted_at: sql<bigint>`${given('noted_at')}`,
  };
  const insert = queries.insertInto('router_states').values([...rows]);
  await (kind === 'mysql'
    ? insert.onDuplicateKeyUpdate(changes)
    : insert.onConflict((conflict) => conflict.column('router').doUpdateSet(changes))
  ).execute();
}

async function upsertErrors(
  queries: StateQueries,
  kind: Database['kind'],
  rows: readonly RouterErrorsTable[],
): Promise<void> {
  const given = (column: keyof RouterErrorsTable) => givenValue<string>(kind, column);
  const changes = { code: given('code'), message: given('message'), advice: given('advice') };
  const insert = queries.insertInto('router_errors').values([...rows]);
  await (kind === 'mysql'
    ? insert.onDuplicateKeyUpdate(changes)
    : insert.onConflict((conflict) => conflict.column('router').doUpdateSet(changes))
  ).execute();
}

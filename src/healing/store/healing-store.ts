import { createHash } from 'node:crypto';
import type { NoticeWriter } from '../../notices/ports.ts';
import { integerOf, nullable, textOf } from '../../platform/store/columns.ts';
import type { Database, DatabaseTransaction, Queries } from '../../platform/store/database.ts';
import { readDatabaseClock } from '../../platform/store/database-clock.ts';
import { inParts } from '../../platform/store/in-parts.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Change, Standing } from '../advance.ts';
import type { Attempt, AttemptState } from '../attempt.ts';
import type { HealingBook, Tell } from '../ports.ts';
import { ATTEMPT_COLUMNS, attemptOf, rowOf } from './rows.ts';
import { type HealingQueries, tablesOf } from './schema.ts';

const TURN = 1n;
const DAY_MS = 86_400_000;
/** No limit of a rule looks further back than 30 days; what is not over is read however old it is. */
const READ_DAYS = 31;
/** What was said, and nothing done: it holds as long as the outage. */
const SAID: readonly string[] = ['proposed', 'declined', 'refused'] satisfies readonly AttemptState[];
/** Something is still to come of them, as long as they are not finished. */
const OPEN = ['proposed', 'approved', 'running'] as const;
const ROWS_AT_ONCE = 500;

export interface HealingStoreDeps {
  readonly database: Database;
  readonly notices: NoticeWriter<DatabaseTransaction>;
  /** Takes the place of the database's own clock where time is simulated; `null`: nothing does. */
  readonly clock: Pick<Clock, 'now'> | null;
}

/** Healing, kept in a database. */
export function createHealingStore({ database, notices, clock }: HealingStoreDeps): HealingBook {
  const nowOf = (queries: Queries) =>
    clock === null ? readDatabaseClock(database.kind, queries) : Promise.resolve(clock.now());

  /** Takes the turn, until the transaction ends; all decisions are made one after the other. */
  async function takeTurn(transaction: DatabaseTransaction): Promise<number> {
    const tables = tablesOf(transaction);
    const insert = tables.insertInto('healing_turn').values({ id: TURN, steps: 0n });
    await (database.kind === 'mysql' ? insert.ignore() : insert.onConflict((row) => row.doNothing())).execute();
    await tables
      .updateTable('healing_turn')
      .set(({ eb }) => ({ steps: eb('steps', '+', 1n) }))
      .where('id', '=', TURN)
      .execute();
    return await nowOf(transaction);
  }

  async function tellOf(transaction: DatabaseTransaction, tell: Tell, changed: readonly Attempt[], now: number) {
    const told = changed.length === 0 ? [] : tell(changed, now);
    if (told.length > 0) await notices.write(transaction, told);
  }

  return {
    read: (ailing) =>
      database.read(async (queries) => {
        const now = await nowOf(queries);
        return { standing: await load(database, tablesOf(queries), now, ailing), now };
      }),
    change: (step, tell, ailing) =>
      database.transaction(async (transaction) => {
        const now = await takeTurn(transaction);
        const tables = tablesOf(transaction);
        const standing = await load(database, tables, now, ailing);
        const change = step(standing, now);
        const changed = await write(tables, change);
        await tellOf(transaction, tell, changed, now);
        const known = new Map([...standing.attempts, ...changed].map((attempt) => [attempt.id, attempt]));
        return { attempts: [...known.values()], changed, now };
      }),
    begin: (id, holder, leaseMs) =>
      database.transaction(async (transaction) => {
        const now = await takeTurn(transaction);
        const { numUpdatedRows } = await tablesOf(transaction)
          .updateTable('healing_attempts')
          .set({ began_at: BigInt(now), lease_until: BigInt(now + leaseMs) })
          .where('id', '=', BigInt(id))
          .where('state', '=', 'running')
          .where('lease_holder', '=', holder)
          .where('lease_until', '>=', BigInt(now))
          .where('began_at', 'is', null)
          .executeTakeFirst();
        return numUpdatedRows === 1n;
      }),
    end: (id, holder, { output, end }, tell) =>
      database.transaction(async (transaction) => {
        const now = await takeTurn(transaction);
        const tables = tablesOf(transaction);
        const row = await tables
          .selectFrom('healing_attempts')
          .select(ATTEMPT_COLUMNS)
          .where('id', '=', BigInt(id))
          .where('state', '=', 'running')
          .where('lease_holder', '=', holder)
          .where('ran_at', 'is', null)
          .executeTakeFirst();
        if (row === undefined) return false;
        const attempt = attemptOf(row);
        const ended: Attempt = end === 'ran' ? { ...attempt, ranAt: now } : { ...attempt, ...end, finishedAt: now };
        await tables
          .updateTable('healing_attempts')
          .set({ ...rowOf(ended), output })
          .where('id', '=', BigInt(id))
          .execute();
        await tellOf(transaction, tell, [ended], now);
        return true;
      }),
    async list({ most, device }) {
      const rows = await database.read((queries) => {
        const all = tablesOf(queries).selectFrom('healing_attempts').select(ATTEMPT_COLUMNS);
        const wanted = device === undefined ? all : all.where('device', '=', device);
        return wanted.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(most).execute();
      });
      return readEach(database, rows, attemptOf);
    },
    async find(id) {
      const row = await database.read((queries) =>
        tablesOf(queries).selectFrom('healing_attempts').selectAll().where('id', '=', BigInt(id)).executeTakeFirst(),
      );
      if (row === undefined) return null;
      return { attempt: attemptOf(row), output: nullable(textOf, 'healing_attempts.output', row.output) };
    },
    async forgetBefore(at, isKept) {
      const now = await database.read(nowOf);
      const before = Math.min(at, now - READ_DAYS * DAY_MS);
      for (let afterId = 0n; ; ) {
        const rows = await database.read((queries) =>
          tablesOf(queries)
            .selectFrom('healing_attempts')
            .select(ATTEMPT_COLUMNS)
            .where('id', '>', afterId)
            .where('created_at', '<', BigInt(before))
            .where('state', 'not in', ['approved', 'running'])
            .where(({ eb, or }) => or([eb('started_at', 'is', null), eb('started_at', '<', BigInt(before))]))
            .orderBy('id')
            .limit(ROWS_AT_ONCE)
            .execute(),
        );
        const last = rows.at(-1);
        if (last === undefined) return;
        afterId = last.id;
        const ids = readEach(database, rows, attemptOf).flatMap((attempt) =>
          isKept(attempt) ? [] : [BigInt(attempt.id)],
        );
        if (ids.length === 0) continue;
        await database.read((queries) =>
          tablesOf(queries).deleteFrom('healing_attempts').where('id', 'in', ids).execute(),
        );
      }
    },
  };
}

/**
 * Actions that limits may count, what is open, and what was said of devices that ail, each by an index of its own: how much was ever refused
 * costs nothing. A row that cannot be read fails all: left out, it would not count for any limit.
 */
async function load(
  database: Database,
  tables: HealingQueries,
  now: number,
  ailing: readonly string[],
): Promise<Standing> {
  const all = tables.selectFrom('healing_attempts').select(ATTEMPT_COLUMNS);
  const since = BigInt(now - READ_DAYS * DAY_MS);
  const rows = [
    ...(await all.where('started_at', '>', since).execute()),
    ...(await all.where('state', 'in', OPEN).where('finished_at', 'is', null).execute()),
    // Asked for their state too, SQLite would read them by it, which nearly all have.
    ...(await inParts(ailing, ROWS_AT_ONCE, (part) => all.where('device', 'in', part).execute())).filter(isSaid),
  ];
  const attempts = new Map(rows.map(attemptOf).map((attempt) => [attempt.id, attempt]));
  const noted = await tables.selectFrom('healing_notes').select(['subject', 'since_at']).execute();
  const notes = readEach(database, noted, (row) => {
    return [textOf('healing_notes.subject', row.subject), integerOf('healing_notes.since_at', row.since_at)] as const;
  });
  return { attempts: [...attempts.values()].toSorted((one, other) => one.id - other.id), notes: new Map(notes) };
}

function isSaid({ state }: { readonly state: string }): boolean {
  return SAID.includes(state);
}

/** Gives what was added, with its number, and what was changed. */
async function write(tables: HealingQueries, { add, set, notes }: Change): Promise<Attempt[]> {
  const changed: Attempt[] = [];
  for (const { was, is } of set) {
    const { numUpdatedRows } = await tables
      .updateTable('healing_attempts')
      .set(rowOf(is))
      .where('id', '=', BigInt(was.id))
      .where('state', '=', was.state)
      .executeTakeFirst();
    if (numUpdatedRows === 1n) changed.push(is);
  }
  for (const attempt of add) {
    const { insertId } = await tables
      .insertInto('healing_attempts')
      .values({ ...rowOf(attempt), output: null })
      .executeTakeFirstOrThrow();
    changed.push({ ...attempt, id: Number(insertId) });
  }
  for (const { key, since } of notes) {
    const id = createHash('sha256').update(key).digest('hex');
    await tables.deleteFrom('healing_notes').where('id', '=', id).execute();
    if (since !== null) {
      await tables
        .insertInto('healing_notes')
        .values({ id, subject: key, since_at: BigInt(since) })
        .execute();
    }
  }
  return changed;
}

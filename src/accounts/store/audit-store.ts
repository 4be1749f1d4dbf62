import { countOf, integerOf, textOf, wordOf } from '../../platform/store/columns.ts';
import type { Database } from '../../platform/store/database.ts';
import { readEach } from '../../platform/store/odd-rows.ts';
import { ACTOR_KINDS, type AuditBook, type AuditEntry } from '../audit.ts';
import { type AccountQueries, accountQueries } from './schema.ts';

/** Rows deleted by one statement: others want to write meanwhile. */
const REMOVED_AT_ONCE = 1_000;
const ADDED_AT_ONCE = 500;

/** The audit in a database. */
export function createAuditStore({ database }: { readonly database: Database }): AuditBook {
  return {
    async add(...entries) {
      const [first] = entries;
      if (first === undefined) return;
      await database.transaction(async (transaction) => {
        const queries = accountQueries(transaction);
        if (await hasEntry(queries, first.id)) return;
        for (let start = 0; start < entries.length; start += ADDED_AT_ONCE) {
          await insertEntries(queries, entries.slice(start, start + ADDED_AT_ONCE));
        }
      });
    },
    async list({ who, action, fromAt, toAt, before, most }) {
      const rows = await database.read((queries) => {
        let select = accountQueries(queries).selectFrom('audit').selectAll();
        if (who !== undefined) select = select.where('who', '=', who);
        if (action !== undefined) select = select.where('action', '=', action);
        if (fromAt !== undefined) select = select.where('at', '>=', BigInt(fromAt));
        if (toAt !== undefined) select = select.where('at', '<', BigInt(toAt));
        if (before !== undefined) {
          const at = BigInt(before.at);
          select = select
            .where('at', '<=', at)
            .where((where) => where.or([where('at', '<', at), where('id', '<', before.id)]));
        }
        return select.orderBy('at', 'desc').orderBy('id', 'desc').limit(most).execute();
      });
      return readEach(database, rows, (row) => ({
        id: textOf('audit.id', row.id),
        at: integerOf('audit.at', row.at),
        who: textOf('audit.who', row.who),
        kind: wordOf('audit.kind', row.kind, ACTOR_KINDS),
        from: textOf('audit.origin', row.origin),
        action: textOf('audit.action', row.action),
        subject: textOf('audit.subject', row.subject),
        outcome: textOf('audit.outcome', row.outcome),
      }));
    },
    async countBefore(at) {
      const { found } = await database.read((queries) =>
        accountQueries(queries)
          .selectFrom('audit')
          .select((build) => build.fn.countAll<bigint>().as('found'))
          .where('at', '<', BigInt(at))
          .executeTakeFirstOrThrow(),
      );
      return countOf('audit', found);
    },
    async removeBefore(at) {
      let removed = 0;
      for (;;) {
        const old = await database.read((queries) =>
          accountQueries(queries)
            .selectFrom('audit')
            .select('id')
            .where('at', '<', BigInt(at))
            .limit(REMOVED_AT_ONCE)
            .execute(),
        );
        if (old.length === 0) return removed;
        const ids = old.map(({ id }) => id);
        await database.read((queries) => accountQueries(queries).deleteFrom('audit').where('id', 'in', ids).execute());
        removed += ids.length;
      }
    },
  };
}

/**
 * One transaction that changes something and says so in the audit. `work` gives a word for what became of it; only with `done` it is noted.
 * When a commit was lost on the way and is tried again, the note tells that it counted.
 */
export async function changeWithNote<Word extends string>(
  database: Database,
  entry: AuditEntry,
  done: Word,
  work: (queries: AccountQueries) => Promise<Word>,
): Promise<Word> {
  return await database.transaction(async (transaction) => {
    const queries = accountQueries(transaction);
    if (await hasEntry(queries, entry.id)) return done;
    const word = await work(queries);
    if (word === done) await insertEntries(queries, [entry]);
    return word;
  });
}

async function hasEntry(queries: AccountQueries, id: string): Promise<boolean> {
  return (await queries.selectFrom('audit').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
}

async function insertEntries(queries: AccountQueries, entries: readonly AuditEntry[]): Promise<void> {
  const rows = entries.map(({ at, from, ...others }) => ({ ...others, at: BigInt(at), origin: from }));
  await queries.insertInto('audit').values(rows).execute();
}

import type { Generated, Kysely } from 'kysely';
import { z } from 'zod';
import { integerOf, textOf } from '../../platform/store/columns.ts';
import type { Database, Queries } from '../../platform/store/database.ts';
import type { Schema } from '../../platform/store/schema.ts';
import { WEEKDAYS } from '../../usage/accounting/quota.ts';
import type { QuotaChange, QuotaHistory, QuotaList } from '../ports.ts';

interface QuotaListsTable {
  id: Generated<bigint>;
  since: bigint;
  quotas: string;
}

type QuotaTables = { quota_lists: QuotaListsTable };

/**
 * More changes within the days that closed periods are looked at would be two workers whose quotas differ and that are started in
 * turn: what is forgotten then makes no breach.
 */
const MOST_CHANGES = 100;

const gigabytes = z.number().positive().exactOptional();
const storedList = z.object({
  weekStartsOn: z.enum(WEEKDAYS),
  quotas: z.array(
    z.object({
      match: z.string().exactOptional(),
      comment: z.string().exactOptional(),
      router: z.string().exactOptional(),
      unlimited: z.boolean().exactOptional(),
      ignore: z.boolean().exactOptional(),
      dailyGb: gigabytes,
      weeklyGb: gigabytes,
      monthlyGb: gigabytes,
      monthStartsOn: z.int().min(1).max(31).exactOptional(),
      counts: z.enum(['download', 'upload', 'total']).exactOptional(),
      warnAtPercent: z.array(z.int().positive()).exactOptional(),
    }),
  ),
});

/** Which quotas held when, kept in a database. */
export function createQuotaHistoryStore({ database }: { readonly database: Database }): QuotaHistory {
  return {
    note: (list, at) => database.transaction((transaction) => note(quotaQueries(transaction), list, at)),
  };
}

async function note(
  queries: Kysely<Schema & QuotaTables>,
  list: QuotaList,
  { madeAt, now }: Parameters<QuotaHistory['note']>[1],
): Promise<QuotaChange[]> {
  const quotas = JSON.stringify(list);
  const rows = await queries
    .selectFrom('quota_lists')
    .select(['id', 'since', 'quotas'])
    .orderBy('id', 'desc')
    .limit(MOST_CHANGES)
    .execute();
  const known = rows.map((row) => ({
    id: integerOf('quota_lists.id', row.id),
    since: integerOf('quota_lists.since', row.since),
    quotas: textOf('quota_lists.quotas', row.quotas),
  }));
  const oldest = known[MOST_CHANGES - 1];
  if (oldest !== undefined) await queries.deleteFrom('quota_lists').where('id', '<', BigInt(oldest.id)).execute();
  if (known.some(({ since }) => since > now)) {
    const since = BigInt(now);
    await queries.updateTable('quota_lists').set({ since }).where('since', '>', since).execute();
  }
  const changes = known.map((row) => ({ since: Math.min(row.since, now), list: parse(row.quotas) })).reverse();
  if (known[0]?.quotas === quotas) return changes;
  await queries
    .insertInto('quota_lists')
    .values({ since: BigInt(madeAt), quotas })
    .execute();
  return [...changes, { since: madeAt, list }];
}

/** `null` for what another version wrote and this one does not know. */
function parse(quotas: string): QuotaList | null {
  try {
    return storedList.safeParse(JSON.parse(quotas)).data ?? null;
  } catch {
    return null;
  }
}

function quotaQueries(queries: Queries): Kysely<Schema & QuotaTables> {
  return queries.withTables<QuotaTables>();
}

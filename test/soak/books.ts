import { CompiledQuery, sql } from 'kysely';
import { noticeQueries } from '../../src/notices/store/schema.ts';
import { breachQueries } from '../../src/quotas/store/schema.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import type { QueueSpan } from '../../src/usage/accounting/unobserved.ts';
import type { QueueDay } from '../../src/usage/ports.ts';
import { createUsageArchive } from '../../src/usage/store/usage-archive.ts';
import { sleep } from './crew.ts';
import type { SoakStore } from './stores.ts';

/** While the database is away by the soak's own doing, its questions wait. */
const PATIENCE_MS = 60_000;

/** Asks again while the database is away. */
export async function ask<Result>(question: () => Promise<Result>): Promise<Result> {
  for (const endMs = performance.now() + PATIENCE_MS; ; ) {
    try {
      return await question();
    } catch (error) {
      if (!(error instanceof TroubleError) || performance.now() > endMs) throw error;
      await sleep(200);
    }
  }
}

/** For each router, the ticks that its committed samples showed, in the order of their commits. */
export async function committedTicks(
  store: SoakStore,
  routers: readonly { readonly name: string }[],
): Promise<number[][]> {
  const { rows } = await ask(() =>
    store.database.read((queries) =>
      queries.executeQuery<{ router: string; tick: unknown }>(
        CompiledQuery.raw(
          'SELECT r.name AS router, c.tick AS tick FROM soak_commits c JOIN routers r ON r.id = c.router_id ORDER BY c.id',
        ),
      ),
    ),
  );
  return routers.map(({ name }) => rows.filter(({ router }) => router === name).map(({ tick }) => Number(tick)));
}

/** All stored unobserved time. */
export function unobserved(store: SoakStore): Promise<QueueSpan[]> {
  const archive = createUsageArchive({ database: store.database });
  return ask(() => archive.unobserved({ fromAt: 0, toAt: Number.MAX_SAFE_INTEGER }));
}

export function bookedDays(store: SoakStore): Promise<QueueDay[]> {
  const archive = createUsageArchive({ database: store.database });
  return ask(() => archive.queueDays({ fromDay: '1970-01-01', toDay: '9999-12-31' }));
}

/** A breach as stored, as far as the soak looks at it. */
export interface StoredBreach {
  readonly router: string;
  readonly user: string;
  readonly day: string;
  readonly threshold: number;
  readonly state: string;
  readonly mailId: string | null;
}

export async function breaches(store: SoakStore): Promise<StoredBreach[]> {
  const rows = await ask(() =>
    store.database.read((queries) => breachQueries(queries).selectFrom('breaches').selectAll().execute()),
  );
  return rows.map((row) => ({
    router: String(row.router),
    user: String(row.user),
    day: String(row.period_start),
    threshold: Number(row.threshold),
    state: String(row.state),
    mailId: row.mail_id === null ? null : String(row.mail_id),
  }));
}

/** A mail of the outbox, as far as the soak looks at it. */
export interface StoredMail {
  readonly id: string;
  readonly state: string;
  /** Tries that ended with a 5xx to RCPT or DATA. */
  readonly refusals: number;
}

export async function mails(store: SoakStore): Promise<StoredMail[]> {
  const rows = await ask(() =>
    store.database.read(async (queries) => {
      const lines = await noticeQueries(queries)
        .selectFrom('deliveries')
        .select(['notice', 'state', 'refusals'])
        .execute();
      const former = await FORMER.execute(queries);
      return [...lines, ...former.rows];
    }),
  );
  return rows.map(({ notice, state, refusals }) => ({
    id: String(notice),
    state: String(state),
    refusals: Number(refusals),
  }));
}

/** Notices that are about no breach: of devices that fall and return, and of our own line. */
export async function otherNotices(store: SoakStore): Promise<ReadonlySet<string>> {
  const rows = await ask(() =>
    store.database.read((queries) =>
      noticeQueries(queries).selectFrom('notices').select('id').where('kind', '!=', 'quota').execute(),
    ),
  );
  return new Set(rows.map(({ id }) => String(id)));
}

/** What a worker of an earlier version has claimed, and nobody has taken over yet. */
const FORMER = sql<{
  notice: string;
  state: string;
  refusals: bigint;
}>`SELECT id AS notice, state, refusals FROM mails`;

/** Of the mails that the outbox holds, those that are still to be tried. */
export function waiting(stored: readonly StoredMail[]): StoredMail[] {
  return stored.filter(({ state }) => state !== 'sent' && state !== 'failed');
}

/** Makes all that waits for its next try, or for the end of a dead worker's lease, due: both go by the clock of the database. */
export async function letOut(store: SoakStore): Promise<void> {
  await ask(() =>
    store.database.read(async (queries) => {
      await sql`UPDATE mails SET due_at = 0`.execute(queries);
      await noticeQueries(queries)
        .updateTable('deliveries')
        .set({ due_at: 0n })
        .where('state', 'in', ['pending', 'claimed'])
        .execute();
    }),
  );
}

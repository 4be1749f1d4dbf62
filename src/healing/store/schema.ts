import type { Generated, Kysely } from 'kysely';
import type { DatabaseTransaction, Queries } from '../../platform/store/database.ts';
import type { Schema } from '../../platform/store/schema.ts';

/** As in `021-healing.sql` and `024-healing-actions.sql`, where the columns are described. */
export interface HealingAttemptsTable {
  id: Generated<bigint>;
  rule_name: string;
  device: string;
  via: string;
  mode: string;
  action: string | null;
  action_digest: string | null;
  state: string;
  reason: string | null;
  outage_at: bigint;
  created_at: bigint;
  decided_at: bigint | null;
  started_at: bigint | null;
  began_at: bigint | null;
  ran_at: bigint | null;
  good_since: bigint | null;
  finished_at: bigint | null;
  by_whom: string | null;
  output: string | null;
  lease_holder: string;
  lease_until: bigint;
}

type HealingTables = {
  healing_turn: { id: bigint; steps: bigint };
  healing_attempts: HealingAttemptsTable;
  healing_notes: { id: string; subject: string; since_at: bigint };
};

export type HealingQueries = Kysely<Schema & HealingTables>;

/** The same connection, with the tables of healing known to its types. */
export function tablesOf(queries: Queries | DatabaseTransaction): HealingQueries {
  return queries.withTables<HealingTables>();
}

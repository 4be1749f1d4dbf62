import { expressionBuilder } from 'kysely';
import type { Database } from '../../platform/store/database.ts';
import { databaseNow } from '../../platform/store/database-clock.ts';

/** Of a row that one process at a time works on: which one, and until when by the database's clock. */
interface LeaseColumns {
  readonly lease_holder: string;
  readonly lease_until: bigint;
}

/** No process works on it. */
export const NO_LEASE: LeaseColumns = { lease_holder: '', lease_until: 0n };

/** The holder alone may work on it for so long from now on. */
export function leaseFor(kind: Database['kind'], holder: string, forMs: number) {
  const eb = expressionBuilder<{ leased: LeaseColumns }, 'leased'>();
  return { lease_holder: holder, lease_until: eb(databaseNow(kind), '+', BigInt(forMs)) };
}

/** The condition that the holder may take it: it is theirs already, or nobody's any more. */
export function isFreeFor(kind: Database['kind'], holder: string) {
  const eb = expressionBuilder<{ leased: LeaseColumns }, 'leased'>();
  return eb.or([eb('lease_holder', '=', holder), eb('lease_until', '<', databaseNow(kind))]);
}

import type { Base, Capability } from '../capability.ts';
import type { MailWriter } from '../notices/ports.ts';
import type { DatabaseTransaction } from '../platform/store/database.ts';
import { type BlindWatchDeps, createBlindWatch } from './blind.ts';
import { createWatchStore } from './store/watch-store.ts';

export interface IncidentsNeeds
  extends Pick<BlindWatchDeps, 'conditions' | 'mailTo' | 'makeMail' | 'pages' | 'postman'> {
  readonly mails: MailWriter<DatabaseTransaction>;
}

/** What is wrong now. */
export interface Incidents extends Capability {
  /** Looks at everything once. Rejects with a `TroubleError` when the database is away. */
  look(): Promise<void>;
}

export function createIncidents(
  base: Base,
  { alerts }: { readonly alerts: { readonly blindAfterMinutes: number } },
  { mails, ...needs }: IncidentsNeeds,
): Incidents {
  const blind = createBlindWatch({
    ...base,
    ...needs,
    blindAfterMs: alerts.blindAfterMinutes * 60_000,
    watches: createWatchStore({ database: base.database, mails }),
  });
  return { look: blind.look, parts: [{ name: 'blind watch', ...blind }] };
}

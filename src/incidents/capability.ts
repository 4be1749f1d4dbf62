import type { Base, Capability } from '../capability.ts';
import type { NoticeWriter } from '../notices/ports.ts';
import type { DatabaseTransaction } from '../platform/store/database.ts';
import { type BlindWatchDeps, createBlindWatch } from './blind.ts';
import type { IncidentWriter } from './ports.ts';
import { forgetIncidents } from './store/incident-purger.ts';
import { createIncidentStore } from './store/incident-store.ts';
import { createIncidentWriter } from './store/incident-writer.ts';
import { createWatchStore } from './store/watch-store.ts';

export interface IncidentsNeeds
  extends Pick<BlindWatchDeps, 'conditions' | 'recipients' | 'makeNotice' | 'pages' | 'postman'> {
  readonly notices: NoticeWriter<DatabaseTransaction>;
}

/** What is wrong now. */
export interface Incidents extends Capability {
  readonly writer: IncidentWriter<DatabaseTransaction>;
  /** Looks at everything once. Rejects with a `TroubleError` when the database is away. */
  look(): Promise<void>;
}

export function createIncidents(
  base: Base,
  { alerts }: { readonly alerts: { readonly blindAfterMinutes: number } },
  { notices, ...needs }: IncidentsNeeds,
): Incidents {
  const { database } = base;
  const blind = createBlindWatch({
    ...base,
    ...needs,
    blindAfterMs: alerts.blindAfterMinutes * 60_000,
    watches: createWatchStore({ database }),
    incidents: createIncidentStore({ database, notices }),
  });
  return {
    writer: createIncidentWriter({ database }),
    look: blind.look,
    parts: [{ name: 'blind watch', ...blind }],
    forget: forgetIncidents({ database }),
  };
}

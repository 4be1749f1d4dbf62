import type { Base, Capability } from '../capability.ts';
import type { NoticeWriter } from '../notices/ports.ts';
import type { DatabaseTransaction } from '../platform/store/database.ts';
import { type BlindWatchDeps, createBlindWatch } from './blind.ts';
import { createIncidentDesk, type IncidentDesk } from './desk.ts';
import type { IncidentWriter, RecordChange } from './ports.ts';
import { createIncidentBook } from './store/incident-book.ts';
import { forgetIncidents } from './store/incident-purger.ts';
import { createIncidentStore } from './store/incident-store.ts';
import { createIncidentWriter } from './store/incident-writer.ts';
import { createWatchStore } from './store/watch-store.ts';

export interface IncidentsNeeds
  extends Pick<BlindWatchDeps, 'conditions' | 'areAllKnown' | 'recipients' | 'makeNotice' | 'pages' | 'postman'> {
  readonly notices: NoticeWriter<DatabaseTransaction>;
  /** Keeps who acknowledged what. */
  readonly record: RecordChange;
}

/** What is wrong now. */
export interface Incidents extends Capability {
  readonly writer: IncidentWriter<DatabaseTransaction>;
  /** Looks at everything once. Rejects with a `TroubleError` when the database is away. */
  look(): Promise<void>;
  readonly desk: IncidentDesk;
}

export async function createIncidents(
  base: Base,
  { alerts }: { readonly alerts: { readonly blindAfterMinutes: number } },
  { notices, record, ...needs }: IncidentsNeeds,
): Promise<Incidents> {
  const { database, calendar, clock, registry } = base;
  const book = createIncidentBook({ database });
  const desk = createIncidentDesk({ book, record, clock });
  const metrics =
    registry === null ? null : (await import('./metrics.ts')).createIncidentMetrics(registry, book.countOpen);
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
    desk,
    async site() {
      const { createIncidentSite } = await import('./routes.ts');
      return createIncidentSite({ desk, clock, timeZone: calendar.timeZone });
    },
    parts: [{ name: 'blind watch', ...blind }],
    ...(metrics === null ? {} : { metrics }),
    forget: forgetIncidents({ database }),
  };
}

import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Actor, IncidentBook, IncidentState, RecordChange } from './ports.ts';

export interface IncidentDesk extends Pick<IncidentBook, 'list' | 'find' | 'ofSubject'> {
  /** Rejects with `INCIDENT_UNKNOWN`, or `INCIDENT_ACKNOWLEDGED` where somebody else was first. */
  acknowledge(actor: Actor, id: number, note: string): Promise<IncidentState>;
}

/** What people may do with incidents. */
export function createIncidentDesk(deps: {
  readonly book: IncidentBook;
  readonly record: RecordChange;
  readonly clock: Pick<Clock, 'now'>;
}): IncidentDesk {
  const { book, record, clock } = deps;
  return {
    list: book.list,
    find: book.find,
    ofSubject: book.ofSubject,
    async acknowledge(actor, id, note) {
      const incident = await book.acknowledge(id, { by: actor.who, at: clock.now(), note });
      if (incident === null) {
        throw new TroubleError('INCIDENT_UNKNOWN', 'there is no incident of this number', 'It may be too old.');
      }
      const isTheirs = incident.acknowledged?.by === actor.who;
      const subject = `${incident.id} ${incident.kind} ${incident.subject}`;
      await record({ ...actor, action: 'incident.ack', subject, outcome: isTheirs ? 'ok' : 'INCIDENT_ACKNOWLEDGED' });
      if (isTheirs) return incident;
      const by = incident.acknowledged?.by ?? '';
      throw new TroubleError('INCIDENT_ACKNOWLEDGED', `it is acknowledged by ${by} already`, 'Ask them.');
    },
  };
}

import type { Actor, RecordChange } from '../incidents/ports.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { MaintenanceWindow } from './maintenance.ts';
import type { MaintenanceBook } from './ports.ts';

/** What people may do with maintenance windows; each change is on record. */
export interface MaintenanceDesk extends Pick<MaintenanceBook, 'list'> {
  /** Rejects with `MAINTENANCE_DEVICE_UNKNOWN`. A tag may be one that no device has yet. */
  add(actor: Actor, window: Omit<MaintenanceWindow, 'id'>): Promise<MaintenanceWindow>;
  /** Rejects with `MAINTENANCE_UNKNOWN`. */
  remove(actor: Actor, id: number): Promise<void>;
}

export function createMaintenanceDesk(deps: {
  readonly book: MaintenanceBook;
  /** Of every source, as they are now. */
  readonly devices: () => Promise<readonly { readonly name: string }[]>;
  readonly record: RecordChange;
}): MaintenanceDesk {
  const { book, devices, record } = deps;
  return {
    list: book.list,
    async add(actor, window) {
      const { device } = window;
      if (device !== null && !(await devices()).some(({ name }) => name === device)) {
        throw new TroubleError(
          'MAINTENANCE_DEVICE_UNKNOWN',
          'no device has this name',
          'The names are those of `device list` and of the configuration, in the same letters.',
        );
      }
      const added = { id: await book.add(window), ...window };
      await record({ ...actor, action: 'maintenance.add', subject: subjectOf(added), outcome: 'ok' });
      return added;
    },
    async remove(actor, id) {
      const known = (await book.list()).find((window) => window.id === id);
      if (known === undefined || !(await book.remove(id))) {
        throw new TroubleError(
          'MAINTENANCE_UNKNOWN',
          'no maintenance window has this number',
          'Somebody else may have removed it.',
        );
      }
      await record({ ...actor, action: 'maintenance.remove', subject: subjectOf(known), outcome: 'ok' });
    },
  };
}

function subjectOf({ id, device, tag }: MaintenanceWindow): string {
  return `${id} ${device ?? `tag ${tag ?? ''}`}`;
}

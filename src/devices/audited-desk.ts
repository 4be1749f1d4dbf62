import { TroubleError } from '../runtime/errors.ts';
import type { Desk } from './desk.ts';

/** Puts on record what was changed, or tried; `outcome` is `ok` or the code of the trouble. */
export type NoteChange = (change: {
  readonly action: string;
  /** One, or several that the same was done to. */
  readonly subject: string | readonly string[];
  readonly outcome: string;
}) => Promise<void>;

/** The same desk, with each change on record: by whom, `note` knows. What only reads, or is a dry run, is not noted. */
export function auditedDesk(desk: Desk, note: NoteChange): Desk {
  /** `done`: to which of them, where that is known only afterwards. */
  async function noted<Result>(
    action: string,
    subject: string,
    work: () => Promise<Result>,
    done: () => string | readonly string[] = () => subject,
  ): Promise<Result> {
    let result: Result;
    try {
      result = await work();
    } catch (error) {
      if (error instanceof TroubleError) await note({ action, subject, outcome: error.code });
      throw error;
    }
    await note({ action, subject: done(), outcome: 'ok' });
    return result;
  }

  return {
    ...desk,
    addDevice: (name, fields) => noted('device.add', name, () => desk.addDevice(name, fields)),
    setDevice: (name, fields, version) => noted('device.set', name, () => desk.setDevice(name, fields, version)),
    removeDevice: (name, version) => noted('device.remove', name, () => desk.removeDevice(name, version)),
    takeOver: (name) => noted('device.takeover', name, () => desk.takeOver(name)),
    async edit(edit, options) {
      if (options.isDryRun) return await desk.edit(edit, options);
      let changed: readonly string[] = [];
      const work = () =>
        desk.edit((draft) => {
          const result = edit(draft);
          changed = draft.change().devices.put.map(({ name }) => name);
          return result;
        }, options);
      return await noted('device.import', '', work, () => changed);
    },
    addCredential: (name, fields) => noted('credential.add', name, () => desk.addCredential(name, fields)),
    setCredential: (name, fields, version) =>
      noted('credential.set', name, () => desk.setCredential(name, fields, version)),
    removeCredential: (name) => noted('credential.remove', name, () => desk.removeCredential(name)),
  };
}

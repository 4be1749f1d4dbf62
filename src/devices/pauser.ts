import type { NoteChange } from './audited-desk.ts';
import type { Desk } from './desk.ts';
import type { PauseBook } from './pauses.ts';

/**
 * Pauses or resumes a device of any source: one of the inventory there, all others beside their source, which needs no key. Gives `false`
 * where it is so already. Rejects with a `Refusal` where there is no such device.
 */
export function createPauser(deps: {
  readonly desk: Pick<Desk, 'device' | 'setDevice'>;
  readonly pauses: PauseBook;
  readonly note: NoteChange;
  readonly clock: { now(): number };
}): (name: string, isPaused: boolean) => Promise<boolean> {
  const { desk, pauses, note, clock } = deps;
  return async (name, isPaused) => {
    const { source, paused } = await desk.device(name);
    if (source === 'inventory') {
      const { outcome } = await desk.setDevice(name, { paused: isPaused });
      // From before it was taken over.
      if (!isPaused) await pauses.resume(name);
      return outcome !== 'unchanged';
    }
    if (paused === isPaused) return false;
    await (isPaused ? pauses.pause(name, clock.now()) : pauses.resume(name));
    await note({ action: isPaused ? 'device.pause' : 'device.resume', subject: name, outcome: 'ok' });
    return true;
  };
}

import type { Notes } from '../begin.ts';
import { sleep } from '../crew.ts';
import type { Stage } from '../soak.ts';
import type { Worker } from '../worker.ts';
import { hasVersion } from './log.ts';
import type { BackupFault } from './plan.ts';
import type { BackedUpRouter } from './routers.ts';

/** A backup is over in a few hundred of them. */
const LOOK_EVERY_MS = 10;

/** Has a fault begin, and end at its time. */
export async function beginBackupFault(
  fault: BackupFault,
  routers: readonly BackedUpRouter[],
  { crew, store }: Pick<Stage, 'crew' | 'store'>,
  { note, alone }: Notes,
): Promise<void> {
  const router = 'router' in fault ? routers[fault.router] : undefined;
  switch (fault.kind) {
    case 'change':
      note('configuration: changed');
      return router?.change();
    case 'undo':
      note('configuration: changed back');
      return router?.undo();
    case 'ssh':
      // A wrong text that comes first is taken for the right one.
      if (router === undefined || !(await hasVersion(store, router.name))) return;
      return await alone(`ssh ${fault.router}`, `backups: ${fault.trouble}`, async () => {
        const end = await router.begin(fault.trouble, fault.bytes);
        await sleep(fault.forMs);
        await end();
      });
    case 'kill': {
      const address = await nextBackup(routers, fault);
      if (address === null) return;
      await sleep(fault.thenMs);
      const victim = at(address, crew) ?? crew.first();
      if (victim === null || victim.hasEnded()) return;
      note('worker: killed while it backs up');
      return victim.kill();
    }
  }
}

/** Where the session of a backup comes from, when some have begun; `null`: there was none. */
async function nextBackup(
  routers: readonly BackedUpRouter[],
  { forMs, skipped }: { readonly forMs: number; readonly skipped: number },
): Promise<string | null> {
  const [from, endMs] = [Date.now(), performance.now() + forMs];
  while (performance.now() < endMs) {
    const begun = routers
      .flatMap(({ sessions }) => sessions.filter((session) => session.from >= from))
      .toSorted((one, other) => one.from - other.from);
    const session = begun[skipped];
    if (session !== undefined) return session.address;
    await sleep(LOOK_EVERY_MS);
  }
  return null;
}

/** Each of several has an address of its own. */
function at(address: string, { all, lives, size }: Stage['crew']): Worker | null {
  return size === 1 ? null : (all[lives.findIndex((life) => life.address === address)] ?? null);
}

import { sleep } from './crew.ts';
import type { HealthStage } from './health/faults.ts';
import { endTurn } from './health/log.ts';
import type { Fault } from './plan.ts';
import type { Stage } from './soak.ts';
import { THIS_VERSION } from './worker.ts';

/** From the time of a soak to some day in 1970. */
const TO_1970_MS = 57 * 365 * 24 * 3_600_000;

export interface Notes {
  readonly note: (what: string) => void;
  readonly alone: HealthStage['alone'];
}

export function notesOf(
  { atMs }: { readonly atMs: number },
  { happened, busy }: Stage,
  tell: (line: string) => void,
): Notes {
  const note = (what: string) => {
    happened.set(what, (happened.get(what) ?? 0) + 1);
    tell(`${(atMs / 1000).toFixed(1)} s: ${what}`);
  };
  return {
    note,
    async alone(key, what, work) {
      if (busy.has(key)) return;
      busy.add(key);
      note(what);
      try {
        await work();
      } finally {
        busy.delete(key);
      }
    },
  };
}

/** Routers whose lines are well fall silent, until the returned function is called. */
export function silenceRouters({ routers, busy }: Stage, isSpared: (index: number) => boolean): () => void {
  const fallen = routers.flatMap((each, index) =>
    isSpared(index) || busy.has(`wire ${index}`) ? [] : [{ each, index }],
  );
  for (const { each, index } of fallen) {
    busy.add(`wire ${index}`);
    each.setFaults({ stall: 'before-reply' });
  }
  return () => {
    for (const { each, index } of fallen) {
      each.setFaults({});
      busy.delete(`wire ${index}`);
    }
  };
}

/** One of a kind at a time, where two would undo each other. */
export async function begin(fault: Fault, stage: Stage, { note, alone }: Notes): Promise<void> {
  const { store, routers, crew, sink, busy } = stage;
  const router = 'router' in fault ? routers[fault.router] : undefined;
  switch (fault.kind) {
    case 'incident':
      if (router?.incident(fault.incident, fault.pick)) note(`router: ${fault.incident}`);
      return;
    case 'cut-off': {
      note('network: router cut off');
      const comeBack = router?.cutOff();
      await sleep(fault.forMs);
      comeBack?.();
      return;
    }
    case 'mass-outage':
      return await alone('mass-outage', 'network: all routers but one silent', async () => {
        const end = silenceRouters(stage, (index) => index === 0);
        await sleep(fault.forMs);
        end();
      });
    case 'wire':
      return await alone(`wire ${fault.router}`, `network: ${fault.what}`, async () => {
        router?.setFaults(fault.faults);
        await sleep(fault.forMs);
        router?.setFaults({});
      });
    case 'mail':
      return await alone('mail', `mail server: ${fault.trouble}`, async () => {
        sink.setTrouble(fault.trouble);
        await sleep(fault.forMs);
        sink.setTrouble(null);
      });
    case 'store':
      return await alone('store', `database: ${fault.trouble}`, async () => {
        stage.storeTrouble.set(true);
        const heal = await store.begin(fault.trouble);
        await sleep(fault.forMs);
        await heal();
        stage.storeTrouble.set(false);
      });
    case 'clock': {
      const isOfOne = fault.whose === 'one';
      const what = `clock${isOfOne ? ' of one worker' : ''}: ${fault.stepMs > 0 ? '+' : ''}${fault.stepMs / 1000} s`;
      // An earlier version knows no clock that it shares with others: to it a step while a router is young looks like a reboot.
      if (stage.isUpgraded && !crew.isAllOf(THIS_VERSION))
        return note(`${what}, left out while an earlier version runs`);
      note(what);
      return isOfOne ? crew.jump(fault.stepMs) : crew.stepClock(fault.stepMs);
    }
    case 'clock-lost':
      if (stage.isUpgraded && !crew.isAllOf(THIS_VERSION)) return;
      return await alone('clock', 'clock: 1970 for a while', async () => {
        stage.clockLost.set(true);
        crew.stepClock(-TO_1970_MS);
        await sleep(fault.forMs);
        crew.stepClock(TO_1970_MS);
        stage.clockLost.set(false);
      });
    case 'upgrade':
      // Of all faults the one that must not be left out.
      while (busy.has('worker')) await sleep(50);
      return await alone('worker', 'worker: rolling restart to this version', async () => {
        await stage.migrate();
        await crew.upgrade(THIS_VERSION, fault.forMs);
      });
    case 'worker':
      return await alone('worker', `worker: ${fault.trouble}`, async () => {
        await troubleWorker(fault, stage);
        // Now and then, so that a run has more than the leases of the dead.
        if (!stage.isUpgraded && fault.forMs % 5 > 0) await endTurn(store);
      });
  }
}

async function troubleWorker(fault: Extract<Fault, { kind: 'worker' }>, { crew, store }: Stage): Promise<void> {
  switch (fault.trouble) {
    case 'kill':
      return await crew.kill(fault.forMs / 2);
    case 'kill-in-commit': {
      const victim = crew.first();
      if (!store.onNextCommit(() => victim?.kill())) victim?.tell({ dieAtCommit: fault.when });
      await Promise.race([victim?.exit, sleep(fault.forMs)]);
      return;
    }
    case 'restart':
      return await crew.restart();
    case 'rolling-restart':
      return await crew.roll(fault.forMs);
    case 'second-worker':
      return await crew.double(fault.forMs);
  }
}

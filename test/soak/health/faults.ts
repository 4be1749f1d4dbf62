import { createMaintenanceStore } from '../../../src/health/store/health-archive.ts';
import { ask } from '../books.ts';
import { sleep } from '../crew.ts';
import type { SoakStore } from '../stores.ts';
import { WINDOW_KNOWN_MS } from './certain.ts';
import { HOSTS, type HostName, type Network } from './network.ts';
import type { HealthFault } from './plan.ts';

/** Where the faults of devices happen. */
export interface HealthStage {
  readonly network: Network;
  readonly store: SoakStore;
  /** Routers fall silent until the returned function is called. */
  readonly silenceRouters: () => () => void;
  /** Runs `work` if nothing with the same key goes on. */
  readonly alone: (key: string, what: string, work: () => Promise<void>) => Promise<void>;
}

const FOR_EVER = Date.UTC(9999, 0);

/** Has a fault begin, and end at its time. */
export async function beginHealthFault(fault: HealthFault, stage: HealthStage): Promise<void> {
  const { network, silenceRouters, alone } = stage;
  switch (fault.kind) {
    case 'host-down': {
      const what = fault.host === 'tower' ? 'devices: the tower down' : 'devices: a host down';
      return await alone(`host ${fault.host}`, what, () => outage([fault.host], network, fault.forMs));
    }
    case 'hosts-fall':
      return await alone('hosts', 'devices: all hosts down at once', () =>
        outage(
          HOSTS.map(({ name }) => name),
          network,
          fault.forMs,
        ),
      );
    case 'host-flaps':
      return await alone(`host ${fault.host}`, 'devices: a host flaps', async () => {
        const { host, downMs, upMs, forMs } = fault;
        for (let leftMs = forMs; leftMs > 0; leftMs -= downMs + upMs) {
          await outage([host], network, downMs);
          await sleep(upMs);
        }
      });
    case 'host-maintained':
      return await alone(`host ${fault.host}`, 'devices: a host down in maintenance', () => maintain(fault, stage));
    case 'line-down':
      return await alone('line', 'devices: our own line down', async () => {
        const ends = [network.cutLine(), silenceRouters()];
        await sleep(fault.forMs);
        for (const end of ends) end();
      });
  }
}

async function outage(hosts: readonly HostName[], network: Network, forMs: number): Promise<void> {
  const ends = hosts.map((host) => network.fell(host));
  await sleep(forMs);
  for (const end of ends) end();
}

/** By the database, for the clocks of workers go as they like: the window is there, or it is not. */
async function maintain(
  { host, forMs }: Extract<HealthFault, { kind: 'host-maintained' }>,
  { network, store }: HealthStage,
): Promise<void> {
  const windows = createMaintenanceStore({ database: store.database });
  network.setMaintained(host, true);
  const id = await ask(() => windows.add({ device: host, tag: null, startsAt: 0, endsAt: FOR_EVER, isWeekly: false }));
  // Nothing is to happen to the device while the worker may not know of the window, or of its end.
  await sleep(WINDOW_KNOWN_MS);
  await outage([host], network, forMs - 2 * WINDOW_KNOWN_MS);
  await sleep(WINDOW_KNOWN_MS);
  await ask(() => windows.remove(id));
  network.setMaintained(host, false);
}

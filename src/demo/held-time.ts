import type { DeviceShell } from '../backups/ports.ts';
import type { Device } from '../devices/ports.ts';
import type { OpenShell } from '../healing/ports.ts';
import type { Observer } from '../health/observation.ts';
import type { Prober } from '../platform/probe/prober.ts';
import { createProber } from '../platform/probe/prober.ts';
import type { Clock } from '../runtime/clock.ts';
import type { QueueReader } from '../usage/ports.ts';
import type { Network } from './network.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What stands between the worker and the simulated network. */
export interface HeldNetwork {
  wrapReader(reader: QueueReader): QueueReader;
  wrapObserver(observer: Observer, device: Device): Observer;
  wrapShell(shell: DeviceShell): DeviceShell;
  wrapHealer(open: OpenShell): OpenShell;
  readonly prober: Prober;
}

/** Who answers nothing for so long of the real time has failed by the virtual one. */
const LONGEST_HOLD_MS = 2_000;

/**
 * Time stands still while a device is talked to: a millisecond of the real network would be a second of the virtual one. Nobody on the
 * loopback interface can be silent, so what is cut off is silent by being left alone.
 */
export function createHeldNetwork(deps: {
  readonly clock: VirtualClock;
  readonly host: Clock;
  readonly network: Pick<Network, 'isReached' | 'isLineUp'>;
}): HeldNetwork {
  const { clock, host, network } = deps;
  const sockets = createProber({ clock });

  /** Gives what lets it go on. */
  function hold(): () => void {
    const release = clock.hold();
    const cancel = host.after(LONGEST_HOLD_MS, release);
    return () => {
      cancel();
      release();
    };
  }

  async function held<Value>(work: () => Promise<Value>): Promise<Value> {
    const goOn = hold();
    try {
      return await work();
    } finally {
      goOn();
    }
  }

  /** A look at a device as it is now. */
  async function look(observer: Observer, ...[how]: Parameters<Observer['observe']>) {
    const beganMs = host.monotonicMs();
    const seen = await observer.observe(how);
    const { outcome } = seen;
    if (outcome.kind !== 'answered' || outcome.latencyMs === null) return seen;
    // By the virtual clock no time has passed.
    return { ...seen, outcome: { ...outcome, latencyMs: Math.max(1, Math.round(host.monotonicMs() - beganMs)) } };
  }

  return {
    wrapReader: (reader) => ({ ...reader, read: (visit) => held(() => reader.read(visit)) }),
    wrapObserver: (observer, { name }) => ({
      ...observer,
      observe: (how) => held(async () => (network.isReached(name) ? await look(observer, how) : silence(name, clock))),
    }),
    wrapShell: (shell) => ({
      open: (signal) =>
        held(async () => {
          const session = await shell.open(signal);
          return { ...session, run: (...command) => held(() => session.run(...command)) };
        }),
    }),
    // Until the last command has ended: each has its time.
    wrapHealer: (open) => async (to, signal) => {
      const goOn = hold();
      try {
        const shell = await open(to, signal);
        return {
          ...shell,
          close() {
            shell.close();
            goOn();
          },
        };
      } catch (error) {
        goOn();
        throw error;
      }
    },
    prober: {
      knock: (options) => held(async () => (network.isLineUp() ? await sockets.knock(options) : { kind: 'silent' })),
      ping: async () => ({ kind: 'silent' }),
      pingTrouble: async () => null,
    },
  };
}

function silence(device: string, clock: Clock) {
  const outcome = { kind: 'failed', code: 'DEAD', reason: 'does not answer' } as const;
  return { device, at: clock.now(), monotonicMs: clock.monotonicMs(), outcome, figures: null };
}

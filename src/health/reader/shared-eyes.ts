import { z } from 'zod';
import type { Device } from '../../devices/ports.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Observation, Observer } from '../observation.ts';
import type { OwnLine } from '../own-line.ts';
import type { SharedEyes } from '../ports.ts';

const text = z.string().max(2_000);
const maybeText = text.nullable();
const maybeNumber = z.number().nullable();
const outcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('answered'), proof: z.enum(['api', 'bytes', 'tcp', 'ping']), latencyMs: maybeNumber }),
  z.object({
    ...{ kind: z.literal('ill'), code: z.enum(['LOGIN_REFUSED', 'MENU_REFUSED', 'TLS_REFUSED']) },
    ...{ reason: text, latencyMs: maybeNumber },
  }),
  z.object({
    kind: z.literal('failed'),
    code: z.enum(['API_SHUT', 'REFUSED', 'DEAD', 'NAME_UNKNOWN', 'MUTE']),
    reason: text,
  }),
]);
const figures = z.object({
  ...{ identity: maybeText, version: maybeText, board: maybeText, serial: maybeText, uptimeSeconds: maybeNumber },
  ...{ cpuPercent: maybeNumber, memoryPercent: maybeNumber, diskPercent: maybeNumber },
  ...{ temperatureC: maybeNumber, voltageV: maybeNumber, webfig: maybeText, certificateEndsAt: maybeNumber },
  sensors: z.array(z.object({ name: text, value: z.number(), unit: z.enum(['C', 'V', 'A', 'W', 'RPM']) })),
  wan: z
    .array(
      z.object({
        interface: text,
        kind: z.enum(['ethernet', 'dhcp', 'pppoe', 'lte', 'other']),
        ...{ address: maybeText, publicAddress: maybeText, behindNat: z.boolean().nullable() },
      }),
    )
    .nullable(),
  interfaces: z
    .array(
      z.object({
        ...{ id: text, name: text, isRunning: z.boolean(), isDisabled: z.boolean(), downloadBps: maybeNumber },
        ...{ uploadBps: maybeNumber, linkDowns: maybeNumber, lastLinkUp: maybeText, sessionSeconds: maybeNumber },
      }),
    )
    .nullable(),
});
/** What another worker saw. It says nothing where it could not see: then this one looks itself. */
const seen = z.object({ outcome, figures: figures.nullable() });

export interface SharedEyesDeps {
  readonly eyes: SharedEyes;
  /** Looks from here. */
  readonly observerOf: (device: Device) => Observer;
  readonly clock: Clock;
}

/** Looks through others, or from here. */
export interface SharedObserver extends Observer {
  /** The devices of this worker changed. */
  tidy(): void;
}

/**
 * Looks at a device through the worker that polls it, over the connection that worker has. Where that worker cannot be asked or saw
 * nothing, this one looks itself: a device is down when it does not answer, not when a worker does not.
 */
export function createSharedObserver(device: Device, { eyes, observerOf, clock }: SharedEyesDeps): SharedObserver {
  let own: Observer | null = null;
  let isLooking = false;

  function closeOwn(): void {
    own?.close();
    own = null;
  }

  /** Where another worker has the device, a connection of our own is a second one. */
  function tidy(): void {
    if (!isLooking && !eyes.isMine(device.name)) closeOwn();
  }

  return {
    tidy,
    async observe(look) {
      if (!eyes.isMine(device.name)) {
        const { data } = seen.safeParse(await eyes.ask(device.name, look.withinMs, look.signal));
        if (data !== undefined) {
          if (data.outcome.kind !== 'failed') await look.enter();
          return { device: device.name, at: clock.now(), monotonicMs: clock.monotonicMs(), ...data };
        }
      }
      own ??= observerOf(device);
      isLooking = true;
      try {
        return await own.observe(look);
      } finally {
        isLooking = false;
        tidy();
      }
    },
    close: closeOwn,
  };
}

/** Looks at devices of this worker for the one that judges. */
export interface Lookout {
  /** What was seen; `null`: nothing could be. */
  look(device: string, withinMs: number): Promise<Pick<Observation, 'outcome' | 'figures'> | null>;
  /** Closes the eyes for devices that are no longer this worker's, or are reached otherwise now. */
  tidy(): void;
  close(): void;
}

export function createLookout(deps: {
  readonly eyes: Pick<SharedEyes, 'isMine'>;
  readonly find: (name: string) => Device | null;
  readonly observerOf: (device: Device) => Observer;
  readonly isSame: (one: Device, other: Device) => boolean;
  readonly ownLine: Pick<OwnLine, 'isBlind'>;
  /** Hears of each look; of `null` where a device is not looked at any more. */
  readonly onLook: (device: string, figures: Observation['figures']) => void;
}): Lookout {
  const { eyes, find, isSame } = deps;
  const observers = new Map<string, { readonly device: Device; readonly observer: Observer }>();
  const closing = new AbortController();

  function drop(name: string): void {
    observers.get(name)?.observer.close();
    if (observers.delete(name)) deps.onLook(name, null);
  }

  function tidy(): void {
    for (const [name, { device }] of observers) {
      const now = find(name);
      if (!eyes.isMine(name) || now === null || now.isPaused || !isSame(now, device)) drop(name);
    }
  }

  return {
    tidy,
    async look(name, withinMs) {
      tidy();
      const device = find(name);
      if (device === null || !eyes.isMine(name)) return null;
      const observer = observers.get(name)?.observer ?? deps.observerOf(device);
      observers.set(name, { device, observer });
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(2 * withinMs)]);
      const seen = await observer.observe({ signal, withinMs, connectWithinMs: null, enter: () => Promise.resolve() });
      // It was given away meanwhile, and its connection was ended: that is no silence of the device.
      if (observers.get(name)?.observer !== observer) return null;
      deps.onLook(name, seen.figures);
      const { outcome: how } = seen;
      const isUnsure = how.kind === 'unseen' || (how.kind === 'failed' && (await deps.ownLine.isBlind(signal)));
      return isUnsure ? null : { outcome: how, figures: seen.figures };
    },
    close() {
      closing.abort();
      for (const name of [...observers.keys()]) drop(name);
    },
  };
}

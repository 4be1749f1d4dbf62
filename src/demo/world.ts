import type { Clock } from '../runtime/clock.ts';
import type { Address } from './api-server.ts';
import { DAILY_SCRIPT, type Happening } from './happenings.ts';
import { createResidents, type Resident } from './residents.ts';
import type { RouterOsVersion } from './router-versions.ts';
import { createSimulatedRouter, type SimulatedRouter } from './simulated-router.ts';
import { createRandom, type Random, trafficOf } from './traffic.ts';

export interface DemoRouter {
  readonly name: string;
  readonly version: RouterOsVersion;
  readonly device: SimulatedRouter;
  readonly residents: readonly Resident[];
}

/** Three routers, their users and what happens to them. */
export interface DemoWorld {
  readonly routers: ReadonlyMap<string, DemoRouter>;
  /** Starts the routers, the traffic and the happenings; gives the routers' addresses by name. */
  start(): Promise<ReadonlyMap<string, Address>>;
  /** Ends traffic and happenings for good and makes every router reachable; they may still be booting. */
  calm(): void;
  stop(): Promise<void>;
}

export interface DemoWorldOptions {
  readonly clock: Clock;
  /** IANA name: whose day the traffic and the script follow. */
  readonly timeZone: string;
  /** The same seed makes the same traffic. */
  readonly seed: number;
  readonly credentials: { readonly username: string; readonly password: string };
  readonly onHappening: (happening: Happening) => void;
}

/** Traffic moves in steps of this. */
const STEP_MS = 60_000;

const SITES = [
  { name: 'office', version: '6.49.18', board: 'RB4011iGS+', serial: 'B8950A1C2D3E', uptimeDays: 34 },
  { name: 'isp', version: '7.20.1', board: 'CCR2116-12G-4S+', serial: 'HCS084X1F7Q', uptimeDays: 12 },
  { name: 'village', version: '6.40.9', board: 'RB2011UiAS', serial: '467B02A9911F', uptimeDays: 210 },
] as const;

export function createDemoWorld(options: DemoWorldOptions): DemoWorld {
  const { clock, timeZone, onHappening } = options;
  const random = createRandom(options.seed);
  const routers = new Map(SITES.map((site) => [site.name as string, createSite(site, options, random)]));
  const cancels = new Map<object, () => void>();

  /** Calls `run` again and again, until the world is calm. */
  function repeat(delayMs: () => number, run: () => void): void {
    const key = {};
    const plan = () =>
      cancels.set(
        key,
        clock.after(delayMs(), () => {
          plan();
          run();
        }),
      );
    plan();
  }

  function moveTraffic(): void {
    const hour = hourOf(clock.now(), timeZone);
    for (const { device, residents } of routers.values()) {
      for (const { queue, habit } of residents) {
        const { uploadBytes, downloadBytes } = trafficOf(habit, hour, STEP_MS, random);
        device.move(queue, uploadBytes, downloadBytes);
      }
    }
  }

  return {
    routers,
    async start() {
      const addresses = new Map<string, Address>();
      for (const { name, device } of routers.values()) addresses.set(name, await device.start());
      repeat(() => STEP_MS, moveTraffic);
      for (const entry of DAILY_SCRIPT) {
        repeat(
          () => untilTimeOfDay(clock.now(), entry.time, timeZone),
          () => {
            const router = routers.get(entry.router);
            if (router === undefined) throw new Error(`the script names a router that is not there: ${entry.router}`);
            onHappening({ at: clock.now(), router: entry.router, text: entry.happen(router.device, random) });
          },
        );
      }
      return addresses;
    },
    calm() {
      for (const cancel of cancels.values()) cancel();
      cancels.clear();
      for (const { device } of routers.values()) device.setReachable(true);
    },
    async stop() {
      for (const { device } of routers.values()) await device.stop();
    },
  };
}

function createSite(site: (typeof SITES)[number], options: DemoWorldOptions, random: Random): DemoRouter {
  const device = createSimulatedRouter({
    clock: options.clock,
    version: site.version,
    identity: site.name,
    device: { kind: 'routerboard', board: site.board, serial: site.serial },
    uptimeMs: site.uptimeDays * 86_400_000,
    ...options.credentials,
  });
  return { name: site.name, version: site.version, device, residents: createResidents(site.name, device, random) };
}

function hourOf(at: number, timeZone: string): number {
  const time = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  return time.hour + time.minute / 60;
}

/** Ms to the next `HH:MM`, never 0. */
function untilTimeOfDay(at: number, time: string, timeZone: string): number {
  const now = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
  const today = now.withPlainTime(time);
  const next = Temporal.ZonedDateTime.compare(today, now) > 0 ? today : today.add({ days: 1 });
  return next.epochMilliseconds - at;
}

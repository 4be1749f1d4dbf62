import type { Clock } from '../runtime/clock.ts';
import type { Address } from './api-server.ts';
import type { Configuration } from './configuration.ts';
import { DAILY_SCRIPT, type Happening, type Stage } from './happenings.ts';
import type { Answer, Command } from './menu.ts';
import { createNetwork, type Network } from './network.ts';
import { createResidents, type Resident } from './residents.ts';
import type { RouterOsVersion } from './router-versions.ts';
import { createSimulatedRouter, type SimulatedRouter } from './simulated-router.ts';
import { SITES, type Site, SWITCH } from './sites.ts';
import { createSshRouter, type SshRouter } from './ssh-router.ts';
import { newHostKey } from './ssh-server.ts';
import { createTcpHost } from './tcp-host.ts';
import { createRandom, type Random, trafficOf } from './traffic.ts';

export interface DemoRouter {
  readonly name: string;
  readonly version: RouterOsVersion;
  readonly device: SimulatedRouter;
  readonly residents: readonly Resident[];
  /** `null`: it has no SSH. */
  readonly ssh: SshRouter | null;
}

/** Where everything is. */
export interface DemoAddresses {
  readonly routers: ReadonlyMap<string, { readonly api: Address; readonly ssh: Address | null }>;
  readonly switch: Address;
  /** What answers as long as our own line is up. */
  readonly witness: Address;
}

/** Some routers and a switch, their users and what happens to them. */
export interface DemoWorld {
  readonly routers: ReadonlyMap<string, DemoRouter>;
  readonly network: Network;
  /** Starts the devices, the traffic and the happenings. */
  start(): Promise<DemoAddresses>;
  /** Ends traffic and happenings for good and makes every device reachable; routers may still be booting. */
  calm(): void;
  /** By router: all configurations that it has had, the present one last. */
  configurations(): ReadonlyMap<string, readonly Configuration[]>;
  stop(): Promise<void>;
}

interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface DemoWorldOptions {
  readonly clock: Clock;
  /** IANA name: whose day the traffic and the script follow. */
  readonly timeZone: string;
  /** The same seed makes the same traffic. */
  readonly seed: number;
  readonly credentials: Credentials;
  readonly sshCredentials: Credentials;
  /** Of whoever may switch the power of a port. */
  readonly healerCredentials: Credentials;
  readonly onHappening: (happening: Happening) => void;
}

/** Traffic moves in steps of this. */
const STEP_MS = 60_000;
const IDLE_CPU_PERCENT = 4;
const BUSY_CPU_PERCENT = 30;

export function createDemoWorld(options: DemoWorldOptions): DemoWorld {
  const { clock, timeZone, onHappening } = options;
  const random = createRandom(options.seed);
  // Making one takes a while.
  const hostKey = newHostKey();
  const routers = new Map(
    SITES.map((site) => [site.name, createSite(site, { ...options, cyclePower }, hostKey, random)]),
  );
  const [theSwitch, witness] = [createTcpHost(), createTcpHost()];
  const histories = new Map<string, Configuration[]>();
  const cancels = new Map<object, () => void>();
  const network = createNetwork({
    clock,
    parents: new Map([...SITES.map(({ name, parent }) => [name, parent] as const), [SWITCH, null]]),
    onChange() {
      for (const { name, device } of routers.values()) device.setReachable(network.isReached(name));
    },
  });
  const stage: Stage = { network, random, router: (name) => routerOf(name).device, ssh: (name) => sshOf(name) };

  /** Whoever hangs starts anew. */
  function cyclePower(by: string, { port, router }: NonNullable<Site['poe']>): void {
    routerOf(router).device.reboot();
    network.setUp(router, true);
    onHappening({ at: clock.now(), router: by, text: `turns the power of ${port} off and on: ${router} starts anew` });
  }

  function routerOf(name: string): DemoRouter {
    const router = routers.get(name);
    if (router === undefined) throw new Error(`the script names a router that is not there: ${name}`);
    return router;
  }

  function sshOf(name: string): SshRouter {
    const { ssh } = routerOf(name);
    if (ssh === null) throw new Error(`the script names a router without SSH: ${name}`);
    return ssh;
  }

  function noteConfigurations(): void {
    for (const { name, ssh } of routers.values()) {
      if (ssh === null) continue;
      const history = histories.get(name) ?? [];
      if (history.at(-1) !== ssh.configuration()) histories.set(name, [...history, ssh.configuration()]);
    }
  }

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
      device.setHealth({ cpuPercent: Math.round(IDLE_CPU_PERCENT + random() * BUSY_CPU_PERCENT) });
    }
  }

  return {
    routers,
    network,
    async start() {
      const addresses = new Map<string, { readonly api: Address; readonly ssh: Address | null }>();
      for (const { name, device, ssh } of routers.values()) {
        addresses.set(name, { api: await device.start(), ssh: ssh === null ? null : await ssh.start() });
      }
      noteConfigurations();
      repeat(() => STEP_MS, moveTraffic);
      for (const { time, router, happen } of DAILY_SCRIPT) {
        repeat(
          () => untilTimeOfDay(clock.now(), time, timeZone),
          () => {
            onHappening({ at: clock.now(), router, text: happen(stage, router) });
            noteConfigurations();
          },
        );
      }
      return { routers: addresses, switch: await theSwitch.start(), witness: await witness.start() };
    },
    calm() {
      for (const cancel of cancels.values()) cancel();
      cancels.clear();
      network.mend();
    },
    configurations: () => histories,
    async stop() {
      for (const { device, ssh } of routers.values()) await Promise.all([device.stop(), ssh?.stop()]);
      await Promise.all([theSwitch.stop(), witness.stop()]);
    },
  };
}

interface SiteOptions extends DemoWorldOptions {
  readonly cyclePower: (by: string, poe: NonNullable<Site['poe']>) => void;
}

function createSite(site: Site, options: SiteOptions, hostKey: string, random: Random): DemoRouter {
  const { name, version, board, serial, hasSsh, poe } = site;
  const { clock, healerCredentials, cyclePower } = options;
  const device = createSimulatedRouter({
    ...{ clock, version, identity: name, device: { kind: 'routerboard', board, serial } },
    uptimeMs: site.uptimeDays * 86_400_000,
    ...options.credentials,
    ...(poe === undefined ? {} : { healer: { ...healerCredentials, act: actWith(() => cyclePower(name, poe)) } }),
  });
  device.setHealth(site.health);
  if (poe !== undefined) {
    device.setMenu('/user/active', [{ name: healerCredentials.username, address: '127.0.0.1', via: 'api' }]);
    device.setMenu('/interface/ethernet/poe', [{ '.id': '*6', name: poe.port, 'poe-out': 'auto-on' }]);
  }
  const ssh = hasSsh
    ? createSshRouter({ ...{ clock, version, identity: name, board, serial, hostKey }, ...options.sshCredentials })
    : null;
  return { name, version, device, ssh, residents: createResidents(name, device, random) };
}

/** The one command that the healer of a site sends to change something. */
function actWith(cyclePower: () => void): (command: Command) => Answer | null {
  return ({ verb }) => {
    if (verb !== 'power-cycle') return null;
    cyclePower();
    return { kind: 'rows', rows: [] };
  };
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

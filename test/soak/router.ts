import type { Address, WireFaults } from '../../src/demo/api-server.ts';
import type { RouterOsVersion } from '../../src/demo/router-versions.ts';
import { createSimulatedRouter } from '../../src/demo/simulated-router.ts';
import { createRandom, type Random } from '../../src/demo/traffic.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createSpellLog, type Spell } from './health/spells.ts';
import { type Amount, createTruth, type Expectation } from './truth.ts';

export const CREDENTIALS = { username: 'reader', password: 'soak-password' };

/**
 * A queue whose upload counter is the number of the last tick, whatever happens to the other counters: a sample that holds it says which
 * tick it shows.
 */
export const MARKER = { name: 'soak-marker' };

const OFFICES = ['office-1', 'office-2', 'lab/1', 'Büro "3"'];
/** What offices may be called as well: some so that only a byte tells them from another. */
const NEW_NAMES = ['office-1 ', 'Office-2', 'lab/1/2', '<warehouse>'];
/** While two of them swap their names. */
const INTERIM = 'between-names';
const USERS = ['amy', 'bob', 'cem', 'dörte'];

/** What may happen to a router within a tick; `pick` chooses the queue. */
export type Incident =
  | 'reset'
  | 'resetAll'
  | 'reconnect'
  | 'comeAndGo'
  | 'remake'
  | 'rename'
  | 'swapNames'
  | 'reboot'
  | 'replace';

export interface SoakRouter {
  readonly name: string;
  start(): Promise<Address>;
  stop(): Promise<void>;
  /** One tick: traffic, then what was to happen, then the marker. Nothing can be read in between. */
  tick(number: number): void;
  /** In the next tick; `false` where it has nothing to act on: the router boots, or is being replaced. */
  incident(kind: Incident, pick: number): boolean;
  setFaults(faults: WireFaults): void;
  /** Connections are refused until the returned function is called. */
  cutOff(): () => void;
  /** Traffic ends; what is booting still comes up. */
  calm(): void;
  isUp(): boolean;
  uptimeMs(): number;
  openConnections(): number;
  /** When it may not have answered as it should. */
  disturbances(): Spell[];
  expect(committed: readonly number[]): Expectation[];
}

/** Long enough for the boot instant to move by more than clocks may differ. */
const DOWNTIME_MS = 7_000;
const LONG_UPTIME_MS = 9 * 86_400_000;
const TICKS_TO_REPLACE = 175;
/** The mean of a queue that is busy, in one tick. */
const BYTES_PER_TICK = 60_000;

export function createSoakRouter(options: {
  readonly name: string;
  readonly version: RouterOsVersion;
  readonly seed: number;
}): SoakRouter {
  const random: Random = createRandom(options.seed);
  const truth = createTruth();
  const device = createSimulatedRouter({
    clock: systemClock,
    version: options.version,
    uptimeMs: LONG_UPTIME_MS,
    ...CREDENTIALS,
  });
  const waiting: { readonly kind: Incident; readonly pick: number }[] = [];
  const holds = new Set<object>();
  const disturbed = createSpellLog();
  let hasFaults = false;
  const offices = [...OFFICES];
  let bootedMs = systemClock.monotonicMs() - LONG_UPTIME_MS;
  let isBooting = false;
  let isCalm = false;
  /** One device is gone and the next is not plugged in until that tick. */
  let pluggedInTick = 0;
  let isUnplugged = false;
  let markedTick = 0;

  device.addQueue({ name: MARKER.name });
  for (const name of OFFICES) {
    device.addQueue({ name });
    truth.add(name, 0);
  }
  for (const user of USERS) truth.add(device.connectPppoe(user), 0);

  function others(): string[] {
    return device.queueNames().filter((name) => name !== MARKER.name);
  }

  function isReachable(): boolean {
    return holds.size === 0 && !isBooting && !isUnplugged;
  }

  function applyReach(): void {
    device.setReachable(isReachable());
    disturbed.set(hasFaults || !isReachable());
  }

  function passTraffic(tick: number): void {
    for (const name of others()) {
      if (random() < 0.4) continue;
      const bytes = Math.round(-Math.log(1 - random()) * BYTES_PER_TICK);
      const amount = { upload: Math.floor(bytes / 9), download: bytes };
      if (device.move(name, BigInt(amount.upload), BigInt(amount.download))) truth.move(name, amount, tick);
    }
  }

  const INCIDENTS: Record<Incident, (pick: number, tick: number) => void> = {
    reset(pick, tick) {
      const name = pickOf(others(), pick);
      device.resetCounters(name);
      truth.wipe(name, true, tick);
    },
    resetAll(_pick, tick) {
      device.resetCounters('all');
      for (const name of others()) truth.wipe(name, true, tick);
      markedTick = 0;
    },
    reconnect(pick, tick) {
      const user = pickOf(USERS, pick);
      if (!others().includes(queueOf(user))) return;
      device.reconnect(user);
      truth.wipe(queueOf(user), false, tick);
    },
    comeAndGo(pick, tick) {
      const user = pickOf(USERS, pick);
      if (others().includes(queueOf(user))) {
        device.disconnect(user);
        truth.remove(queueOf(user), tick);
      } else truth.add(device.connectPppoe(user), tick);
    },
    remake(pick, tick) {
      const name = pickOf(offices, pick);
      device.removeQueue(name);
      device.addQueue({ name });
      truth.wipe(name, false, tick);
    },
    rename(pick, tick) {
      const name = pickOf(offices, pick);
      const free = [...OFFICES, ...NEW_NAMES].filter((each) => !offices.includes(each));
      const newName = pickOf(free, pick);
      rename(name, newName, tick);
      offices[offices.indexOf(name)] = newName;
    },
    swapNames(pick, tick) {
      const [one, other] = [pickOf(offices, pick), pickOf(offices, pick + 1)];
      rename(one, INTERIM, tick);
      rename(other, one, tick);
      rename(INTERIM, other, tick);
    },
    reboot(_pick, tick) {
      device.reboot(DOWNTIME_MS);
      for (const name of others()) truth.wipe(name, false, tick);
      bootedMs = systemClock.monotonicMs() + DOWNTIME_MS;
      markedTick = 0;
      // Until the marker is back it could be read at 0.
      isBooting = true;
      applyReach();
    },
    replace(pick, tick) {
      const uptimeMs = pick % 2 === 0 ? 0 : LONG_UPTIME_MS;
      const counters = new Map<string, Amount>();
      device.replaceDevice(
        { kind: 'routerboard', board: 'RB5009UG+S+', serial: `SOAK${tick}` },
        {
          uptimeMs,
          // As when the old one's configuration was restored on it.
          keepsIds: pick % 3 > 0,
          counterOf(name, replaced) {
            if (name === MARKER.name) return { uploadBytes: 0n, downloadBytes: 0n };
            const amount = {
              upload: otherCounter(Number(replaced.uploadBytes)),
              download: otherCounter(Number(replaced.downloadBytes)),
            };
            counters.set(name, amount);
            return { uploadBytes: BigInt(amount.upload), downloadBytes: BigInt(amount.download) };
          },
        },
      );
      truth.replace((name) => counters.get(name) ?? { upload: 0, download: 0 }, tick);
      bootedMs = systemClock.monotonicMs() - uptimeMs;
      markedTick = 0;
      // So long that nobody still holds a list of the old one when the new one is read.
      pluggedInTick = tick + TICKS_TO_REPLACE;
      isUnplugged = true;
      applyReach();
    },
  };

  function rename(name: string, newName: string, tick: number): void {
    device.renameQueue(name, newName);
    truth.rename(name, newName, tick);
  }

  /** Below, or well above, what the counter of another device shows. */
  function otherCounter(replaced: number): number {
    return Math.floor(random() < 0.5 ? replaced * random() : replaced + random() * BYTES_PER_TICK * TICKS_TO_REPLACE);
  }

  function mark(tick: number): void {
    if (!device.move(MARKER.name, BigInt(tick - markedTick), 0n)) return;
    markedTick = tick;
    if (!isBooting) return;
    isBooting = false;
    applyReach();
  }

  return {
    name: options.name,
    start: () => device.start(),
    stop: () => device.stop(),
    tick(number) {
      if (!isCalm) passTraffic(number);
      for (const { kind, pick } of waiting.splice(0)) if (!isBooting && !isUnplugged) INCIDENTS[kind](pick, number);
      mark(number);
      if (!isUnplugged || number < pluggedInTick) return;
      isUnplugged = false;
      applyReach();
    },
    incident(kind, pick) {
      if (isBooting || isUnplugged) return false;
      waiting.push({ kind, pick });
      return true;
    },
    setFaults(faults) {
      hasFaults = Object.keys(faults).length > 0;
      device.setFaults(faults);
      disturbed.set(hasFaults || !isReachable());
    },
    cutOff() {
      const hold = {};
      holds.add(hold);
      applyReach();
      return () => {
        holds.delete(hold);
        applyReach();
      };
    },
    calm() {
      isCalm = true;
    },
    isUp: () => device.state() === 'up',
    uptimeMs: () => systemClock.monotonicMs() - bootedMs,
    openConnections: () => device.activity().openConnections,
    disturbances: () => disturbed.spells(),
    expect: (committed) => truth.expect(committed),
  };
}

function queueOf(user: string): string {
  return `<pppoe-${user}>`;
}

function pickOf(names: readonly string[], pick: number): string {
  const name = names[pick % names.length];
  if (name === undefined) throw new RangeError('nobody to pick');
  return name;
}

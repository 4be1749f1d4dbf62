import type { Clock } from '../runtime/clock.ts';
import type { Counter } from '../usage/accounting/counter.ts';
import { type Address, type ApiActivity, createApiServer, type WireFaults } from './api-server.ts';
import { createHealthMenus, type RouterHealth } from './health-menus.ts';
import { type Answer, answerFrom, type Command, type Menu, NOT_PERMITTED, plainMenu, type Row } from './menu.ts';
import { createQueueTable, type NewQueue } from './queue-table.ts';
import { type RouterOsVersion, VERSION_TRAITS } from './router-versions.ts';
import { type Device, systemMenu } from './system-menus.ts';
import { type QueueTruth, ZERO } from './truth.ts';

export interface SimulatedRouterOptions {
  /** Uptime follows its monotonic time; the wire's latency and the sockets are real. */
  readonly clock: Clock;
  readonly version: RouterOsVersion;
  /** Default `MikroTik`, as on a router without a configured name. */
  readonly identity?: string;
  /** Default: a RouterBOARD with a serial number. */
  readonly device?: Device;
  /** How long it has been up; default 9 days. */
  readonly uptimeMs?: number;
  /** Default `librenms_api` / `api-password`. */
  readonly username?: string;
  readonly password?: string;
  /** A user who may change something, and what then happens; default: there is none. */
  readonly healer?: {
    readonly username: string;
    readonly password: string;
    /** `null`: the router has no such command. */
    readonly act: (command: Command) => Answer | null;
  };
  /** The charset of names and comments; default UTF-8. */
  readonly encodeText?: (text: string) => Uint8Array;
}

/** What a device had behind it when it was put in another's place. */
export interface DevicePast {
  /** Default 0. */
  readonly uptimeMs?: number;
  /** Where its counter of a queue stands, given the other device's; default 0. */
  readonly counterOf?: (queue: string, replaced: Counter) => Counter;
  /** Its rows bear the `.id`s of the other's; default: new ones. */
  readonly keepsIds?: boolean;
}

/**
 * A router with simple queues that answers the RouterOS API on a loopback port and knows the truth about every byte.
 * Naming a queue or session that does not exist throws: the caller's script is wrong.
 */
export interface SimulatedRouter {
  /** Begins to answer; `port` 0 or none takes a free one. While it is not started, connections are refused. */
  start(port?: number): Promise<Address>;
  /** Drops every connection and refuses new ones. */
  stop(): Promise<void>;

  /** Passes bytes through a queue. `false`, and nothing moves, while the router boots. */
  move(queue: string, uploadBytes: bigint, downloadBytes: bigint): boolean;
  addQueue(queue: NewQueue): void;
  removeQueue(name: string): void;
  /** The row keeps its `.id` and its counter. */
  renameQueue(name: string, newName: string): void;
  resetCounters(queue: string | 'all'): void;
  /** Makes a row's `bytes` unreadable, or readable again. */
  garbleQueue(name: string, garbled: boolean): void;

  /** Makes the session and its dynamic queue `<pppoe-bob>` (`<pppoe-bob-1>` for a second session); returns the queue's name. */
  connectPppoe(user: string): string;
  /** Makes the session and its dynamic queue `<hotspot-bob>`; returns the queue's name. */
  connectHotspot(user: string, address: string): string;
  /** Removes a user's sessions and their queues and makes them anew, under new `.id`s. */
  reconnect(user: string): void;
  disconnect(user: string): void;

  /** Drops every connection, wipes every counter; dynamic rows come back under new `.id`s. Uptime starts when it is up again. */
  reboot(downtimeMs?: number): void;
  /** An unreachable router counts on; its connections are cut. */
  setReachable(reachable: boolean): void;
  /** Puts another device in its place, with the same queues. */
  replaceDevice(device: Device, past?: DevicePast): void;
  setPassword(password: string): void;
  /** How it is and how it is connected, but for what is left out. */
  setHealth(change: Partial<RouterHealth>): void;
  /** The link of its WAN goes down and comes back at once. */
  reconnectWan(): void;
  /** Sets the rows of a menu that the simulator does not make itself, e.g. `/ip/service`. */
  setMenu(path: string, rows: readonly Row[]): void;
  /** The account may not read these menus. */
  deny(paths: readonly string[]): void;
  /** This RouterOS has none of these menus. */
  lack(paths: readonly string[]): void;
  /** Replaces all faults of the wire; `{}` heals it. */
  setFaults(faults: WireFaults): void;

  state(): 'up' | 'booting' | 'unreachable';
  queueNames(): string[];
  /** The true bytes by queue name, and which of them no reader could ever have seen. */
  truth(): Map<string, QueueTruth>;
  activity(): ApiActivity;
}

const DEFAULT_UPTIME_MS = 9 * 86_400_000;
const DEFAULT_DOWNTIME_MS = 60_000;

export function createSimulatedRouter(options: SimulatedRouterOptions): SimulatedRouter {
  const { clock, version } = options;
  const traits = VERSION_TRAITS[version];
  const table = createQueueTable(clock);
  const health = createHealthMenus(clock);
  const plainRows = new Map<string, readonly Row[]>();
  const denied = new Set<string>();
  const lacking = new Set<string>();
  let device: Device = options.device ?? { kind: 'routerboard', board: 'RB4011iGS+', serial: 'B8950A1C2D3E' };
  let password = options.password ?? 'api-password';
  let bootedMonotonicMs = clock.monotonicMs() - (options.uptimeMs ?? DEFAULT_UPTIME_MS);
  let reachable = true;

  const menus = new Map<string, Menu>([
    ['/queue/simple', (wanted) => table.render(wanted)],
    ['/interface/pppoe-server', plainMenu(() => table.sessionRows('pppoe'))],
    ['/ip/hotspot/active', plainMenu(() => table.sessionRows('hotspot'))],
  ]);

  const server = createApiServer({
    traits,
    passwordOf(username) {
      if (username === options.healer?.username) return options.healer.password;
      return username === (options.username ?? 'librenms_api') ? password : undefined;
    },
    accepts: () => reachable && uptimeMs() >= 0,
    answer,
    ...(options.encodeText && { encodeText: options.encodeText }),
  });

  function answer(command: Command, user: string): Answer {
    const done = user === options.healer?.username ? options.healer.act(command) : null;
    if (done !== null) return done;
    if (denied.has(command.path)) return NOT_PERMITTED;
    if (command.path === '/interface/pppoe-client' && command.verb === 'monitor') {
      return { kind: 'rows', rows: health.session() };
    }
    const given = answerFrom(lacking.has(command.path) ? undefined : menuOf(command.path), command);
    return command.path === '/queue/simple' && given.kind === 'rows' ? { ...given, served: table.snapshot() } : given;
  }

  function menuOf(path: string): Menu | undefined {
    const rows = plainRows.get(path);
    if (rows !== undefined) return plainMenu(() => rows);
    return (
      menus.get(path) ??
      health.menuOf(path, traits) ??
      systemMenu(
        { traits, identity: options.identity ?? 'MikroTik', device, uptimeMs: uptimeMs(), health: health.current() },
        path,
      )
    );
  }

  function uptimeMs(): number {
    return clock.monotonicMs() - bootedMonotonicMs;
  }

  function startAt(bootMonotonicMs: number): void {
    bootedMonotonicMs = bootMonotonicMs;
    table.restartSessions(bootedMonotonicMs);
    health.reboot();
    server.dropConnections();
  }

  return {
    start: (port = 0) => server.listen(port),
    stop: () => server.close(),

    move(name, uploadBytes, downloadBytes) {
      const isUp = uptimeMs() >= 0;
      // What a parent counts its children count too.
      if (isUp && !table.isParent(name)) health.pass({ uploadBytes, downloadBytes });
      return table.move(name, { uploadBytes, downloadBytes }, isUp);
    },
    addQueue: table.insert,
    removeQueue: table.remove,
    renameQueue: table.rename,
    resetCounters: table.reset,
    garbleQueue: table.garble,

    connectPppoe: (user) => table.connect('pppoe', user, (queue) => queue),
    connectHotspot: (user, address) => table.connect('hotspot', user, () => `${address}/32`),
    reconnect: table.reconnect,
    disconnect: table.disconnect,

    reboot(downtimeMs = DEFAULT_DOWNTIME_MS) {
      table.reboot();
      startAt(clock.monotonicMs() + downtimeMs);
    },
    setReachable(value) {
      reachable = value;
      if (!reachable) server.dropConnections();
    },
    replaceDevice(newDevice, { uptimeMs: upForMs = 0, counterOf = () => ZERO, keepsIds = false } = {}) {
      device = newDevice;
      table.replaceDevice(counterOf, keepsIds);
      startAt(clock.monotonicMs() - upForMs);
    },
    setPassword(value) {
      password = value;
    },
    setHealth: health.set,
    reconnectWan: health.reconnectWan,
    setMenu(path, rows) {
      plainRows.set(path, rows);
    },
    deny(paths) {
      for (const path of paths) denied.add(path);
    },
    lack(paths) {
      for (const path of paths) lacking.add(path);
    },
    setFaults: (faults) => server.setFaults(faults),

    state() {
      if (!reachable) return 'unreachable';
      return uptimeMs() < 0 ? 'booting' : 'up';
    },
    queueNames: table.names,
    truth: table.truth,
    activity: () => server.activity(),
  };
}

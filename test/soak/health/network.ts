import { createTcpHost } from '../../../src/demo/tcp-host.ts';
import { createSpellLog, merged, type Spell, type SpellLog } from './spells.ts';

/** What stands beside the routers and has no API: a tower with houses behind it, machines of their own, and a link that is bad. */
export const HOSTS = [
  { name: 'tower', parent: null },
  { name: 'house-1', parent: 'tower' },
  { name: 'house-2', parent: 'tower' },
  { name: 'house-3', parent: 'tower' },
  { name: 'mill', parent: null },
  { name: 'school', parent: null },
  { name: 'link', parent: null },
] as const;

export type HostName = (typeof HOSTS)[number]['name'];

/** Why a host does not answer: itself, the tower in front of it, or our own line. */
type Cause = 'own' | 'behind' | 'line';

/** The truth about one device. */
export interface DeviceTruth {
  readonly name: string;
  /** When it did not answer, by the cause. */
  readonly silent: Readonly<Record<Cause, readonly Spell[]>>;
  /** When it may not have answered: of routers nobody knows it exactly. */
  readonly doubtful: readonly Spell[];
  readonly maintained: readonly Spell[];
}

export interface Network {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The `devices` of a configuration. */
  devices(): unknown[];
  /** What shows that our own line works, as `health.witnesses` has it. */
  witness(): string;
  /** The host, and what is behind it, does not answer until the returned function is called. */
  fell(name: HostName): () => void;
  /** No host and no witness answers until the returned function is called. */
  cutLine(): () => void;
  /** Whether a maintenance window of it is open. */
  setMaintained(name: HostName, isMaintained: boolean): void;
  truths(): DeviceTruth[];
  /** When our own line was down. */
  line(): Spell[];
}

interface Host {
  readonly name: HostName;
  readonly parent: string | null;
  readonly port: number;
  readonly holds: Readonly<Record<Cause, Set<object>>>;
  readonly logs: Readonly<Record<Cause, SpellLog>>;
  readonly maintained: SpellLog;
}

const CAUSES: readonly Cause[] = ['own', 'behind', 'line'];

/** `onSilence` hears to which ports no connection comes about; see `preload.ts`. */
export function createNetwork(onSilence: (ports: readonly number[]) => void): Network {
  const sockets = HOSTS.map(() => createTcpHost());
  const gateway = createTcpHost();
  const line = createSpellLog();
  let witnessPort = 0;
  let hosts: readonly Host[] = [];

  function apply(): void {
    for (const { holds, logs } of hosts) for (const cause of CAUSES) logs[cause].set(holds[cause].size > 0);
    const isCut = hosts.some(({ holds }) => holds.line.size > 0);
    line.set(isCut);
    const silent = hosts.filter(({ holds }) => CAUSES.some((cause) => holds[cause].size > 0));
    onSilence([...silent.map(({ port }) => port), ...(isCut ? [witnessPort] : [])]);
  }

  function hold(held: readonly (readonly [Host, Cause])[]): () => void {
    const token = {};
    for (const [{ holds }, cause] of held) holds[cause].add(token);
    apply();
    return () => {
      for (const [{ holds }, cause] of held) holds[cause].delete(token);
      apply();
    };
  }

  function hostOf(name: HostName): Host {
    const host = hosts.find((each) => each.name === name);
    if (host === undefined) throw new Error(`the network has no ${name}`);
    return host;
  }

  return {
    async start() {
      witnessPort = (await gateway.start()).port;
      hosts = await Promise.all(
        HOSTS.map(async ({ name, parent }, index): Promise<Host> => {
          const address = await sockets[index]?.start();
          if (address === undefined) throw new Error('every host has a socket');
          return {
            ...{ name, parent, port: address.port, maintained: createSpellLog() },
            holds: { own: new Set(), behind: new Set(), line: new Set() },
            logs: { own: createSpellLog(), behind: createSpellLog(), line: createSpellLog() },
          };
        }),
      );
    },
    async stop() {
      for (const socket of [...sockets, gateway]) await socket.stop();
    },
    devices: () =>
      hosts.map(({ name, parent, port }) => ({
        ...{ name, model: 'host', host: '127.0.0.1', probe: { tcp: port } },
        ...(parent === null ? {} : { parent }),
      })),
    witness: () => `127.0.0.1:${witnessPort}`,
    fell(name) {
      const behind = hosts.filter(({ parent }) => parent === name);
      return hold([[hostOf(name), 'own'], ...behind.map((host) => [host, 'behind'] as const)]);
    },
    cutLine: () => hold(hosts.map((host) => [host, 'line'] as const)),
    setMaintained(name, isMaintained) {
      hostOf(name).maintained.set(isMaintained);
    },
    truths: () =>
      hosts.map(({ name, logs, maintained }) => ({
        name,
        silent: { own: logs.own.spells(), behind: logs.behind.spells(), line: logs.line.spells() },
        doubtful: [],
        maintained: maintained.spells(),
      })),
    line: () => line.spells(),
  };
}

/** When a device did not answer, whatever the cause, or may not have. */
export function silenceOf({ silent, doubtful }: DeviceTruth): Spell[] {
  return merged([...silent.own, ...silent.behind, ...silent.line, ...doubtful]);
}

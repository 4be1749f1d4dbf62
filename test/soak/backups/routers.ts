import { type Configuration, exportOf, usualConfiguration } from '../../../src/demo/configuration.ts';
import type { RouterOsVersion } from '../../../src/demo/router-versions.ts';
import { createSshRouter, type ExportFaults } from '../../../src/demo/ssh-router.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createSpellLog, type Spell } from '../health/spells.ts';
import { createWatchedLine, type Session } from '../workers/lines.ts';

const LOGIN = { username: 'backup', password: 'soak-ssh-password' };
const BOARD = 'RB5009UG+S+';

/** A configuration that a router had for some time. */
export interface Held extends Spell {
  /** What it exports when its clock shows `at`, Unix ms as if it were UTC. */
  readonly textAt: (at: number) => string;
}

/** What may become of the exports of a router. */
export type SshTrouble =
  | 'cut'
  | 'stall'
  | 'drop'
  | 'away'
  | 'error-text'
  | 'part-failed'
  | 'no-secrets'
  | 'other-serial';

/** These come whole and are wrong; of the others the end is missing, also where an error comes in place of all. */
const WHOLE: readonly SshTrouble[] = ['part-failed', 'no-secrets', 'other-serial'];

/** The SSH of a router of the soak, and the truth about its configuration. */
export interface BackedUpRouter {
  readonly name: string;
  /** Gives its part of the configuration of the workers. */
  start(): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
  /** In several menus at once, of which no export shows one without the others. */
  change(): void;
  /** Makes it as it was before the last change. */
  undo(): void;
  /** Until the returned function is called. */
  begin(trouble: SshTrouble, bytes: number): Promise<() => Promise<void>>;
  /** What it had, in order; the last one goes on. */
  held(): readonly Held[];
  /** When it could not be read whole. */
  unreadable(): Spell[];
  /** When what came whole was wrong. */
  wrong(): Spell[];
  readonly sessions: readonly Session[];
}

const LIST = '/ip firewall address-list';
/** Rows: a few kilobytes, so that a text can be cut anywhere. */
const LISTED = 40;

export function createBackedUpRouter(options: {
  readonly name: string;
  readonly version: RouterOsVersion;
  readonly hostKey: string;
}): BackedUpRouter {
  const { name, version, hostKey } = options;
  const serial = `SOAK-${name}`;
  const ssh = createSshRouter({
    ...{ clock: systemClock, version, ...LOGIN, identity: name, board: BOARD, serial, hostKey },
    configuration: configurationOf(name, 0),
  });
  const [unreadable, wrong] = [createSpellLog(), createSpellLog()];
  const held: { from: number; to: number; readonly number: number; readonly textAt: Held['textAt'] }[] = [];
  let sessions: readonly Session[] = [];
  let stopLine = async () => {};
  let port = 0;
  let changes = 0;
  hold(0);

  function hold(number: number): void {
    const now = Date.now();
    const configuration = ssh.configuration();
    const last = held.at(-1);
    if (last !== undefined) last.to = now;
    held.push({
      ...{ from: now, to: Number.POSITIVE_INFINITY, number },
      textAt: (at) =>
        exportOf(configuration, { version, board: BOARD, serial, at, showsSecrets: true, failedMenu: null }),
    });
  }

  function become(number: number): void {
    for (const [menu, rows] of Object.entries(configurationOf(name, number)))
      ssh.change(number % 2 === 0 ? 'amy' : 'bob', menu, rows);
    hold(number);
  }

  return {
    name,
    async start() {
      const address = await ssh.start();
      const line = createWatchedLine(address);
      const watched = await line.start();
      ({ port } = address);
      ({ sessions } = line);
      stopLine = () => line.stop();
      return { ssh: { port: watched.port, ...LOGIN, legacy: version === '6.40.9' } };
    },
    async stop() {
      await stopLine();
      await ssh.stop();
    },
    change() {
      changes += 1;
      become(changes);
    },
    undo() {
      const before = held.at(-2);
      if (before !== undefined) become(before.number);
    },
    async begin(trouble, bytes) {
      const faults = FAULTS[trouble](bytes);
      const log = WHOLE.includes(trouble) ? wrong : unreadable;
      log.set(true);
      if (faults === null) await ssh.stop();
      else ssh.setFaults(faults);
      return async () => {
        if (faults === null) await ssh.start(port);
        else ssh.setFaults({});
        log.set(false);
      };
    },
    held: () => held,
    unreadable: () => unreadable.spells(),
    wrong: () => wrong.spells(),
    get sessions() {
      return sessions;
    },
  };
}

/** `null`: the router does not answer. */
const FAULTS: Record<SshTrouble, (bytes: number) => ExportFaults | null> = {
  cut: (bytes) => ({ wire: { bytes, end: 'close' } }),
  stall: (bytes) => ({ wire: { bytes, end: 'stall' } }),
  drop: (bytes) => ({ wire: { bytes, end: 'drop' } }),
  away: () => null,
  'error-text': () => ({ errorText: 'failure: not enough permissions (9)' }),
  'part-failed': () => ({ failedMenu: LIST }),
  'no-secrets': () => ({ hidesSecrets: true }),
  'other-serial': () => ({ serial: 'SOAK-another' }),
};

export const SSH_TROUBLES = Object.keys(FAULTS) as SshTrouble[];

/** The first and the last menu say which one it is: a text put together of two shows it. */
function configurationOf(name: string, number: number): Configuration {
  const listed = Array.from({ length: LISTED }, (_, row) => {
    const turn = Math.floor((number + LISTED - row) / LISTED);
    return `add address=10.${row}.${turn % 256}.1 comment="seen by the guard, turn ${turn}" list=blocked timeout=1d`;
  });
  return {
    '/system script': [`add name=first source=":log info change-${number}"`],
    ...usualConfiguration(name),
    '/ppp secret': [
      `add name=bob password=hunter-${number} profile=default service=pppoe`,
      'add name="big \\"al\\"" password="al\'s pass\\$word" profile=default service=pppoe',
    ],
    [LIST]: listed,
    '/tool netwatch': [`add comment=change-${number} host=192.0.2.9`],
  };
}

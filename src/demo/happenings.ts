import type { Network } from './network.ts';
import type { SimulatedRouter } from './simulated-router.ts';
import type { SshRouter } from './ssh-router.ts';
import type { Random } from './traffic.ts';

/** An event of a device, described in one line. */
export interface Happening {
  readonly at: number;
  /** A device, or what else it is about. */
  readonly router: string;
  readonly text: string;
}

/** What a script acts on. */
export interface Stage {
  readonly network: Network;
  /** Throws for a name that is not there: the script is wrong. */
  router(name: string): SimulatedRouter;
  /** Likewise. */
  ssh(name: string): SshRouter;
  readonly random: Random;
}

interface ScriptEntry {
  /** Local time of day, every day. */
  readonly time: string;
  readonly router: string;
  /** Makes it happen and gives its description. */
  readonly happen: (stage: Stage, router: string) => string;
}

/** When all configurations are backed up, local time of day. */
export const BACKUP_TIMES = ['06:50', '12:00', '18:00'] as const;
/** What the board of the office warns of, °C. */
export const TOO_HOT_C = 70;
const HOT_C = 78;
const USUAL_C = 41;

function reconnect({ router, random }: Stage, name: string): string {
  const device = router(name);
  const sessions = device.queueNames().filter((queue) => queue.startsWith('<pppoe-'));
  const queue = sessions[Math.floor(random() * sessions.length)] ?? '';
  const user = queue.slice('<pppoe-'.length, -1);
  device.reconnect(user);
  return `${user} reconnects: the queue is created again`;
}

function reboot({ router }: Stage, name: string): string {
  router(name).reboot(150_000);
  return 'reboots: all counters restart from 0';
}

function resetAll({ router }: Stage, name: string): string {
  router(name).resetCounters('all');
  return 'a script resets all counters';
}

/** It loses its way to us, and tells so. */
function lose(text: string): ScriptEntry['happen'] {
  return ({ network }, name) => {
    network.setUp(name, false);
    return text;
  };
}

function regain(text: string): ScriptEntry['happen'] {
  return ({ network }, name) => {
    network.setUp(name, true);
    return text;
  };
}

function setLine(isUp: boolean, text: string): ScriptEntry['happen'] {
  return ({ network }) => {
    network.setLineUp(isUp);
    return text;
  };
}

function setTemperature(temperatureC: number, text: string): ScriptEntry['happen'] {
  return ({ router }, name) => {
    router(name).setHealth({ temperatureC });
    return text;
  };
}

/** A user adds a rule to the firewall. */
function addRule(by: string): ScriptEntry['happen'] {
  return ({ ssh }, name) => {
    const menu = '/ip firewall filter';
    const rules = ssh(name).configuration()[menu] ?? [];
    const rule = `add action=drop chain=forward comment="blocked by ${by}" src-address=10.20.0.${rules.length + 40}`;
    ssh(name).change(by, menu, [...rules, rule]);
    return `${by} adds a rule to the firewall`;
  };
}

/** A user gives somebody a new password. */
function changePassword(by: string): ScriptEntry['happen'] {
  return ({ ssh, random }, name) => {
    const menu = '/ppp secret';
    const [first = '', ...others] = ssh(name).configuration()[menu] ?? [];
    const password = `new-${Math.floor(random() * 1e9).toString(36)}`;
    ssh(name).change(by, menu, [first.replace(/ password=\S+/, ` password=${password}`), ...others]);
    return `${by} changes the password of a PPPoE user`;
  };
}

function cutBackup({ ssh }: Stage, name: string): string {
  ssh(name).setFaults({ wire: { bytes: 400, end: 'close' } });
  return 'its SSH breaks off in the middle of an export';
}

function failMenu({ ssh }: Stage, name: string): string {
  ssh(name).setFaults({ failedMenu: '/ppp secret' });
  return 'its exports lack a menu';
}

function mendBackup({ ssh }: Stage, name: string): string {
  ssh(name).setFaults({});
  return 'its exports are whole again';
}

/** A radio link that comes and goes. */
const FLAPS = ['07:14', '07:30', '07:46'].flatMap((time): ScriptEntry[] => [
  { time, router: 'village', happen: lose('the radio link is gone') },
  { time: later(time, 11), router: 'village', happen: regain('the radio link is back') },
]);

function later(time: string, minutes: number): string {
  return Temporal.PlainTime.from(time).add({ minutes }).toString({ smallestUnit: 'minute' });
}

/** What happens every day of the demonstration; the most in its first hours, which are its first seconds. */
export const DAILY_SCRIPT: readonly ScriptEntry[] = [
  { time: '06:05', router: 'isp', happen: reconnect },
  { time: '06:10', router: 'hilltop', happen: lose('the tower has no power, nor has what is behind it') },
  { time: '06:40', router: 'hilltop', happen: regain('the tower has power again') },
  { time: '06:42', router: 'harbour', happen: lose('hangs: it answers nothing any more') },
  { time: '06:44', router: 'office', happen: addRule('ali') },
  { time: '06:46', router: 'hilltop', happen: cutBackup },
  { time: '06:48', router: 'isp', happen: failMenu },
  { time: '06:57', router: 'our line', happen: setLine(false, 'down, no device can be seen') },
  { time: '07:11', router: 'our line', happen: setLine(true, 'up again') },
  { time: '07:12', router: 'office', happen: setTemperature(HOT_C, `its fan stops: ${HOT_C} °C`) },
  ...FLAPS,
  { time: '07:22', router: 'isp', happen: reconnect },
  { time: '07:44', router: 'office', happen: setTemperature(USUAL_C, `its fan runs again: ${USUAL_C} °C`) },
  { time: '08:03', router: 'isp', happen: reconnect },
  { time: '09:17', router: 'office', happen: resetAll },
  { time: '10:08', router: 'isp', happen: reconnect },
  { time: '10:31', router: 'isp', happen: reconnect },
  { time: '11:30', router: 'isp', happen: mendBackup },
  { time: '11:32', router: 'hilltop', happen: mendBackup },
  { time: '11:40', router: 'isp', happen: changePassword('bea') },
  { time: '11:46', router: 'isp', happen: reboot },
  { time: '13:12', router: 'village', happen: lose('not reachable, keeps counting') },
  { time: '14:27', router: 'village', happen: regain('reachable again') },
  { time: '15:09', router: 'isp', happen: reconnect },
  { time: '16:38', router: 'village', happen: reboot },
  { time: '17:26', router: 'isp', happen: reconnect },
  { time: '17:40', router: 'hilltop', happen: addRule('carl') },
  { time: '18:41', router: 'isp', happen: reconnect },
  { time: '19:14', router: 'office', happen: reboot },
  { time: '20:07', router: 'isp', happen: reconnect },
  { time: '20:30', router: 'switch', happen: lose('somebody pulls its plug') },
  { time: '20:55', router: 'switch', happen: regain('its plug is in again') },
  { time: '21:33', router: 'isp', happen: reconnect },
];

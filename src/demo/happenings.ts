import type { SimulatedRouter } from './simulated-router.ts';
import type { Random } from './traffic.ts';

/** An event of a router, described in one line. */
export interface Happening {
  readonly at: number;
  readonly router: string;
  readonly text: string;
}

interface ScriptEntry {
  /** Local time of day, every day. */
  readonly time: string;
  readonly router: string;
  /** Makes it happen and gives its description. */
  readonly happen: (device: SimulatedRouter, random: Random) => string;
}

function reconnect(device: SimulatedRouter, random: Random): string {
  const sessions = device.queueNames().filter((name) => name.startsWith('<pppoe-'));
  const queue = sessions[Math.floor(random() * sessions.length)] ?? '';
  const user = queue.slice('<pppoe-'.length, -1);
  device.reconnect(user);
  return `${user} reconnects: the queue is created again`;
}

function reboot(device: SimulatedRouter): string {
  device.reboot(150_000);
  return 'reboots: all counters restart from 0';
}

function loseLink(device: SimulatedRouter): string {
  device.setReachable(false);
  return 'not reachable, keeps counting';
}

function regainLink(device: SimulatedRouter): string {
  device.setReachable(true);
  return 'reachable again';
}

function resetAll(device: SimulatedRouter): string {
  device.resetCounters('all');
  return 'a script resets all counters';
}

/** What happens every day of the demonstration. */
export const DAILY_SCRIPT: readonly ScriptEntry[] = [
  { time: '07:22', router: 'isp', happen: reconnect },
  { time: '08:03', router: 'isp', happen: reconnect },
  { time: '09:17', router: 'office', happen: resetAll },
  { time: '10:08', router: 'isp', happen: reconnect },
  { time: '10:31', router: 'isp', happen: reconnect },
  { time: '11:46', router: 'isp', happen: reboot },
  { time: '13:12', router: 'village', happen: loseLink },
  { time: '14:27', router: 'village', happen: regainLink },
  { time: '15:09', router: 'isp', happen: reconnect },
  { time: '16:38', router: 'village', happen: reboot },
  { time: '17:26', router: 'isp', happen: reconnect },
  { time: '18:41', router: 'isp', happen: reconnect },
  { time: '19:14', router: 'office', happen: reboot },
  { time: '20:07', router: 'isp', happen: reconnect },
  { time: '21:33', router: 'isp', happen: reconnect },
];

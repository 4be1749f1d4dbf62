import type { SimulatedRouter } from './simulated-router.ts';
import type { Habit, Random, Rhythm } from './traffic.ts';

/** A user of the demonstration, by their queue. */
export interface Resident {
  readonly queue: string;
  readonly habit: Habit;
}

const GB = 1024 ** 3;
/** One in so many moves far more than the others. */
const HEAVY_EVERY = 9;

const OFFICE = [
  ...['sales-1', 'sales-2', 'sales-3', 'accounts-1', 'accounts-2', 'design-1', 'design-2', 'it-helpdesk'],
  ...['reception', 'director', 'meeting room', 'guest wifi', 'nas-backup', 'cctv'],
];
const ISP = [
  ...['ayesha', 'bilal', 'chen', 'danish', 'ebru', 'farah', 'gul', 'hamza', 'imran', 'javed', 'kamran', 'laiba'],
  ...['maryam', 'nadia', 'omar', 'parveen', 'qasim', 'rashid', 'sana', 'tariq', 'usman', 'waqas', 'yusuf', 'zainab'],
  ...['adeel', 'bushra', 'faisal', 'hina', 'iqra', 'junaid', 'kiran', 'nabeel', 'rabia', 'saad', 'tahira', 'zoë'],
];
const VILLAGE = [
  ...['school', 'clinic', 'bakery', 'mill', 'post office', 'farm-1', 'farm-2', 'farm-3', 'library', 'café'],
  ...['town hall', 'guesthouse'],
];
/** By their site. */
const SMALL: ReadonlyMap<string, readonly string[]> = new Map([
  ['village', VILLAGE],
  ['hilltop', ['weather station']],
  ['farm', ['farmhouse', 'dairy']],
  ['quarry', ['weighbridge', 'quarry office']],
  ['harbour', ['harbour master', 'ferry']],
]);

/** Gives a router its queues, with the history that their counters show, and defines who uses them how. */
export function createResidents(site: string, device: SimulatedRouter, random: Random): Resident[] {
  switch (site) {
    case 'office':
      return OFFICE.map((name, index) => addStatic(device, name, index, 'office', random));
    case 'isp':
      return ISP.map((user, index) => ({ queue: device.connectPppoe(user), habit: habitOf(index, 'home', random) }));
    default:
      return (SMALL.get(site) ?? []).map((name, index) => addStatic(device, name, index, 'home', random));
  }
}

function addStatic(device: SimulatedRouter, name: string, index: number, rhythm: Rhythm, random: Random): Resident {
  const habit = habitOf(index, rhythm, random);
  const historyDays = 5 + random() * 30;
  device.addQueue({
    name,
    target: `10.20.0.${index + 10}/32`,
    counter: {
      uploadBytes: BigInt(Math.round(habit.dailyBytes * historyDays * habit.uploadShare)),
      downloadBytes: BigInt(Math.round(habit.dailyBytes * historyDays * (1 - habit.uploadShare))),
    },
  });
  return { queue: name, habit };
}

function habitOf(index: number, rhythm: Rhythm, random: Random): Habit {
  const heavy = index % HEAVY_EVERY === 1;
  return {
    rhythm,
    dailyBytes: (heavy ? 15 + random() * 25 : 0.3 + random() * 4) * GB,
    uploadShare: 0.04 + random() * 0.2,
  };
}

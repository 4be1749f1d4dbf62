import { startOfDay } from './month.ts';

/** What one reading of a queue shows, of one direction. */
export interface Look {
  readonly at: number;
  readonly counter: number;
  /** The counter if a script on the router had reset it at the last local midnight. */
  readonly sinceMidnight: number;
}

/**
 * How others make usage of two readings of a queue's name, from their public descriptions; of one direction. Gives the bytes that the
 * second one adds to what is booked (negative where the day's figure is replaced by a smaller one).
 */
export interface Rule {
  readonly name: string;
  readonly note: string;
  add(last: Look, now: Look, lastBooked: number, everyMs: number): number;
}

const isSameDay = (one: Look, other: Look) => startOfDay(one.at) === startOfDay(other.at);

export const OTHERS: readonly Rule[] = [
  {
    name: "counter as the day's total",
    note: "what the counter shows last in a day is that day's total",
    add: (last, now) => now.counter - (isSameDay(last, now) ? last.counter : 0),
  },
  {
    name: 'the same, reset at midnight',
    note: 'and a script on the router resets every counter at midnight',
    add: (last, now) => now.sinceMidnight - (isSameDay(last, now) ? last.sinceMidnight : 0),
  },
  {
    name: 'add the new value after a fall',
    note: 'the difference by name; a smaller value is added whole',
    add: (last, now) => (now.counter < last.counter ? now.counter : now.counter - last.counter),
  },
  {
    name: 'zero on a fall',
    note: 'the difference by name; a smaller value adds nothing',
    add: (last, now) => (now.counter < last.counter ? 0 : now.counter - last.counter),
  },
  {
    name: 'repeat the last delta on a fall',
    note: 'the difference by name; at a smaller value the last difference is taken again',
    add: (last, now, lastBooked) => (now.counter < last.counter ? lastBooked : now.counter - last.counter),
  },
  {
    name: 'drop long gaps',
    note: 'the difference by name; after a fall, or two intervals without a reading, nothing',
    add: (last, now, _lastBooked, everyMs) =>
      now.counter < last.counter || now.at - last.at > 2 * everyMs ? 0 : now.counter - last.counter,
  },
];

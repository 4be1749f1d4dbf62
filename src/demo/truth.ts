import type { Counter } from '../usage/accounting/counter.ts';

/** True usage of one queue name; `moved = observable + lost + unserved`, renames aside. */
export interface QueueTruth {
  /** Bytes that passed while the queue bore this name. */
  readonly moved: Counter;
  /** What an exact reader of every completely served list has booked under this name. */
  readonly observable: Counter;
  /** Unobservable bytes: wiped before a list showed them, or counted before the first poll. */
  readonly lost: Counter;
  /** Counted since the last served list and still on the router. */
  readonly unserved: Counter;
}

/** One run of a row's counter, from its start at 0 until it is wiped. */
export interface Meter {
  counter: Counter;
  /** The value in the last served list; before the first, the start value. */
  served: Counter;
  listed: boolean;
  /** The next list only gives the start value: a reader cannot know since when it was counted. */
  firstLook: boolean;
  /** What a reader still compares with after a reset within one boot that no list has shown yet. */
  baseline: Counter | null;
  /** The name under which the rest was written off when the counter was wiped. */
  wipedAs: string | null;
}

/**
 * - `reset`: the counter began again within the boot, under the same `.id`
 * - `gone`: the row was removed, or the router rebooted
 * - `replaced`: another device stands in the router's place
 */
export type Wipe = 'reset' | 'gone' | 'replaced';

/** The simulator's record of the true bytes, and which of them no reader could have observed. */
export interface TruthBook {
  /** `counter` is what the row begins with; `firstLook` marks bytes counted before the first poll. */
  openMeter(name: string, counter: Counter, firstLook: boolean): Meter;
  move(name: string, meter: Meter, bytes: Counter): void;
  /** Ends the meter and gives the one that follows it. */
  wipe(name: string, meter: Meter, why: Wipe): Meter;
  /** A list that showed `shown` for this meter was served to its last byte. */
  markServed(name: string, meter: Meter, shown: Counter): void;
  /** `live` are the rows of now. */
  report(live: Iterable<{ readonly name: string; readonly meter: Meter }>): Map<string, QueueTruth>;
}

export const ZERO: Counter = { uploadBytes: 0n, downloadBytes: 0n };

interface Account {
  moved: Counter;
  observable: Counter;
  lost: Counter;
}

export function createTruthBook(): TruthBook {
  const accounts = new Map<string, Account>();

  function accountOf(name: string): Account {
    let account = accounts.get(name);
    if (account === undefined) {
      account = { moved: ZERO, observable: ZERO, lost: ZERO };
      accounts.set(name, account);
    }
    return account;
  }

  return {
    openMeter(name, counter, firstLook) {
      const account = accountOf(name);
      if (!firstLook) account.moved = add(account.moved, counter);
      return newMeter(counter, firstLook ? counter : ZERO, firstLook, null);
    },

    move(name, meter, bytes) {
      const account = accountOf(name);
      account.moved = add(account.moved, bytes);
      meter.counter = add(meter.counter, bytes);
    },

    wipe(name, meter, why) {
      const account = accountOf(name);
      account.lost = add(account.lost, subtract(meter.counter, meter.served));
      meter.wipedAs = name;
      const baseline = meter.baseline ?? (meter.listed ? meter.served : null);
      return newMeter(ZERO, ZERO, meter.firstLook || why === 'replaced', why === 'reset' ? baseline : null);
    },

    markServed(name, meter, shown) {
      // Of two lists under way at once the older one may be complete last; it shows nothing new.
      if (!covers(shown, meter.served)) return;
      const gained = subtract(shown, meter.served);
      const account = accountOf(name);
      if (meter.wipedAs !== null) {
        const wiped = accountOf(meter.wipedAs);
        wiped.lost = subtract(wiped.lost, gained);
      }
      const hidden = hiddenBytes(meter, gained, shown);
      account.lost = add(account.lost, hidden);
      account.observable = add(account.observable, subtract(gained, hidden));
      meter.served = shown;
      meter.listed = true;
      meter.firstLook = false;
      meter.baseline = null;
    },

    report(live) {
      const unserved = new Map<string, Counter>();
      for (const { name, meter } of live) {
        unserved.set(name, add(unserved.get(name) ?? ZERO, subtract(meter.counter, meter.served)));
      }
      const truths = new Map<string, QueueTruth>();
      for (const [name, account] of accounts) truths.set(name, { ...account, unserved: unserved.get(name) ?? ZERO });
      return truths;
    },
  };
}

function newMeter(counter: Counter, served: Counter, firstLook: boolean, baseline: Counter | null): Meter {
  return { counter, served, listed: false, firstLook, baseline, wipedAs: null };
}

/** The part of what a list newly shows that a reader cannot tell from what it knew before. */
function hiddenBytes(meter: Meter, gained: Counter, shown: Counter): Counter {
  if (meter.firstLook) return gained;
  // A counter that was reset and has grown past its old value looks as if it had only grown by the difference.
  if (meter.baseline !== null && covers(shown, meter.baseline)) return meter.baseline;
  return ZERO;
}

function covers(a: Counter, b: Counter): boolean {
  return a.uploadBytes >= b.uploadBytes && a.downloadBytes >= b.downloadBytes;
}

export function add(a: Counter, b: Counter): Counter {
  return { uploadBytes: a.uploadBytes + b.uploadBytes, downloadBytes: a.downloadBytes + b.downloadBytes };
}

function subtract(a: Counter, b: Counter): Counter {
  return { uploadBytes: a.uploadBytes - b.uploadBytes, downloadBytes: a.downloadBytes - b.downloadBytes };
}

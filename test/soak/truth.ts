/** Bytes; far below 2^53 in any run. */
export interface Amount {
  readonly upload: number;
  readonly download: number;
}

/** One run of a row's counter from 0, in ticks of the simulated network. */
interface Epoch {
  readonly name: string;
  /** The row as the router keeps it within one boot: the same after a reset, another after a reboot or a reconnect. */
  readonly row: number;
  readonly startTick: number;
  /** The first tick in which it is no more. */
  endTick: number;
  /** Ticks in which it grew, and its counter after each. */
  readonly ticks: number[];
  readonly upload: number[];
  readonly download: number[];
}

/** What the books have to hold of one queue. */
export interface Expectation {
  readonly name: string;
  readonly moved: Amount;
  /** Moved, less what was before the first look, what was wiped before a committed sample showed it, and what a reset hid. */
  readonly booked: Amount;
  /** Resets after which the counter had grown past its old value by the next committed sample. */
  readonly hidden: number;
}

/**
 * The true bytes of one router, written from its side. Which samples the books committed is told at the end, by the tick that
 * each showed: "lost" is what a wipe took that no *committed* sample had shown, whatever lists had been served meanwhile.
 */
export interface Truth {
  add(name: string, tick: number): void;
  remove(name: string, tick: number): void;
  /** The counter begins again at 0; `keepsRow` for a reset, not for a reboot. */
  wipe(name: string, keepsRow: boolean, tick: number): void;
  move(name: string, bytes: Amount, tick: number): void;
  /** @param committed ticks of the committed samples in the order of their commits */
  expect(committed: readonly number[]): Expectation[];
}

export function createTruth(): Truth {
  const live = new Map<string, Epoch>();
  const epochs: Epoch[] = [];
  let rows = 0;

  function begin(name: string, row: number, tick: number): void {
    const epoch: Epoch = { name, row, startTick: tick, endTick: Infinity, ticks: [], upload: [], download: [] };
    live.set(name, epoch);
    epochs.push(epoch);
  }

  function end(name: string, tick: number): Epoch {
    const epoch = live.get(name);
    if (epoch === undefined) throw new Error(`the truth knows no queue ${name}`);
    epoch.endTick = tick;
    live.delete(name);
    return epoch;
  }

  return {
    add(name, tick) {
      rows += 1;
      begin(name, rows, tick);
    },
    remove(name, tick) {
      end(name, tick);
    },
    wipe(name, keepsRow, tick) {
      const { row } = end(name, tick);
      if (!keepsRow) rows += 1;
      begin(name, keepsRow ? row : rows, tick);
    },
    move(name, bytes, tick) {
      const epoch = live.get(name);
      if (epoch === undefined) throw new Error(`the truth knows no queue ${name}`);
      epoch.ticks.push(tick);
      epoch.upload.push((epoch.upload.at(-1) ?? 0) + bytes.upload);
      epoch.download.push((epoch.download.at(-1) ?? 0) + bytes.download);
    },
    expect: (committed) =>
      expectAll(
        epochs,
        [...new Set(committed)].sort((a, b) => a - b),
      ),
  };
}

function expectAll(epochs: readonly Epoch[], committed: readonly number[]): Expectation[] {
  const byRow = Map.groupBy(epochs, ({ row }) => row);
  const sums = new Map<string, { moved: Amount; booked: Amount; hidden: number }>();
  for (const epoch of epochs) {
    const sum = sums.get(epoch.name) ?? { moved: ZERO, booked: ZERO, hidden: 0 };
    const hidden = hiddenBy(epoch, byRow.get(epoch.row) ?? [], committed);
    sums.set(epoch.name, {
      moved: add(sum.moved, counterAt(epoch, Infinity)),
      booked: subtract(add(sum.booked, shown(epoch, committed)), hidden ?? ZERO),
      hidden: sum.hidden + (hidden === null ? 0 : 1),
    });
  }
  return [...sums].map(([name, sum]) => ({ name, ...sum }));
}

const ZERO: Amount = { upload: 0, download: 0 };

/** All that committed samples showed of a counter, from 0 or from where the first of all samples found it. */
function shown(epoch: Epoch, committed: readonly number[]): Amount {
  const last = committed.findLast((tick) => isAlive(epoch, tick));
  if (last === undefined) return ZERO;
  const [first = 0] = committed;
  return subtract(counterAt(epoch, last), isAlive(epoch, first) ? counterAt(epoch, first) : ZERO);
}

/** What a reset took away unseen: the old value, where the new one had passed it by the time of the next committed sample. */
function hiddenBy(epoch: Epoch, ofRow: readonly Epoch[], committed: readonly number[]): Amount | null {
  const index = committed.findIndex((tick) => isAlive(epoch, tick));
  const before = committed[index - 1];
  const first = committed[index];
  if (before === undefined || first === undefined) return null;
  const old = ofRow.find((other) => other !== epoch && isAlive(other, before));
  if (old === undefined) return null;
  const [was, is] = [counterAt(old, before), counterAt(epoch, first)];
  return is.upload >= was.upload && is.download >= was.download && was.upload + was.download > 0 ? was : null;
}

function isAlive(epoch: Epoch, tick: number): boolean {
  return epoch.startTick <= tick && tick < epoch.endTick;
}

function counterAt(epoch: Epoch, tick: number): Amount {
  let [low, high] = [0, epoch.ticks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((epoch.ticks[middle] ?? 0) <= tick) low = middle + 1;
    else high = middle;
  }
  return { upload: epoch.upload[low - 1] ?? 0, download: epoch.download[low - 1] ?? 0 };
}

function add(one: Amount, other: Amount): Amount {
  return { upload: one.upload + other.upload, download: one.download + other.download };
}

function subtract(one: Amount, other: Amount): Amount {
  return { upload: one.upload - other.upload, download: one.download - other.download };
}

/** Bytes; far below 2^53 in any run. */
export interface Amount {
  readonly upload: number;
  readonly download: number;
}

/** One run of a row's counter, from 0 or from where a device had it when it came. */
interface Epoch {
  /** The row as the router keeps it within one boot: the same after a reset or under another name, another after a reboot or a reconnect. */
  readonly row: number;
  /** How many devices stood there before. */
  readonly device: number;
  readonly start: Amount;
  readonly startTick: number;
  /** The first tick in which it is no more. */
  endTick: number;
  /** What the row was called, from which tick on. */
  readonly names: { readonly fromTick: number; readonly name: string }[];
  /** Ticks in which it grew, and its counter after each. */
  readonly ticks: number[];
  readonly upload: number[];
  readonly download: number[];
}

/** What has to be booked for one queue. */
export interface Expectation {
  readonly name: string;
  /** While the queue bore the name. */
  readonly moved: Amount;
  /**
   * What committed samples showed under the name: moved, less what was before the first look at a device, what was wiped before a
   * committed sample showed it, and what a reset hid; what moved before a change of name is the next one's.
   */
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
  /** The row goes on under another name, which no row bears. */
  rename(name: string, newName: string, tick: number): void;
  /** Another device is there, whose counters stand where `counterOf` says. */
  replace(counterOf: (name: string) => Amount, tick: number): void;
  move(name: string, bytes: Amount, tick: number): void;
  /** @param committed ticks of the committed samples in the order of their commits */
  expect(committed: readonly number[]): Expectation[];
}

export function createTruth(): Truth {
  const live = new Map<string, Epoch>();
  const epochs: Epoch[] = [];
  const moved = new Map<string, Amount>();
  /** The tick in which each device came. */
  const devices = [0];
  let rows = 0;

  function begin(name: string, row: number, start: Amount, tick: number): void {
    const epoch: Epoch = {
      row,
      device: devices.length - 1,
      start,
      startTick: tick,
      endTick: Infinity,
      names: [{ fromTick: tick, name }],
      ticks: [],
      upload: [],
      download: [],
    };
    live.set(name, epoch);
    epochs.push(epoch);
  }

  function liveOf(name: string): Epoch {
    const epoch = live.get(name);
    if (epoch === undefined) throw new Error(`the truth knows no queue ${name}`);
    return epoch;
  }

  function end(name: string, tick: number): Epoch {
    const epoch = liveOf(name);
    epoch.endTick = tick;
    live.delete(name);
    return epoch;
  }

  function beginRow(name: string, start: Amount, tick: number): void {
    rows += 1;
    begin(name, rows, start, tick);
  }

  return {
    add: (name, tick) => beginRow(name, ZERO, tick),
    remove(name, tick) {
      end(name, tick);
    },
    wipe(name, keepsRow, tick) {
      const { row } = end(name, tick);
      if (keepsRow) begin(name, row, ZERO, tick);
      else beginRow(name, ZERO, tick);
    },
    rename(name, newName, tick) {
      if (live.has(newName)) throw new Error(`the truth knows a queue ${newName} already`);
      const epoch = liveOf(name);
      epoch.names.push({ fromTick: tick, name: newName });
      live.delete(name);
      live.set(newName, epoch);
    },
    replace(counterOf, tick) {
      devices.push(tick);
      for (const name of [...live.keys()]) {
        end(name, tick);
        beginRow(name, counterOf(name), tick);
      }
    },
    move(name, bytes, tick) {
      const epoch = liveOf(name);
      const { upload, download } = add(counterAt(epoch, tick), bytes);
      epoch.ticks.push(tick);
      epoch.upload.push(upload);
      epoch.download.push(download);
      moved.set(name, add(moved.get(name) ?? ZERO, bytes));
    },
    expect: (committed) =>
      expectAll(
        { epochs, devices, moved },
        [...new Set(committed)].sort((a, b) => a - b),
      ),
  };
}

function expectAll(
  known: {
    readonly epochs: readonly Epoch[];
    readonly devices: readonly number[];
    readonly moved: Map<string, Amount>;
  },
  committed: readonly number[],
): Expectation[] {
  const byRow = Map.groupBy(known.epochs, ({ row }) => row);
  const firstLooks = known.devices.map((tick, device) =>
    committed.find((each) => tick <= each && each < (known.devices[device + 1] ?? Infinity)),
  );
  const sums = new Map<string, { booked: Amount; hidden: number }>();
  const note = (name: string, booked: Amount, hidden: number) => {
    const sum = sums.get(name) ?? { booked: ZERO, hidden: 0 };
    sums.set(name, { booked: add(sum.booked, booked), hidden: sum.hidden + hidden });
  };
  for (const epoch of known.epochs) {
    for (const { name } of epoch.names) note(name, ZERO, 0);
    for (const { name, grown } of shown(epoch, firstLooks[epoch.device], committed)) note(name, grown, 0);
    const hidden = hiddenBy(epoch, byRow.get(epoch.row) ?? [], committed);
    if (hidden !== null) note(hidden.name, subtract(ZERO, hidden.was), 1);
  }
  return [...sums].map(([name, sum]) => ({ name, moved: known.moved.get(name) ?? ZERO, ...sum }));
}

const ZERO: Amount = { upload: 0, download: 0 };

/** What each committed sample newly showed of a counter, under the name it had then: from 0, or from where the first look at the device found it. */
function shown(
  epoch: Epoch,
  firstLook: number | undefined,
  committed: readonly number[],
): { readonly name: string; readonly grown: Amount }[] {
  let was = ZERO;
  return committed
    .filter((tick) => isAlive(epoch, tick))
    .map((tick) => {
      const is = counterAt(epoch, tick);
      const grown = tick === firstLook ? ZERO : subtract(is, was);
      was = is;
      return { name: nameAt(epoch, tick), grown };
    });
}

/** What a reset took away unseen: the old value, where the new one had passed it by the time of the next committed sample. */
function hiddenBy(
  epoch: Epoch,
  ofRow: readonly Epoch[],
  committed: readonly number[],
): { readonly name: string; readonly was: Amount } | null {
  const index = committed.findIndex((tick) => isAlive(epoch, tick));
  const before = committed[index - 1];
  const first = committed[index];
  if (before === undefined || first === undefined) return null;
  const old = ofRow.find((other) => other !== epoch && isAlive(other, before));
  if (old === undefined) return null;
  const [was, is] = [counterAt(old, before), counterAt(epoch, first)];
  const isHidden = is.upload >= was.upload && is.download >= was.download && was.upload + was.download > 0;
  return isHidden ? { name: nameAt(epoch, first), was } : null;
}

function nameAt(epoch: Epoch, tick: number): string {
  const borne = epoch.names.findLast(({ fromTick }) => fromTick <= tick);
  if (borne === undefined) throw new RangeError('a row has a name from its beginning');
  return borne.name;
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
  return {
    upload: epoch.upload[low - 1] ?? epoch.start.upload,
    download: epoch.download[low - 1] ?? epoch.start.download,
  };
}

function add(one: Amount, other: Amount): Amount {
  return { upload: one.upload + other.upload, download: one.download + other.download };
}

function subtract(one: Amount, other: Amount): Amount {
  return { upload: one.upload - other.upload, download: one.download - other.download };
}

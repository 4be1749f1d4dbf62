import type { Counter, QueueReading, RouterState, Sample, UnreadableRow } from '../../src/accounting/counter.ts';
import type { Account } from '../../src/accounting/draft.ts';

/** A stretch of one row's life in which its counter only grew. */
interface Epoch {
  readonly key: number;
  readonly queue: string;
  upload: bigint;
  download: bigint;
}

interface Row {
  id: string;
  name: string;
  dynamic: boolean;
  unreadable: 'no' | 'named' | 'nameless';
  epoch: Epoch;
}

/** What was true when a sample was read; the worker never sees it. */
export interface Truth {
  readonly sample: Sample;
  readonly readAt: number;
  readonly rows: ReadonlyMap<string, { epoch: number; dynamic: boolean; name: string; counter: Counter | null }>;
  readonly serial: string;
  readonly bootAt: number;
}

export interface Reader {
  readonly id: string;
  /** How far the reader's wall clock is off, ms. */
  clockOffsetMs: number;
}

/**
 * A router that moves true bytes, written from the router's side: it knows nothing of the rules.
 * Time is the model's own, in ms; readers see it through clocks of their own.
 */
export class TruthModel {
  nowAt: number;
  private bootAt: number;
  private serial = 'SERIAL-1';
  private serialCount = 1;
  private nextId = 1;
  private nextEpoch = 1;
  private readonly rows: Row[] = [];
  private freedIds: string[] = [];

  constructor(startAt: number, uptimeMs: number) {
    this.nowAt = startAt;
    this.bootAt = startAt - uptimeMs;
  }

  get rowCount(): number {
    return this.rows.length;
  }

  advance(ms: number): void {
    this.nowAt += ms;
  }

  addQueue(name: string, dynamic: boolean, reuseId = false): void {
    const id = (reuseId && this.freedIds.pop()) || `*${(this.nextId++).toString(16).toUpperCase()}`;
    this.rows.push({ id, name, dynamic, unreadable: 'no', epoch: this.newEpoch(name) });
  }

  move(index: number, upload: number, download: number): void {
    const row = this.row(index);
    if (row === undefined) return;
    row.epoch.upload += BigInt(upload);
    row.epoch.download += BigInt(download);
  }

  reset(index: number): void {
    const row = this.row(index);
    if (row !== undefined) row.epoch = this.newEpoch(row.name);
  }

  resetAll(): void {
    for (const row of this.rows) row.epoch = this.newEpoch(row.name);
  }

  remove(index: number): void {
    const row = this.row(index);
    if (row === undefined) return;
    this.rows.splice(this.rows.indexOf(row), 1);
    this.freedIds.push(row.id);
  }

  /** Removed and made again, as a PPPoE reconnect does. */
  recreate(index: number, reuseId: boolean): void {
    const row = this.row(index);
    if (row === undefined) return;
    this.remove(index);
    this.addQueue(row.name, row.dynamic, reuseId);
  }

  rename(index: number, name: string): void {
    const row = this.row(index);
    if (row === undefined || row.dynamic || this.rows.some((other) => other.name === name)) return;
    row.name = name;
  }

  swapNames(one: number, other: number): void {
    const a = this.row(one);
    const b = this.row(other);
    if (a === undefined || b === undefined || a.dynamic || b.dynamic) return;
    [a.name, b.name] = [b.name, a.name];
  }

  /** From now on the row does not parse, or does again. */
  toggleUnreadable(index: number, nameReadable: boolean): void {
    const row = this.row(index);
    if (row === undefined) return;
    if (row.unreadable !== 'no') row.unreadable = 'no';
    else row.unreadable = nameReadable ? 'named' : 'nameless';
  }

  /** Static queues come back with their `.id` at 0, dynamic ones only when their user connects again. */
  reboot(downMs: number): void {
    this.nowAt += downMs;
    this.bootAt = this.nowAt;
    for (const row of this.rows.filter((each) => each.dynamic)) {
      this.rows.splice(this.rows.indexOf(row), 1);
      this.freedIds.push(row.id);
    }
    this.resetAll();
  }

  /** Another device with the same queues, and counters of its own past. */
  replaceDevice(counter: number, uptimeMs: number): void {
    this.serialCount++;
    this.serial = `SERIAL-${this.serialCount}`;
    this.bootAt = this.nowAt - uptimeMs;
    for (const row of this.rows) {
      row.epoch = this.newEpoch(row.name);
      row.epoch.upload = BigInt(counter);
      row.epoch.download = BigInt(counter);
    }
  }

  read(reader: Reader, listMs: number): Truth {
    const readAt = this.nowAt;
    const uptimeMs = Math.floor((readAt - this.bootAt) / 1000) * 1000;
    const queues: QueueReading[] = [];
    const unreadable: UnreadableRow[] = [];
    const rows = new Map<string, { epoch: number; dynamic: boolean; name: string; counter: Counter | null }>();
    this.nowAt += listMs;
    for (const row of this.rows) {
      const counter = { uploadBytes: row.epoch.upload, downloadBytes: row.epoch.download };
      const seen = { epoch: row.epoch.key, dynamic: row.dynamic, name: row.name };
      rows.set(row.id, { ...seen, counter: row.unreadable === 'no' ? counter : null });
      if (row.unreadable !== 'no') unreadable.push({ id: row.id, name: row.unreadable === 'named' ? row.name : null });
      else {
        const { id, name, dynamic } = row;
        queues.push({ id, name, user: name, dynamic, isParent: false, comment: null, ...counter });
      }
    }
    const sample: Sample = {
      sampledAt: readAt + reader.clockOffsetMs,
      uptimeMs,
      endUptimeMs: uptimeMs + listMs + 1000,
      reader: reader.id,
      monotonicMs: readAt,
      serial: this.serial,
      queues,
      unreadable,
    };
    return { sample, readAt, rows, serial: this.serial, bootAt: this.bootAt };
  }

  private row(index: number): Row | undefined {
    return this.rows[index % Math.max(1, this.rows.length)];
  }

  private newEpoch(queue: string): Epoch {
    return { key: this.nextEpoch++, queue, upload: 0n, download: 0n };
  }
}

interface ExpectedBaseline {
  readonly epoch: number;
  readonly name: string;
  readonly counter: Counter | null;
  readonly seenAt: number;
  missing: boolean;
}

const DAY_MS = 86_400_000;

/**
 * The books as they should be, kept from the truth behind the accepted samples:
 * of each epoch all that was seen, less what it held before we knew its router or row.
 */
export class ExpectedBooks {
  /** Per epoch: counter when it became a baseline without being booked, and the last one read. */
  private readonly epochs = new Map<number, { from: bigint; last: bigint }>();
  private previous: Truth | null = null;
  /** Per `.id`: the last accepted reading, as far as it is still a baseline. */
  private readonly baselines = new Map<string, ExpectedBaseline>();
  /** Bytes hidden by resets that no reader can see: the counter grew past its baseline again. */
  invisible = 0n;

  get total(): bigint {
    let total = -this.invisible;
    for (const epoch of this.epochs.values()) total += epoch.last - epoch.from;
    return total;
  }

  /** @param countsSinceBoot whether a first sample's whole counters are today's */
  accept(truth: Truth, countsSinceBoot: boolean): void {
    const before = this.previous;
    const other = before === null || before.serial !== truth.serial;
    const rebooted = !other && before.bootAt !== truth.bootAt;
    const { sampledAt } = truth.sample;
    const unreadSinceAt = before === null || other ? sampledAt : before.sample.sampledAt;
    if (other || rebooted) this.baselines.clear();
    for (const [id, row] of truth.rows) {
      const old = this.baselines.get(id);
      if (row.counter === null) {
        // Unreadable from the start: what it holds when it first parses is no delta, unless all counters began at 0 with us watching.
        const zero = rebooted || (before === null && countsSinceBoot) ? { uploadBytes: 0n, downloadBytes: 0n } : null;
        if (old === undefined)
          this.baselines.set(id, {
            epoch: row.epoch,
            name: row.name,
            counter: zero,
            seenAt: unreadSinceAt,
            missing: false,
          });
        else old.missing = false;
        continue;
      }
      const amount = row.counter.uploadBytes + row.counter.downloadBytes;
      const known = this.epochs.get(row.epoch);
      const baselineOnly =
        (other && !(before === null && countsSinceBoot)) || (old !== undefined && old.counter === null);
      if (baselineOnly) {
        if (known === undefined) this.epochs.set(row.epoch, { from: amount, last: amount });
        else known.from += amount - known.last;
        if (known !== undefined) known.last = amount;
      } else {
        const same = old !== undefined && (old.name === row.name || (!row.dynamic && !old.missing));
        if (same && old.counter !== null && old.epoch !== row.epoch) this.noteInvisible(old.counter, row.counter);
        if (known === undefined) this.epochs.set(row.epoch, { from: 0n, last: amount });
        else known.last = amount;
      }
      this.baselines.set(id, {
        epoch: row.epoch,
        name: row.name,
        counter: row.counter,
        seenAt: sampledAt,
        missing: false,
      });
    }
    this.missRows(truth);
    this.previous = truth;
  }

  private missRows({ rows, sample }: Truth): void {
    for (const [id, old] of this.baselines) {
      if (rows.has(id)) continue;
      if (old.missing && sample.sampledAt - old.seenAt > DAY_MS) this.baselines.delete(id);
      old.missing = true;
    }
  }

  private noteInvisible(old: Counter, now: Counter): void {
    if (now.uploadBytes < old.uploadBytes || now.downloadBytes < old.downloadBytes) return;
    this.invisible += old.uploadBytes + old.downloadBytes;
  }
}

/** The state the store would hold after a booking. */
export function nextState(
  stored: RouterState | null,
  sample: Sample,
  account: Pick<Account, 'changedBaselines' | 'removedBaselineIds' | 'hadUnidentifiedRows'>,
): RouterState {
  const baselines = new Map(stored?.baselines ?? []);
  for (const id of account.removedBaselineIds) baselines.delete(id);
  for (const baseline of account.changedBaselines) baselines.set(baseline.id, baseline);
  for (const [id, baseline] of baselines) {
    if (baseline.presence === 'present') baselines.set(id, { ...baseline, seenAt: sample.sampledAt });
  }
  const { queues: _queues, unreadable: _unreadable, ...stamp } = sample;
  return {
    ...stamp,
    serial: sample.serial ?? stored?.serial ?? null,
    hadUnidentifiedRows: account.hadUnidentifiedRows,
    baselines,
  };
}

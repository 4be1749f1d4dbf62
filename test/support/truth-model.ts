import type { Counter, QueueReading, RouterState, Sample, UnreadableRow } from '../../src/usage/accounting/counter.ts';
import type { Account } from '../../src/usage/accounting/draft.ts';

/** A stretch of one row's life in which its counter only grew. */
export interface Epoch {
  readonly key: number;
  /** Every move it counted, in order of time; a parent counts its children's too. */
  readonly moves: { readonly move: number; readonly at: number }[];
  upload: bigint;
  download: bigint;
}

/** What of an unreadable row can be told. */
export type Unreadable = 'named' | 'nameless' | 'no id' | 'nothing';

interface Row {
  id: string;
  name: string;
  dynamic: boolean;
  unreadable: Unreadable | null;
  epoch: Epoch;
  parent: Row | null;
  /** The worker has had its counter since this parent is its. */
  parentWasSeen: boolean;
  /** The worker has read it from this device. */
  wasRead: boolean;
  /** It was renamed, or was a parent: left out of a list it could not be known again for certain. */
  wasOtherwise: boolean;
  /** It was left out of a list, though it was there; from then on it keeps its name, by which it is known again. */
  wasHidden: boolean;
}

/** A row as it truly was when a list was made. */
export interface TrueRow {
  readonly row: object;
  readonly epoch: Epoch;
  readonly moveCount: number;
  readonly dynamic: boolean;
  readonly name: string;
  readonly isParent: boolean;
  readonly unreadable: Unreadable | null;
  readonly counter: Counter | null;
}

/** A counter that ended, and the name its row had then. */
export interface EndedEpoch {
  readonly epoch: Epoch;
  readonly name: string;
}

/** What was true when a sample was read; the worker never sees it. */
export interface Truth {
  readonly sample: Sample;
  readonly readAt: number;
  /** By `.id`; without rows that the list left out. */
  readonly rows: ReadonlyMap<string, TrueRow>;
  readonly serial: string;
  readonly bootAt: number;
  /** How many counters had ended by then. */
  readonly endedCount: number;
}

export interface Reader {
  readonly id: string;
  /** How far the reader's wall clock is off, ms. */
  clockOffsetMs: number;
  /** The boot of its machine, if it knows. */
  readonly bootId?: string;
}

/**
 * A router that moves true bytes, written from the router's side: it knows nothing of the rules.
 * Time is the model's own, in ms; readers see it through clocks of their own.
 */
export class TruthModel {
  nowAt: number;
  /** Counters that ended, oldest first. */
  readonly ended: EndedEpoch[] = [];
  private bootAt: number;
  private serial = 'SERIAL-1';
  private serialCount = 1;
  private nextId = 1;
  private nextEpoch = 1;
  private nextMove = 1;
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
    this.rows.push({
      id,
      name,
      dynamic,
      unreadable: null,
      epoch: this.newEpoch(),
      parent: null,
      parentWasSeen: false,
      wasRead: false,
      wasOtherwise: false,
      wasHidden: false,
    });
  }

  /** A user moves bytes; the queues above count them too. */
  move(index: number, upload: number, download: number): void {
    const moved = { move: this.nextMove++, at: this.nowAt };
    for (let row = this.row(index) ?? null; row !== null; row = row.parent) {
      row.epoch.upload += BigInt(upload);
      row.epoch.download += BigInt(download);
      row.epoch.moves.push(moved);
    }
  }

  reset(index: number): void {
    const row = this.row(index);
    if (row !== undefined) this.beginAnew(row);
  }

  resetAll(): void {
    for (const row of this.rows) this.beginAnew(row);
  }

  remove(index: number): void {
    const row = this.row(index);
    if (row !== undefined && !this.leavesUnseenParent(row)) this.drop(row);
  }

  /** Removed and made again, as a PPPoE reconnect does. */
  recreate(index: number, reuseId: boolean): void {
    const row = this.row(index);
    if (row === undefined || this.leavesUnseenParent(row)) return;
    this.drop(row);
    this.addQueue(row.name, row.dynamic, reuseId);
  }

  rename(index: number, name: string): void {
    const row = this.row(index);
    if (row === undefined || row.dynamic || this.rows.some((other) => other.name === name)) return;
    if (row.wasHidden) return;
    row.name = name;
    row.wasOtherwise = true;
  }

  swapNames(one: number, other: number): void {
    const a = this.row(one);
    const b = this.row(other);
    if (a === undefined || b === undefined || a.dynamic || b.dynamic || a.wasHidden || b.wasHidden) return;
    [a.name, b.name] = [b.name, a.name];
    a.wasOtherwise = true;
    b.wasOtherwise = true;
  }

  /**
   * Puts a queue under another one, or under none. A queue that becomes a parent and ceases to be one between two samples
   * cannot be seen, so a parent is left only after the worker has seen it.
   */
  setParent(index: number, parentIndex: number | null): void {
    const row = this.row(index);
    if (row === undefined || (row.parent !== null && !row.parentWasSeen)) return;
    const parent = parentIndex === null ? null : (this.row(parentIndex) ?? null);
    if (parent?.unreadable != null) return;
    for (let above = parent; above !== null; above = above.parent) if (above === row) return;
    row.parent = parent;
    row.parentWasSeen = false;
    if (parent !== null) parent.wasOtherwise = true;
  }

  /** From now on the row does not parse, or does again. */
  toggleUnreadable(index: number, unreadable: Unreadable): void {
    const row = this.row(index);
    if (row === undefined) return;
    if (row.unreadable !== null) row.unreadable = null;
    else if (!this.isParent(row)) row.unreadable = unreadable;
  }

  /** Static queues come back with their `.id` at 0, dynamic ones only when their user connects again. */
  reboot(downMs: number): void {
    for (const row of this.rows.filter((each) => each.dynamic)) this.drop(row);
    this.resetAll();
    this.nowAt += downMs;
    this.bootAt = this.nowAt;
  }

  /** Another device with the same queues, and counters of its own past. */
  replaceDevice(counter: number, uptimeMs: number): void {
    this.serialCount++;
    this.serial = `SERIAL-${this.serialCount}`;
    this.bootAt = this.nowAt - uptimeMs;
    for (const row of this.rows) {
      this.beginAnew(row);
      row.wasRead = false;
      row.epoch.upload = BigInt(counter);
      row.epoch.download = BigInt(counter);
    }
  }

  /** @param hides the row that this list leaves out, though it is there; each at most once */
  read(reader: Reader, listMs: number, hides: number | null = null): Truth {
    const readAt = this.nowAt;
    const uptimeMs = Math.floor((readAt - this.bootAt) / 1000) * 1000;
    const hidden = hides === null ? null : this.hide(hides);
    const queues: QueueReading[] = [];
    const unreadable: UnreadableRow[] = [];
    const rows = new Map<string, TrueRow>();
    this.nowAt += listMs;
    for (const row of this.rows) {
      if (row === hidden) continue;
      const counter = { uploadBytes: row.epoch.upload, downloadBytes: row.epoch.download };
      const isParent = this.isParent(row);
      const { id, name, dynamic, epoch } = row;
      rows.set(id, {
        row,
        epoch,
        moveCount: epoch.moves.length,
        dynamic,
        name,
        isParent,
        unreadable: row.unreadable,
        counter: row.unreadable === null ? counter : null,
      });
      if (row.unreadable === null) queues.push({ id, name, user: name, dynamic, isParent, comment: null, ...counter });
      else
        unreadable.push({
          id: row.unreadable === 'named' || row.unreadable === 'nameless' ? id : null,
          name: row.unreadable === 'named' || row.unreadable === 'no id' ? name : null,
        });
    }
    const sample: Sample = {
      sampledAt: readAt + reader.clockOffsetMs,
      uptimeMs,
      endUptimeMs: uptimeMs + listMs + 1000,
      reader: reader.id,
      monotonicMs: readAt,
      askedMs: readAt,
      bootId: reader.bootId ?? null,
      serial: this.serial,
      queues,
      unreadable,
    };
    return { sample, readAt, rows, serial: this.serial, bootAt: this.bootAt, endedCount: this.ended.length };
  }

  /** The worker has booked a list. */
  accepted(truth: Truth): void {
    const read = new Map([...truth.rows.values()].map((each) => [each.row, each]));
    for (const row of this.rows) {
      const seen = read.get(row);
      if (seen === undefined) continue;
      if (truth.serial === this.serial && seen.counter !== null) row.wasRead = true;
      const parentRow = row.parent;
      if (parentRow !== null && read.get(parentRow)?.isParent === true) row.parentWasSeen = true;
    }
  }

  /** Without it, a queue that counted the bytes of the row's children, now or before, would be no parent any more, and was never seen as one. */
  private leavesUnseenParent(row: Row): boolean {
    return row.parent !== null && !row.parentWasSeen && row.wasOtherwise;
  }

  private isParent(row: Row): boolean {
    return this.rows.some((each) => each.parent === row);
  }

  private hide(index: number): Row | null {
    const row = this.row(index);
    if (row === undefined || row.wasHidden || row.wasOtherwise || !row.wasRead) return null;
    if (row.parent !== null || this.isParent(row)) return null;
    row.wasHidden = true;
    return row;
  }

  private drop(row: Row): void {
    this.rows.splice(this.rows.indexOf(row), 1);
    this.freedIds.push(row.id);
    this.ended.push({ epoch: row.epoch, name: row.name });
    for (const child of this.rows) if (child.parent === row) child.parent = null;
  }

  private beginAnew(row: Row): void {
    this.ended.push({ epoch: row.epoch, name: row.name });
    row.epoch = this.newEpoch();
  }

  private row(index: number): Row | undefined {
    return this.rows[index % Math.max(1, this.rows.length)];
  }

  private newEpoch(): Epoch {
    return { key: this.nextEpoch++, moves: [], upload: 0n, download: 0n };
  }
}
/** The state the store would hold after a booking. */
export function nextState(
  stored: RouterState | null,
  sample: Sample,
  account: Pick<Account, 'changedBaselines' | 'removedBaselineIds' | 'hadUnidentifiedRows' | 'serial'>,
): RouterState {
  const baselines = new Map(stored?.baselines ?? []);
  for (const id of account.removedBaselineIds) baselines.delete(id);
  for (const baseline of account.changedBaselines) baselines.set(baseline.id, baseline);
  for (const [id, baseline] of baselines) {
    if (baseline.presence === 'present') baselines.set(id, { ...baseline, seenAt: sample.sampledAt });
  }
  const { queues: _queues, unreadable: _unreadable, askedMs: _askedMs, ...stamp } = sample;
  return {
    ...stamp,
    serial: account.serial,
    hadUnidentifiedRows: account.hadUnidentifiedRows,
    baselines,
  };
}

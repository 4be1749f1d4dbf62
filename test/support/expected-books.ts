import type { Counter } from '../../src/usage/accounting/counter.ts';
import type { Account } from '../../src/usage/accounting/draft.ts';
import { spanMs } from '../../src/usage/accounting/span.ts';
import type { Epoch, Truth, TruthModel } from './truth-model.ts';

/** How far the clocks of readers may be apart where the model compares instants, ms. */
const CLOCKS_APART_MS = 5_000;

/** Bytes that ended before they could be read. */
interface Loss {
  readonly epoch: Epoch;
  readonly id: string;
  /** Names the row bore meanwhile: the loss must be said on one of them. */
  readonly names: Set<string>;
  readonly fromAt: number;
  readonly toAt: number;
}

interface KnownEpoch {
  /** The last counters read, both together. */
  amount: bigint;
  /** How many of its moves have been read, or were before it was ours. */
  moveCount: number;
}

interface KnownRow {
  epoch: Epoch;
  name: string;
  counter: Counter | null;
  missing: boolean;
  /** A row whose name was never readable has none on which anything could be said. */
  isNamed: boolean;
  /** When it was last read, by the model's time; `null` if it never was. */
  seenAt: number | null;
}

/** How long a baseline outlives its row. */
const MISSING_KEPT_MS = 24 * 3_600_000;
/** Uptime has whole seconds and small steps of the clock are not told from drift: the time is kept to this. */
const KEPT_TO_MS = 10 * 60_000;

/**
 * The books as they should be, kept from the truth behind the accepted samples: of each counter all that was seen, on the
 * name that its row had then, less what it held before we knew its router or row.
 */
export class ExpectedBooks {
  /** Bytes by queue name. */
  readonly byName = new Map<string, bigint>();
  private readonly epochs = new Map<number, KnownEpoch>();
  /** Per `.id`: the last accepted reading, as far as it is still a baseline. */
  private readonly baselines = new Map<string, KnownRow>();
  private previous: Truth | null = null;
  private losses: Loss[] = [];
  /** The last list lacked rows that are baselines still. */
  private missedRows = false;
  private readonly countedOnLeaves = new Set<number>();

  /**
   * Takes over what an accepted sample holds and holds its account against it.
   *
   * @param countsSinceBoot whether a first sample's whole counters are today's
   * @returns a text for everything that is wrong in the account
   */
  accept(model: TruthModel, truth: Truth, account: Account, countsSinceBoot: boolean): string[] {
    const before = this.previous;
    const other = before === null || before.serial !== truth.serial;
    const rebooted = !other && before.bootAt !== truth.bootAt;
    const isOurs = before === null && countsSinceBoot;
    this.noteEnds(model, truth);
    const wrong: string[] = [];

    if (other || rebooted) this.baselines.clear();
    const hadNoId = !other && !rebooted && [...before.rows.values()].some((row) => isWithoutId(row.unreadable));
    for (const [id, row] of truth.rows) {
      const old = this.baselines.get(id);
      if (row.counter === null) {
        if (isWithoutId(row.unreadable)) continue;
        if (old !== undefined && !(old.missing && row.unreadable === 'named' && row.name !== old.name)) {
          if (row.unreadable === 'named') old.missing = false;
          continue;
        }
        // Unreadable from the start: what it holds when it first parses is no delta, unless all counters began at 0 with us watching.
        const counter = rebooted || isOurs ? { uploadBytes: 0n, downloadBytes: 0n } : null;
        this.baselines.set(id, {
          epoch: row.epoch,
          name: row.name,
          counter,
          missing: false,
          isNamed: row.unreadable === 'named',
          seenAt: null,
        });
        if (!this.epochs.has(row.epoch.key))
          this.epochs.set(row.epoch.key, { amount: 0n, moveCount: counter === null ? row.moveCount : 0 });
        continue;
      }
      const amount = row.counter.uploadBytes + row.counter.downloadBytes;
      const known = this.epochs.get(row.epoch.key);
      // Nobody can say that a row whose name was never readable had another one.
      const mayBe = old !== undefined && !old.isNamed && old.counter !== null;
      const isSame = mayBe || (old !== undefined && (old.name === row.name || (!row.dynamic && !old.missing)));
      const baselineOnly = (other && !isOurs) || (old !== undefined && old.counter === null) || (hadNoId && !isSame);
      if (baselineOnly) {
        // A row that could not be told apart may have had any name: only what it counted since then is said on this one.
        const from = hadNoId && !isSame ? null : (known?.moveCount ?? null);
        if (!other) this.noteLoss({ id, epoch: row.epoch, names: new Set([row.name]) }, from, row.moveCount);
      } else {
        this.credit(row.name, amount - (known?.amount ?? 0n));
        if (isSame && old.counter !== null && old.epoch !== row.epoch) this.noteInvisible(row.name, old, row.counter);
        wrong.push(...this.countOnLeaf(truth, account, id, known?.moveCount ?? 0));
      }
      this.epochs.set(row.epoch.key, { amount, moveCount: row.moveCount });
      this.baselines.set(id, {
        epoch: row.epoch,
        name: row.name,
        counter: row.counter,
        missing: false,
        isNamed: true,
        seenAt: truth.readAt,
      });
    }
    if (before !== null && !other && !rebooted) wrong.push(...this.tooLong(before, truth, account));
    wrong.push(...this.noteMissing(truth, account));
    this.previous = truth;
    wrong.push(...this.unsaid(truth, account));
    return wrong;
  }

  private credit(name: string, bytes: bigint): void {
    this.byName.set(name, (this.byName.get(name) ?? 0n) + bytes);
  }

  /** A reset that no reader can see, for the counter grew past its baseline again: the one loss that cannot be said. */
  private noteInvisible(name: string, old: KnownRow, now: Counter): void {
    if (old.counter === null) return;
    if (now.uploadBytes < old.counter.uploadBytes || now.downloadBytes < old.counter.downloadBytes) return;
    this.credit(name, -(old.counter.uploadBytes + old.counter.downloadBytes));
    this.losses = this.losses.filter((loss) => loss.epoch !== old.epoch);
  }

  /** Counters that ended since the last accepted sample, with bytes in them that nobody read. */
  private noteEnds(model: TruthModel, truth: Truth): void {
    const from = this.previous?.endedCount ?? truth.endedCount;
    for (const { epoch, name } of model.ended.slice(from, truth.endedCount)) {
      const known = this.epochs.get(epoch.key);
      const [id, row] = [...this.baselines].find(([, each]) => each.epoch === epoch) ?? [];
      if (known === undefined || id === undefined || row === undefined) continue;
      // When it went missing that was said; what a row counts that no list shows is beyond telling.
      if (row.missing || !row.isNamed) continue;
      this.noteLoss({ id, epoch, names: new Set([row.name, name]) }, known.moveCount, epoch.moves.length);
    }
  }

  private noteLoss(loss: Pick<Loss, 'epoch' | 'id' | 'names'>, from: number | null, to: number): void {
    const moves = loss.epoch.moves.slice(from ?? 0, to);
    const readAt = this.previous?.readAt ?? 0;
    // Of a counter nobody knew only what it counted since the last sample is ours to miss.
    const lost = from === null ? moves.filter((each) => each.at > readAt) : moves;
    const [first, last] = [lost[0], lost.at(-1)];
    if (first !== undefined && last !== undefined) this.losses.push({ ...loss, fromAt: first.at, toAt: last.at });
  }

  private noteMissing(truth: Truth, account: Account): string[] {
    const wrong: string[] = [];
    this.missedRows = [...this.baselines.keys()].some((id) => !truth.rows.has(id));
    const unread = [...truth.rows.values()].filter((row) => row.unreadable !== null);
    if (unread.some((row) => row.unreadable === 'nothing')) return [];
    for (const [id, old] of this.baselines) {
      const row = truth.rows.get(id);
      const isListed = row !== undefined && !isWithoutId(row.unreadable);
      if (isListed || unread.some((each) => each.unreadable === 'no id' && each.name === old.name)) continue;
      const isForgotten = account.removedBaselineIds.includes(id);
      const overdueMs = old.seenAt === null ? 0 : truth.readAt - old.seenAt - MISSING_KEPT_MS;
      const isJudged = old.missing && Math.abs(overdueMs) > KEPT_TO_MS;
      if (isJudged && isForgotten !== overdueMs > 0) wrong.push(`${id} is forgotten at the wrong time`);
      if (isForgotten) this.baselines.delete(id);
      old.missing = true;
    }
    return wrong;
  }

  /** Where every row was read last time nothing reaches back further, however clocks stepped. */
  private tooLong(before: Truth, truth: Truth, account: Account): string[] {
    const anyUnread = [...before.rows.values()].some((row) => row.counter === null);
    if (anyUnread || this.missedRows) return [];
    const mostMs = truth.readAt - before.readAt + CLOCKS_APART_MS + 1_000;
    return account.entries.flatMap(({ name, deltas, unobserved }) => {
      const spans = [...deltas.map((delta) => delta.span), ...(unobserved === null ? [] : [unobserved])];
      return spans.filter((span) => spanMs(span) > mostMs).map(() => `${name} has a span longer than the interval`);
    });
  }

  /** What should have been said by now and was not. */
  private unsaid(truth: Truth, account: Account): string[] {
    // How far the clock that dates the account is off now.
    const offMs = truth.sample.sampledAt - truth.readAt;
    const open = this.losses.filter((loss) => {
      const row = truth.rows.get(loss.id);
      if (row !== undefined) loss.names.add(row.name);
      return !account.entries.some(({ name, restarts, unobserved }) => {
        if (!loss.names.has(name) || unobserved === null) return false;
        const isSaid = restarts > 0 || unobserved.endAt > unobserved.startAt;
        const isWithin =
          unobserved.startAt - offMs - CLOCKS_APART_MS <= loss.fromAt &&
          loss.toAt <= unobserved.endAt - offMs + CLOCKS_APART_MS;
        return isSaid && isWithin;
      });
    });
    // While rows cannot be read it may still turn out what became of them.
    const mayStillTurnOut = [...truth.rows.values()].some((row) => row.unreadable !== null);
    this.losses = mayStillTurnOut ? open : [];
    return mayStillTurnOut ? [] : open.map((loss) => `a loss of ${[...loss.names].join(' or ')} is not said`);
  }

  /** No byte may count on a leaf and on a queue below or above it. */
  private countOnLeaf(truth: Truth, account: Account, id: string, from: number): string[] {
    const row = truth.rows.get(id);
    if (row === undefined || [...truth.rows.values()].some((each) => each !== row && each.name === row.name)) return [];
    if (!account.entries.some((entry) => entry.name === row.name && !entry.isParent && entry.deltas.length > 0))
      return [];
    const wrong: string[] = [];
    for (const { move } of row.epoch.moves.slice(from, row.moveCount)) {
      if (this.countedOnLeaves.has(move)) wrong.push(`a move counts on leaf ${row.name} and on another`);
      this.countedOnLeaves.add(move);
    }
    return wrong;
  }
}

function isWithoutId(unreadable: string | null): boolean {
  return unreadable === 'no id' || unreadable === 'nothing';
}

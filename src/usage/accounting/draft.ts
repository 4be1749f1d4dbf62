import type { Baseline, Counter, QueueReading, RouterState, Sample, UnreadableRow } from './counter.ts';
import { hull, type Span } from './span.ts';

/** Bytes moved within a span; never negative. */
export interface Delta extends Counter {
  readonly span: Span;
}

/** What one sample shows for one queue. */
export interface QueueEntry {
  readonly name: string;
  readonly user: string;
  readonly isParent: boolean;
  readonly comment: string | null;
  /** More than one where several rows bear the name. */
  readonly deltas: readonly Delta[];
  /** 1 when the counter began again at 0 since the last sample. */
  readonly restarts: number;
  /** Time in which bytes may have been counted and lost before we could read them. */
  readonly unobserved: Span | null;
}

/** Something out of the ordinary, for people. `queue` is `null` when it concerns the whole router. */
export interface AccountingEvent {
  readonly code:
    | 'ROUTER_FIRST_READ'
    | 'ROUTER_REBOOTED'
    | 'REBOOT_UNCERTAIN'
    | 'ROUTER_REPLACED'
    | 'CLOCK_STEPPED'
    | 'COUNTER_RESTARTED'
    | 'COUNTER_IMPLAUSIBLE'
    | 'QUEUE_GONE';
  readonly queue: string | null;
  /** What it concerns, for `ROUTER_*`, `REBOOT_UNCERTAIN` and `CLOCK_STEPPED` the time it left unobserved. */
  readonly span: Span;
}

/** What an accepted sample changes. */
export interface Account {
  readonly entries: readonly QueueEntry[];
  /** New or different from what is stored; a `present` row's `seenAt` is the sample's own instant. */
  readonly changedBaselines: readonly Baseline[];
  readonly removedBaselineIds: readonly string[];
  /** The last one known, kept when a sample could not read it. */
  readonly serial: string | null;
  readonly hadUnidentifiedRows: boolean;
  readonly events: readonly AccountingEvent[];
}

/** The name of a row that is listed but whose name could not be read yet; RouterOS has no empty names. */
export const NAMELESS = '';

/** Who is written to: a row, or the baseline of one that is gone. */
type Queue = Pick<QueueReading, 'name' | 'user' | 'isParent'> & { readonly comment?: string | null };

type DraftEntry = { -readonly [K in keyof QueueEntry]: QueueEntry[K] } & { deltas: Delta[] };

/** Of an entry that has none yet; nothing is ever added to it. */
const NO_DELTAS: Delta[] = [];

export type Draft = ReturnType<typeof createDraft>;

/**
 * Collects what a sample changes; every rule speaks to it in the words of the design.
 *
 * @param lineMbps fastest the router's line can be, in 10^6 bits per second, each way
 */
export function createDraft(sample: Sample, lineMbps: number) {
  const entries: DraftEntry[] = [];
  /** Of nearly every name there is one: a key of name, user and kind, or a list of each name, would have to be made for every row. */
  const byName = new Map<string, DraftEntry | DraftEntry[]>();
  const changed = new Map<string, Baseline>();
  const listedIds = new Set<string>();
  const forgotten: string[] = [];
  const events: AccountingEvent[] = [];

  function entryOf(queue: Queue) {
    const { name, user, isParent, comment = null } = queue;
    const ofName = byName.get(name);
    const known = ofName === undefined ? undefined : findEntry(ofName, user, isParent);
    if (known !== undefined) {
      known.comment ??= comment;
      return known;
    }
    const entry: DraftEntry = { name, user, isParent, comment, deltas: NO_DELTAS, restarts: 0, unobserved: null };
    entries.push(entry);
    if (ofName === undefined) byName.set(name, entry);
    else if (Array.isArray(ofName)) ofName.push(entry);
    else byName.set(name, [ofName, entry]);
    return entry;
  }

  /** What the line can carry in a time; nearly all rows of a sample ask for the same. */
  let most = { elapsedMs: 0, bytes: 0n };
  function mostBytes(elapsedMs: number): bigint {
    if (most.elapsedMs !== elapsedMs) {
      most = { elapsedMs, bytes: BigInt(Math.ceil((lineMbps * 1_000_000 * elapsedMs) / 8_000)) };
    }
    return most.bytes;
  }

  function lose(queue: Queue, span: Span): void {
    if (queue.name === NAMELESS) return;
    const entry = entryOf(queue);
    entry.unobserved = hull(entry.unobserved, span);
  }

  return {
    /** The sample's rows; a hostile list that names an `.id` twice must not count it twice. */
    rows: uniqueById(sample.queues),

    /** Adds a delta, unless the line could not have carried it (rule 8). */
    book(queue: Queue, delta: Counter, over: { readonly span: Span; readonly elapsedMs: number }): void {
      const limit = mostBytes(over.elapsedMs);
      if (delta.uploadBytes > limit || delta.downloadBytes > limit) {
        lose(queue, over.span);
        events.push({ code: 'COUNTER_IMPLAUSIBLE', queue: queue.name, span: over.span });
        return;
      }
      if (delta.uploadBytes === 0n && delta.downloadBytes === 0n) return;
      const { uploadBytes, downloadBytes } = delta;
      const booked = { uploadBytes, downloadBytes, span: over.span };
      const entry = entryOf(queue);
      // A list that grows by one has room for seventeen.
      if (entry.deltas.length === 0) entry.deltas = [booked];
      else entry.deltas.push(booked);
    },

    /** The counter began again at 0; what it held since `span` began is lost. */
    restart(queue: Queue, span: Span): void {
      lose(queue, span);
      entryOf(queue).restarts = 1;
    },

    /** Bytes of that span may be lost. */
    lose,

    /** Whether a row of that `.id` was in the list, or said of one that is not in it. */
    isTold: (id: string): boolean => listedIds.has(id),

    /** The row's counters are its new baseline. */
    present(row: QueueReading, old?: Baseline): void {
      listedIds.add(row.id);
      if (old !== undefined && isSameBaseline(old, row)) return;
      // Baselines stay from poll to poll: equal texts of the one before are kept instead of those of each new list.
      const id = old?.id ?? row.id;
      changed.set(id, {
        id,
        name: row.name === old?.name ? old.name : row.name,
        user: row.user === old?.user ? old.user : row.user,
        isParent: row.isParent,
        counter: { uploadBytes: row.uploadBytes, downloadBytes: row.downloadBytes },
        presence: 'present',
        seenAt: sample.sampledAt,
      });
    },

    /** A row without a usable baseline is listed but cannot be read. */
    listedUnread(row: UnreadableRow, counter: Counter | null, seenAt: number): void {
      if (row.id === null || listedIds.has(row.id)) return;
      listedIds.add(row.id);
      const name = row.name ?? '';
      changed.set(row.id, { id: row.id, name, user: name, isParent: false, counter, presence: 'unreadable', seenAt });
    },

    /** A known row is not in the list, or not readable in it. */
    unseen(old: Baseline, presence: 'unreadable' | 'missing'): void {
      if (listedIds.has(old.id)) return;
      listedIds.add(old.id);
      if (old.presence !== presence) changed.set(old.id, { ...old, presence });
    },

    /** The same rows, last read at other instants of the clock as it is now. Of a row that is present the store knows by the sample when it was read. */
    redate(rows: Iterable<Baseline>): void {
      for (const row of rows) if (row.presence !== 'present') changed.set(row.id, row);
    },

    /** Nothing more is expected of that `.id`, unless a new row bears it. */
    forget(id: string): void {
      changed.delete(id);
      forgotten.push(id);
    },

    event(code: AccountingEvent['code'], queue: string | null, span: Span): void {
      events.push({ code, queue, span });
    },

    finish(stored: RouterState | null): Account {
      const restartedAll = events.some((event) => event.code === 'ROUTER_REBOOTED' || event.code === 'ROUTER_REPLACED');
      const replaced = restartedAll ? [...(stored?.baselines.keys() ?? [])].filter((id) => !listedIds.has(id)) : [];
      return {
        entries,
        changedBaselines: [...changed.values()],
        removedBaselineIds: [...forgotten.filter((id) => !changed.has(id)), ...replaced],
        serial: sample.serial ?? stored?.serial ?? null,
        hadUnidentifiedRows: sample.unreadable.some((row) => row.id === null),
        events,
      };
    },
  };
}

function findEntry(ofName: DraftEntry | readonly DraftEntry[], user: string, isParent: boolean) {
  if ('length' in ofName) return ofName.find((entry) => entry.user === user && entry.isParent === isParent);
  return ofName.user === user && ofName.isParent === isParent ? ofName : undefined;
}

function uniqueById(rows: readonly QueueReading[]): readonly QueueReading[] {
  if (areRising(rows)) return rows;
  const ids = new Set<string>();
  return rows.filter((row) => !ids.has(row.id) && ids.add(row.id));
}

/** Whether no `.id` can come twice, because each is beyond the one before, as in most lists. */
function areRising(rows: readonly QueueReading[]): boolean {
  let last = '';
  for (const { id } of rows) {
    const isBeyond = id.length === last.length ? id > last : id.length > last.length;
    if (!isBeyond) return false;
    last = id;
  }
  return true;
}

function isSameBaseline(old: Baseline, row: QueueReading): boolean {
  return (
    old.presence === 'present' &&
    old.counter !== null &&
    old.counter.uploadBytes === row.uploadBytes &&
    old.counter.downloadBytes === row.downloadBytes &&
    old.name === row.name &&
    old.user === row.user &&
    old.isParent === row.isParent
  );
}

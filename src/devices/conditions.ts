import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import type { Part } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import { createLoop } from '../runtime/loop.ts';
import { isLate } from './condition.ts';
import { type RouterRecall, recallRouters } from './condition-recall.ts';
import { keptFacts, NO_FACTS } from './facts.ts';
import type { Condition, KnownFacts, PollEnd, RouterDevice, RouterStateBook, RouterTrouble } from './ports.ts';
import type { Roster } from './roster.ts';

/** Keeps the condition of each router, in memory: it can be asked while the database is away. */
export interface Conditions extends Part {
  /** Of the devices of the roster, in its order. */
  all(): readonly Condition[];
  /** Of any router; one that nobody knows was never read. */
  find(router: string): Condition;
  /** From now on this process polls: a router that is well, or new, has three intervals until its next poll is missed. */
  expectPolls(): void;
  polled(poll: PollEnd, durationMs: number): void;
  /** Another worker has polled. */
  heard(poll: PollEnd, durationMs: number): void;
  /** Takes over what the database knows from before, or from another worker. Rejects with a `TroubleError` when it is away. */
  recall(): Promise<void>;
  /** From now on the database is asked every minute: another worker may read a router that this one cannot. */
  start(): void;
}

/** Instants of the process are monotonic: a step of the wall clock makes nobody late. */
interface Entry {
  /** When it joined. */
  readonly beganMs: number;
  /** When it was last booked; `null`: never. */
  readMs: number | null;
  /** The same, Unix ms. */
  lastReadAt: number | null;
  /** When every poll since has failed; `null`: the last one did not. */
  failingMs: number | null;
  /** The same, Unix ms. */
  since: number | null;
  /** When a poll last ended, in this process or before it. */
  endedMs: number | null;
  unbookedPolls: number;
  /** What the last booked poll took. */
  tookMs: number;
  code: string | null;
  trouble: RouterTrouble | null;
  /** The last poll of it that is known here was of this process. */
  isOwn: boolean;
  isRecalled: boolean;
  facts: KnownFacts;
}

const RECALLED_EVERY_MS = 60_000;

export function createConditions(deps: {
  readonly roster: Pick<Roster<RouterDevice>, 'devices' | 'follow'>;
  readonly book: Pick<RouterStateBook, 'states' | 'lastReads'>;
  readonly everyMs: number;
  /** Whether other workers poll some of them: default `false`. */
  readonly hasOthers?: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}): Conditions {
  const { roster, book, everyMs, hasOthers = false, clock, logger } = deps;
  let entries = new Map<string, Entry>();
  /** `null`: the database was not asked yet. */
  let records: ReadonlyMap<string, RouterRecall> | null = null;
  let expectedFromMs: number | null = null;

  const monotonicOf = (at: number) => clock.monotonicMs() - Math.max(0, clock.now() - at);

  function newEntry(router: string): Entry {
    const entry: Entry = {
      beganMs: clock.monotonicMs(),
      readMs: null,
      lastReadAt: null,
      failingMs: null,
      since: null,
      endedMs: null,
      unbookedPolls: 0,
      tookMs: 0,
      code: null,
      trouble: null,
      isOwn: false,
      isRecalled: false,
      facts: NO_FACTS,
    };
    if (records !== null) takeIn(entry, records.get(router));
    return entry;
  }

  function takeIn(entry: Entry, record: RouterRecall | undefined): void {
    const isFirst = !entry.isRecalled;
    entry.isRecalled = true;
    if (record === undefined) return;
    const { lastReadAt, failing } = record;
    const isNewer = lastReadAt !== null && (entry.lastReadAt === null || lastReadAt > entry.lastReadAt);
    // What this process has read itself is newer than what it noted of it.
    if (isNewer || !entry.isOwn || entry.facts === NO_FACTS) entry.facts = record.facts;
    if (isNewer) {
      entry.readMs = Math.max(entry.readMs ?? Number.NEGATIVE_INFINITY, monotonicOf(lastReadAt));
      entry.lastReadAt = lastReadAt;
    }
    if (!entry.isOwn) {
      entry.endedMs = record.endedAt === null ? null : monotonicOf(record.endedAt);
      entry.tookMs = record.tookMs;
      entry.code = failing?.code ?? null;
      entry.trouble = failing?.trouble ?? null;
      entry.unbookedPolls = failing?.polls ?? 0;
      startFailing(entry, failing?.since ?? null);
    } else if (isFirst && failing !== null && entry.since !== null) {
      // The database was away at the start: the outage began before the first poll here.
      entry.unbookedPolls += failing.polls;
      startFailing(entry, Math.min(entry.since, failing.since));
    }
  }

  function startFailing(entry: Entry, since: number | null): void {
    entry.since = since;
    entry.failingMs = since === null ? null : monotonicOf(since);
  }

  function judge(router: string, entry: Entry): Condition {
    const { beganMs, readMs, lastReadAt, failingMs, since, endedMs, unbookedPolls, tookMs, code, trouble, facts } =
      entry;
    const nowMs = clock.monotonicMs();
    const ageMs = nowMs - (readMs ?? Math.min(failingMs ?? beganMs, beganMs));
    const expectedMs = expectedFromMs === null ? null : Math.max(expectedFromMs, beganMs);
    const lastSigns = [expectedMs, endedMs, readMs].filter((each) => each !== null);
    const silentMs = nowMs - Math.max(...lastSigns);
    const isUnknown = lastSigns.length === 0;
    // What another worker reads may be known from the database alone, where it is noted once a minute.
    const expectedEveryMs = hasOthers && !entry.isOwn ? Math.max(everyMs, RECALLED_EVERY_MS) : everyMs;
    const isFresh = !isUnknown && !isLate({ ageMs, unbookedPolls, silentMs, everyMs: expectedEveryMs, tookMs });
    return { router, lastReadAt, ageMs, isFresh, code, trouble, since, wasPolled: entry.isOwn, facts };
  }

  function note(poll: PollEnd, durationMs: number, isOwn: boolean): void {
    const entry = entries.get(poll.router);
    if (entry === undefined) return;
    entry.isOwn = isOwn;
    entry.endedMs = clock.monotonicMs();
    if (poll.status !== 'failed') entry.facts = keptFacts(poll.facts);
    if (poll.status === 'booked' || poll.status === 'dropped') {
      Object.assign(entry, { readMs: entry.endedMs, lastReadAt: clock.now(), tookMs: durationMs });
      Object.assign(entry, { unbookedPolls: 0, code: null, trouble: null, since: null, failingMs: null });
      return;
    }
    entry.unbookedPolls += 1;
    entry.code = poll.trouble.code;
    entry.trouble = poll.status === 'failed' ? wordsOf(poll.trouble) : null;
    if (poll.status === 'held') startFailing(entry, null);
    else if (entry.since === null) startFailing(entry, clock.now());
  }

  async function recall(): Promise<void> {
    const known = recallRouters(await book.states(), await book.lastReads());
    records = new Map(known.map((record) => [record.router, record]));
    for (const [router, entry] of entries) takeIn(entry, records.get(router));
  }

  async function recallQuietly(): Promise<void> {
    try {
      await recall();
    } catch (error) {
      if (!(error instanceof TroubleError)) logger.error({ err: error }, 'bug');
      else logger.debug({ code: error.code }, 'stored state of the routers cannot be read');
    }
  }

  function keepOnly(devices: readonly RouterDevice[]): void {
    entries = new Map(devices.map(({ name }) => [name, entries.get(name) ?? newEntry(name)]));
  }

  const loop = createLoop({ everyMs: RECALLED_EVERY_MS, work: recallQuietly, clock });
  keepOnly(roster.devices());
  roster.follow(keepOnly);
  return {
    name: 'conditions',
    all: () => [...entries].map(([router, entry]) => judge(router, entry)),
    find: (router) => judge(router, entries.get(router) ?? newEntry(router)),
    expectPolls() {
      expectedFromMs ??= clock.monotonicMs();
    },
    polled: (poll, durationMs) => note(poll, durationMs, true),
    heard: (poll, durationMs) => note(poll, durationMs, false),
    recall,
    start: loop.start,
    stop: loop.stop,
  };
}

/** Not the error itself, which holds on to its cause. */
function wordsOf({ code, message, advice }: RouterTrouble): RouterTrouble {
  return { code, message, advice };
}

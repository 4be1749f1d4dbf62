import type { Clock } from './clock.ts';
import { stableHash } from './hash.ts';
import type { Part } from './lifecycle.ts';
import { createLimiter, type Leave } from './limiter.ts';
import { createScheduler, type RemoveJob } from './scheduler.ts';

/** One visit, as the visitor sees it. */
export interface Visit {
  /** Comes when the visit has to end. */
  readonly signal: AbortSignal;
  /** The longest time to connect, ms; `null`: as long as the visitor likes. */
  readonly connectWithinMs: number | null;
  /**
   * To be called at the first sign of life: the subject is then not silent. Resolves when there is a place for the work itself, so
   * that subjects that never answer take no place from the others.
   */
  enter(): Promise<void>;
}

/** Visits one subject again and again; `visit` is never called while the last one goes on. */
export interface Visitor<Result> {
  visit(visit: Visit): Promise<Result>;
  close(): void;
}

export interface RoundsDeps<Subject extends { readonly name: string }, Result> {
  readonly name: string;
  /** Those visited from the start. */
  readonly subjects: readonly Subject[];
  readonly createVisitor: (subject: Subject) => Visitor<Result>;
  /** Whether the settings are the same, so that the visitor may stay. */
  readonly isSame: (one: Subject, other: Subject) => boolean;
  readonly everyMs: number;
  /** Where in the interval this round begins, 0 to 1: two rounds of the same subjects are not to fall on the same instants. */
  readonly phase: number;
  /** The next instant after `at` (Unix ms) at which all are visited, besides the interval. */
  readonly alsoAt?: (at: number) => number;
  /** How often in a row a subject is silent until it goes through the slow lane; default 1. */
  readonly slowAfterVisits?: number;
  /** Whether a silent subject is visited less and less often; default `true`. */
  readonly restsSilent?: boolean;
  /** Whether subjects that join while the round goes on are visited at once, and not at their next instant; default `false`. */
  readonly newcomersAtOnce?: boolean;
  /** Subjects worked on at once, after their sign of life. */
  readonly places: number;
  readonly clock: Clock;
  /** How long a visit in progress may continue at a stop before it is aborted. */
  readonly graceMs: number;
  readonly onBug: (error: unknown) => void;
}

/** Subjects that are visited, each at instants of its own; they may change while they are. */
export interface Rounds<Subject, Result> extends Part {
  /**
   * From now on these are visited and no others. A subject whose settings are the same keeps its visitor and its instants.
   * Resolves when the last visits of those that left or changed have ended. Calls are carried out one after another.
   */
  set(subjects: readonly Subject[]): Promise<void>;
  /** Those visited now. */
  subjects(): readonly Subject[];
  /** One visit of each, besides the timetable: only while it is not started. */
  visitAll(signal: AbortSignal): Promise<Result[]>;
  close(): void;
}

interface Member<Subject, Result> {
  readonly subject: Subject;
  readonly visitor: Visitor<Result>;
  readonly removeJob: RemoveJob;
  readonly known: Known;
}

/** Results of earlier visits. */
interface Known {
  /** Visits in a row that ended without a sign of life. */
  silentVisits: number;
  /** The longest that a sign of life took, ms. */
  slowestAnswerMs: number;
}

/** Connections waited for at once, before any sign of life: each costs an open socket and nothing else. */
const KNOCKS_AT_ONCE = 256;
/** For subjects that were silent last time: they share a few places of their own. One known to answer slowly gets more time. */
const SLOW_LANE_PLACES = 8;
const SLOW_LANE_CONNECT_MS = 3_000;
/** Why a visit that is over waits for no place any more; nobody reads it, and an error for each visit would collect its stack. */
const OVER = 'over';
/** After so many silent visits in a row a subject is visited less and less often. */
const SILENT_VISITS_ON_BEAT = 2;
const LONGEST_REST_MS = 300_000;
const LONGEST_REST_INTERVALS = 5;

/**
 * Decides which subject is visited when. Silent subjects do not delay the others: a place is taken only after a sign of life, and a
 * subject that was silent last time goes through a slow lane with few places, a short time to connect and growing pauses. `slowAfterVisits`
 * and `restsSilent` change the last.
 */
export function createRounds<Subject extends { readonly name: string }, Result>(
  deps: RoundsDeps<Subject, Result>,
): Rounds<Subject, Result> {
  const { createVisitor, isSame, everyMs, clock, graceMs, onBug, slowAfterVisits = 1, restsSilent = true } = deps;
  const scheduler = createScheduler({ jobs: [], clock, onBug });
  const working = createLimiter(deps.places);
  const knocking = createLimiter(KNOCKS_AT_ONCE);
  const slowLane = createLimiter(SLOW_LANE_PLACES);
  const members = new Map<string, Member<Subject, Result>>();
  let changes: Promise<void> = Promise.resolve();
  let isStarted = false;

  async function visit({ visitor, known }: Member<Subject, Result>, signal: AbortSignal): Promise<Result> {
    const isSlow = known.silentVisits >= slowAfterVisits;
    let leave: Leave = await (isSlow ? slowLane : knocking).enter(signal);
    const startedMs = clock.monotonicMs();
    const over = new AbortController();
    let entering: Promise<void> | null = null;

    async function takePlace(): Promise<void> {
      leave();
      known.silentVisits = 0;
      known.slowestAnswerMs = Math.max(known.slowestAnswerMs, clock.monotonicMs() - startedMs);
      // A visit that ended meanwhile, with or without its place, is to keep none.
      const leavePlace = await working.enter(AbortSignal.any([signal, over.signal]));
      if (over.signal.aborted) leavePlace();
      else leave = leavePlace;
    }

    try {
      return await visitor.visit({
        signal,
        connectWithinMs: isSlow ? Math.max(SLOW_LANE_CONNECT_MS, 2 * known.slowestAnswerMs) : null,
        enter() {
          if (over.signal.aborted) return Promise.resolve();
          entering ??= takePlace();
          return entering;
        },
      });
    } finally {
      over.abort(OVER);
      leave();
      if (entering === null && !signal.aborted) known.silentVisits += 1;
    }
  }

  function join(subject: Subject): void {
    const beat = createBeat({ ...deps, name: subject.name });
    const known = { silentVisits: 0, slowestAnswerMs: 0 };
    let isDue = isStarted && deps.newcomersAtOnce === true;
    const member: Member<Subject, Result> = {
      subject,
      visitor: createVisitor(subject),
      known,
      removeJob: scheduler.add({
        nextAfter: (at) => (isDue ? at : beat(at + (restsSilent ? restMs(known.silentVisits, everyMs) : 0))),
        async run(signal) {
          isDue = false;
          await visit(member, signal);
        },
      }),
    };
    members.set(subject.name, member);
  }

  async function apply(subjects: readonly Subject[]): Promise<void> {
    const wanted = new Map(subjects.map((subject) => [subject.name, subject]));
    const atRest = [...members.values()].map(async ({ subject, visitor, removeJob }) => {
      const next = wanted.get(subject.name);
      if (next !== undefined && isSame(subject, next)) return;
      // Visits of one subject are in order: the old visitor has to be done before a new one may begin.
      await removeJob(graceMs);
      visitor.close();
      members.delete(subject.name);
    });
    await Promise.all(atRest);
    for (const subject of subjects) if (!members.has(subject.name)) join(subject);
  }

  for (const subject of deps.subjects) join(subject);

  return {
    name: deps.name,
    set(wanted) {
      const change = changes.then(() => apply(wanted));
      // Only the caller of this change gets its failure, not the next caller.
      changes = change.catch(() => {});
      return change;
    },
    subjects: () => [...members.values()].map(({ subject }) => subject),
    // Each by a signal of its own: a signal searches through all its listeners whenever one is added, and most visits wait at first.
    visitAll: (signal) => Promise.all([...members.values()].map((member) => visit(member, AbortSignal.any([signal])))),
    start() {
      isStarted = true;
      scheduler.start();
    },
    stop: () => scheduler.stop(graceMs),
    close() {
      for (const { visitor } of members.values()) visitor.close();
    },
  };
}

/** How much longer than the interval a silent subject is left alone. */
function restMs(silentVisits: number, everyMs: number): number {
  const doublings = silentVisits - SILENT_VISITS_ON_BEAT;
  if (doublings <= 0) return 0;
  const longest = Math.max(everyMs, Math.min(LONGEST_REST_MS, LONGEST_REST_INTERVALS * everyMs));
  return Math.min(longest, everyMs * 2 ** doublings) - everyMs;
}

/**
 * When a subject is visited: on a grid of `everyMs` with its own offset, so that a thousand are not all visited at once, and at the
 * instants of `alsoAt`.
 */
export function createBeat(options: {
  readonly name: string;
  readonly everyMs: number;
  readonly phase: number;
  readonly alsoAt?: (at: number) => number;
}): (at: number) => number {
  const { name, everyMs, phase, alsoAt } = options;
  const offsetMs = (stableHash(name) + Math.round(phase * everyMs)) % everyMs;
  return (at) => {
    const onGrid = Math.floor((at - offsetMs) / everyMs + 1) * everyMs + offsetMs;
    return alsoAt === undefined ? onGrid : Math.min(onGrid, alsoAt(at));
  };
}

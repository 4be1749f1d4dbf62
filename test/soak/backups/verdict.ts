import { readHead } from '../../../src/backups/routeros/head.ts';
import { type Spell, touches } from '../health/spells.ts';
import type { BackupBooks, LoggedOutcome, LoggedRun, LoggedVersion } from './log.ts';
import type { Held } from './routers.ts';

/** What is true of the configuration of a router. */
export interface RouterTruth {
  readonly name: string;
  /** What it had, in order. */
  readonly held: readonly Held[];
  /** When it could not be read whole. */
  readonly unreadable: readonly Spell[];
  /** When what came whole was wrong. */
  readonly wrong: readonly Spell[];
  /** When somebody was logged in to it by SSH. */
  readonly sessions: readonly Spell[];
}

/** What the verdict on backups is made of. */
export interface BackupEvidence {
  readonly routers: readonly RouterTruth[];
  readonly books: BackupBooks;
  /** Of all runs that can be due: their names, and when. */
  readonly due: ReadonlyMap<string, number>;
  /** Since then nothing happens any more, and every router can be read. */
  readonly calmFrom: number;
  /** When the database had a fault. */
  readonly storeTrouble: readonly Spell[];
}

/** A lease of 150 s from the last sign of life of its holder, then the next minute; and what a busy machine needs. */
const TAKEN_UP_WITHIN_MS = 150_000 + 60_000 + 15_000;
/** A router whose lease could not be given back to the database is free after 90 s; and what a busy machine needs. */
const LEFT_OVER_FOR_MS = 90_000 + 15_000;
/** Routers write whole seconds. */
const SECOND_MS = 1_000;
/** A session that is broken is noted a moment later. */
const MOST_OVERLAP_MS = 500;
const UNREADABLE = ['SSH_UNREACHABLE', 'BACKUP_INCOMPLETE'];
const GOOD: readonly LoggedOutcome['outcome'][] = ['first', 'changed', 'unchanged'];

/** Compares what was stored with what the routers had: lines for people, and all that is not as it has to be. */
export function judgeBackups(evidence: BackupEvidence): { readonly lines: string[]; readonly failures: string[] } {
  const { routers, books } = evidence;
  const failures = [
    ...judgeRuns(evidence),
    ...routers.flatMap((router) => [
      ...judgeVersions(router, books),
      ...judgeOutcomes(router, evidence),
      ...judgeTold(router, books),
      ...judgeSessions(router),
    ]),
    ...books.quarantined.map((device) => `${device}: something is in quarantine, and what came last is well`),
  ];
  return { lines: linesOf(evidence), failures };
}

/** Whether nothing is left to be done: no run is open, and one that began after all was calm has read every router. */
export function isSettled(
  runs: readonly LoggedRun[],
  routers: readonly { readonly name: string }[],
  calmFrom: number,
): boolean {
  const isOver = runs.every(({ finishedAt }) => finishedAt !== null);
  return isOver && runs.some((run) => run.from > calmFrom && hasReadAll(run, routers));
}

function hasReadAll({ outcomes }: LoggedRun, routers: readonly { readonly name: string }[]): boolean {
  return routers.every(({ name }) => outcomes.some(({ device, outcome }) => device === name && GOOD.includes(outcome)));
}

/** Each that fell due was made and ended, for every router, and one that was cut off was taken up in time. */
function judgeRuns({ routers, books: { runs }, due, calmFrom }: BackupEvidence): string[] {
  const dueAt = (run: LoggedRun) => due.get(run.run);
  const lastDue = Math.max(0, ...runs.map((run) => dueAt(run) ?? 0));
  const made = new Set(runs.map(({ run }) => run));
  const failures = [...due].flatMap(([run, at]) =>
    at <= lastDue && !made.has(run) ? [`the run that was due at ${at} was never made`] : [],
  );
  if (!isSettled(runs, routers, calmFrom)) failures.push('in the end no run read every router, or one was left open');
  for (const run of runs) {
    const { from, finishedAt, outcomes, takenUp } = run;
    const name = `the run of ${from}`;
    if (dueAt(run) === undefined) failures.push(`${name} was never due`);
    if (finishedAt === null) failures.push(`${name} was never ended`);
    const missing = routers.filter((router) => !outcomes.some(({ device }) => device === router.name));
    if (missing.length > 0) failures.push(`${name} says nothing of ${missing.map((router) => router.name).join(', ')}`);
    for (const { lastSignAt, at } of takenUp) {
      if (at - lastSignAt > TAKEN_UP_WITHIN_MS)
        failures.push(`${name} was taken up ${at - lastSignAt} ms after the last sign of life of who made it`);
    }
  }
  return failures;
}

/**
 * Each version is, byte for byte, what the router exported at that second, later than the version before and not the same; numbers have
 * no gap; and the newest one is what the router has.
 */
function judgeVersions({ name, held }: RouterTruth, { versions }: BackupBooks): string[] {
  const own = versions.filter(({ device }) => device === name);
  const failures: string[] = [];
  let last = -1;
  for (const [index, { version, text }] of own.entries()) {
    if (version !== index + 1) failures.push(`${name}: version ${version} in place of ${index + 1}`);
    const place = text === null ? -1 : placeOf(held, text);
    if (text === null) failures.push(`${name}: version ${version} cannot be read`);
    else if (place < 0) failures.push(`${name}: version ${version} is nothing that it ever had`);
    else if (place <= last) failures.push(`${name}: version ${version} is older than the one before, or the same`);
    else if (sameText(held[place], held[last]))
      failures.push(`${name}: version ${version} is the one before once more`);
    last = Math.max(last, place);
  }
  if (!sameText(held[last], held.at(-1))) failures.push(`${name}: the newest version is not what it has`);
  return failures;
}

/** Which configuration a text is, exported at the second that it says; -1: none. */
function placeOf(held: readonly Held[], text: string): number {
  const { clockMs } = readHead(text);
  if (clockMs === null) return -1;
  return held.findIndex(
    ({ from, to, textAt }) => clockMs > from - SECOND_MS && clockMs <= to && textAt(clockMs) === text,
  );
}

/** But for when they were exported. */
function sameText(one: Held | undefined, other: Held | undefined): boolean {
  return one !== undefined && other !== undefined && one.textAt(0) === other.textAt(0);
}

/** What a run says of a router is what the router was like meanwhile. */
function judgeOutcomes(router: RouterTruth, evidence: BackupEvidence): string[] {
  const { runs, versions } = evidence.books;
  return runs.flatMap((run) =>
    run.outcomes
      .filter(({ device }) => device === router.name)
      .flatMap((outcome) => {
        const wrong = mistakeOf(outcome, run, router, evidence, versions);
        return wrong === null ? [] : [`${router.name}, the run of ${run.from}: ${wrong}`];
      }),
  );
}

function mistakeOf(
  { outcome, code, version, at }: LoggedOutcome,
  run: LoggedRun,
  { name, held, unreadable, wrong }: RouterTruth,
  { books: { runs }, storeTrouble }: BackupEvidence,
  versions: readonly LoggedVersion[],
): string | null {
  const during = { from: run.from, to: at };
  switch (outcome) {
    case 'failed': {
      const isExcused = code?.startsWith('DATABASE_') === true ? storeTrouble.length > 0 : touches(unreadable, during);
      const isKnown = code?.startsWith('DATABASE_') === true || UNREADABLE.includes(code ?? '');
      return isExcused && isKnown ? null : `failed without a reason: ${code}`;
    }
    case 'quarantined':
      return touches(wrong, during) ? null : `quarantined without a reason: ${code}`;
    case 'skipped': {
      const isOther = (other: LoggedRun) =>
        other.run !== run.run && other.from <= at && (other.finishedAt ?? Number.POSITIVE_INFINITY) >= run.from;
      const isLeftOver = touches(storeTrouble, { from: at - LEFT_OVER_FOR_MS, to: at });
      return isLeftOver || runs.some(isOther) ? null : 'skipped, and no other run was open';
    }
    default: {
      const text = versions.find((each) => each.device === name && each.version === version)?.text;
      const place = text === undefined || text === null ? -1 : placeOf(held, text);
      const isSo = held.some((each) => touches([each], during) && sameText(each, held[place]));
      return isSo ? null : `version ${version} is not what it had then`;
    }
  }
}

/** Of each version but the first there is one notice. */
function judgeTold({ name }: RouterTruth, { versions, told }: BackupBooks): string[] {
  const own = versions.filter(({ device }) => device === name).map(({ version }) => version);
  const times = (version: number) => told.filter((each) => each.device === name && each.version === version).length;
  const wrong = own.filter((version, index) => times(version) !== (index === 0 ? 0 : 1));
  const strange = told.filter((each) => each.device === name && !own.includes(each.version));
  return [
    ...wrong.map((version) => `${name}: version ${version} has ${times(version)} notices`),
    ...strange.map(({ version }) => `${name}: a notice tells of a version ${version}, which there is not`),
  ];
}

/** Nobody backs it up while another one does. */
function judgeSessions({ name, sessions }: RouterTruth): string[] {
  const ordered = sessions.toSorted((one, other) => one.from - other.from);
  return ordered.flatMap((session, index) => {
    const before = Math.max(0, ...ordered.slice(0, index).map(({ to }) => to));
    const overlapMs = Math.min(before, session.to) - session.from;
    return overlapMs > MOST_OVERLAP_MS ? [`${name}: two backups at once from ${session.from} on, ${overlapMs} ms`] : [];
  });
}

function linesOf({ routers, books: { runs, versions, told } }: BackupEvidence): string[] {
  const outcomes = runs.flatMap((run) => run.outcomes);
  const counts = [...Map.groupBy(outcomes, ({ outcome, code }) => [outcome, code ?? ''].join(' ').trim())]
    .map(([what, all]) => `${all.length} ${what}`)
    .toSorted();
  const gaps = runs.flatMap(({ takenUp }) => takenUp.map(({ lastSignAt, at }) => at - lastSignAt));
  const seconds = gaps.toSorted((one, other) => one - other).map((ms) => (ms / 1000).toFixed(0));
  return [
    `backups: ${runs.length} runs of ${routers.length} routers: ${counts.join(', ')}`,
    `  ${versions.length} versions of ${routers.flatMap(({ held }) => held).length} configurations; ${told.length} notices of changes; ` +
      (gaps.length === 0
        ? 'no run was cut off'
        : `${gaps.length} runs were cut off, and taken up ${seconds.join(', ')} s after the last sign of life of who made them`),
  ];
}

import { isBreached, limitBytes } from '../../src/usage/accounting/quota.ts';
import { spanMs, union } from '../../src/usage/accounting/span.ts';
import type { QueueDay } from '../../src/usage/ports.ts';
import {
  bookedDays,
  breaches,
  committedTicks,
  mails,
  otherNotices,
  type StoredBreach,
  type StoredMail,
  unobserved,
  waiting,
} from './books.ts';
import { complaintsOf, growthOf, sayGrowth, settlesWithinMs } from './growth.ts';
import { stoppedJudge } from './health/certain.ts';
import type { HealthBooks } from './health/log.ts';
import { type Evidence, judgeHealth } from './health/verdict.ts';
import { MARKER } from './router.ts';
import { collectsEveryMs, QUOTA, type Stage } from './soak.ts';
import type { SoakStore } from './stores.ts';
import type { Expectation } from './truth.ts';

/** How a run ended: lines for people, and everything that is not as it has to be. */
export interface Verdict {
  readonly lines: readonly string[];
  readonly failures: readonly string[];
}

/** Connections of the pool, one a router and the process's own; generous, for a leak grows without end. */
const MOST_OPEN_FILES = 64;
const MOST_RSS_MIB = 400;

export async function judge(stage: Stage, isComplete: boolean): Promise<Verdict> {
  const failures: string[] = isComplete ? [] : ['not everything was booked in time'];
  const lines: string[] = [];
  const days = await bookedDays(stage.store);
  await judgeBytes(stage, days, lines, failures);
  await judgeUnobserved(stage, days, failures);
  await judgeMails(stage, days, lines, failures);
  await judgeWorkers(stage, lines, failures);
  const health = stage.healthBooks === null ? null : judgeHealth(evidenceOf(stage, stage.healthBooks));
  lines.push(...(health?.lines ?? ['health: not judged, an earlier version ran']));
  failures.push(...(health?.failures ?? []));
  lines.push(...[...stage.happened].sort().map(([what, count]) => `  ${String(count).padStart(5)} × ${what}`));
  if (stage.store.skipped !== null) lines.push(`left out: ${stage.store.skipped}`);
  return { lines, failures };
}

function evidenceOf({ network, routers, crew, sink, startedAt, clockLost }: Stage, books: HealthBooks): Evidence {
  const never = { own: [], behind: [], line: [] };
  return {
    hosts: network.truths(),
    routers: routers.map(({ name, disturbances }) => ({
      ...{ name, silent: never, doubtful: disturbances(), maintained: [] },
    })),
    ...{ books, line: network.line(), clocks: crew.clocks() },
    unsure: [
      ...clockLost.spells(),
      ...stoppedJudge(
        crew.lives.flatMap(({ frozen }) => frozen),
        books.log,
      ),
    ],
    whole: { from: startedAt, to: Date.now() },
    arrivals: [...sink.copies().keys()],
  };
}

async function judgeBytes(
  { store, routers }: Stage,
  days: readonly QueueDay[],
  lines: string[],
  failures: string[],
): Promise<void> {
  const committed = await committedTicks(store, routers);
  const sums = { moved: 0n, booked: 0n, wanted: 0n, hidden: 0, commits: 0 };
  const ofRouter = (name: string) => days.filter((day) => day.router === name && day.queue !== MARKER.name);
  for (const [index, router] of routers.entries()) {
    const ticks = committed[index] ?? [];
    sums.commits += ticks.length;
    if (ticks.some((tick, at) => tick < (ticks[at - 1] ?? 0)))
      failures.push(`${router.name}: an older sample was booked last`);
    const expected = router.expect(ticks);
    for (const wanted of expected) {
      const booked = sumOf(ofRouter(router.name).filter((day) => day.queue === wanted.name));
      sums.moved += BigInt(wanted.moved.upload + wanted.moved.download);
      sums.wanted += BigInt(wanted.booked.upload + wanted.booked.download);
      sums.booked += booked.upload + booked.download;
      sums.hidden += wanted.hidden;
      const wrong = mismatch(wanted, booked);
      if (wrong !== null) failures.push(`${router.name} ${wanted.name}: ${wrong}`);
    }
    const known = new Set(expected.map(({ name }) => name));
    for (const { queue } of ofRouter(router.name)) {
      if (!known.has(queue)) failures.push(`${router.name}: the database has ${queue}, which never existed`);
    }
    const all = sumOf(ofRouter(router.name));
    if (all.upload > total(expected, 'upload') || all.download > total(expected, 'download'))
      failures.push(`${router.name}: more is booked than ever moved`);
  }
  lines.push(
    `${sums.commits} samples committed; ${sums.moved} bytes moved, ${sums.booked} booked; ${sums.moved - sums.wanted} were wiped before a committed sample showed them` +
      (sums.hidden > 0 ? ` (${sums.hidden} resets were outgrown unseen)` : ''),
  );
}

function total(expected: readonly Expectation[], direction: 'upload' | 'download'): bigint {
  return expected.reduce((sum, { moved }) => sum + BigInt(moved[direction]), 0n);
}

function sumOf(days: readonly QueueDay[]): { readonly upload: bigint; readonly download: bigint } {
  return {
    upload: days.reduce((sum, day) => sum + day.uploadBytes, 0n),
    download: days.reduce((sum, day) => sum + day.downloadBytes, 0n),
  };
}

function mismatch(wanted: Expectation, booked: { readonly upload: bigint; readonly download: bigint }): string | null {
  const upload = booked.upload - BigInt(wanted.booked.upload);
  const download = booked.download - BigInt(wanted.booked.download);
  if (upload === 0n && download === 0n) return null;
  return `${upload} / ${download} bytes off`;
}

/**
 * Unobserved time is kept as a sum by day and from when to when: neither may know of any without the other. The sums may be longer, where
 * the clock was set back into time that had been lost already, and of what an earlier version booked they are all there is.
 */
async function judgeUnobserved(
  { store, isUpgraded }: Stage,
  days: readonly QueueDay[],
  failures: string[],
): Promise<void> {
  const keyOf = ({ router, queue }: { readonly router: string; readonly queue: string }) => `${router} ${queue}`;
  const spans = Map.groupBy(await unobserved(store), keyOf);
  const sums = new Map<string, number>();
  for (const day of days) sums.set(keyOf(day), (sums.get(keyOf(day)) ?? 0) + day.unobservedMs);
  for (const key of new Set([...spans.keys(), ...sums.keys()])) {
    const [spansMs, sumMs] = [sum(union(spans.get(key) ?? []).map(spanMs)), sums.get(key) ?? 0];
    if (spansMs > sumMs || (spansMs === 0 && sumMs > 0 && !isUpgraded))
      failures.push(`${key}: unobserved for ${sumMs} ms by day and for ${spansMs} ms by spans`);
  }
}

async function judgeMails(stage: Stage, days: readonly QueueDay[], lines: string[], failures: string[]): Promise<void> {
  const stored = await breaches(stage.store);
  const copies = stage.sink.copies();
  failures.push(...unrecorded(days, stored));
  const mailed = stored.filter(({ state }) => state === 'mailed');
  const outbox = await mails(stage.store);
  const givenUp = new Set(outbox.filter(({ state }) => state === 'failed').map(({ id }) => id));
  for (const breach of mailed) {
    if (breach.mailId === null || !(copies.has(breach.mailId) || givenUp.has(breach.mailId)))
      failures.push(`${nameOf(breach)}: neither mailed nor refused for good`);
  }
  const unsent = waiting(outbox).length;
  if (unsent > 0) failures.push(`${unsent} mails were not sent`);
  const surplus = sum([...copies.values()].map((count) => count - 1));
  const allowed = stage.crew.kills() + stage.sink.answersLost() + stage.storeTrouble.spells().length;
  if (surplus > allowed)
    failures.push(`${surplus} mails came twice, and only ${allowed} kills and lost answers can be why`);
  judgeRefusals(stage, outbox, allowed, failures);
  const others = await otherNotices(stage.store);
  for (const id of others)
    if (!copies.has(id) && !givenUp.has(id)) failures.push(`notice ${id}: neither mailed nor refused for good`);
  const strangers = [...copies.keys()].filter((id) => !others.has(id) && !mailed.some(({ mailId }) => mailId === id));
  if (strangers.length > 0) failures.push(`${strangers.length} mails that no breach knows`);
  lines.push(
    `${stored.length} breaches, ${mailed.length} of them mailed; ${copies.size} mails, ${[...copies.keys()].filter((id) => others.has(id)).length} of them about devices and configurations; ${surplus} came again under the same Message-ID ` +
      `(${stage.crew.kills()} kills, ${stage.sink.answersLost()} answers of the mail server lost); ` +
      `${givenUp.size} given up after three refusals for good (${stage.sink.recipientsRefused()} 5xx to RCPT, ${sum(stage.sink.refusals().values())} to DATA)`,
  );
}

/** Promised (docs/mail.md): a 5xx to RCPT or DATA is an answer when it came three times. */
const FINAL_REFUSALS = 3;

/**
 * A mail is given up for three refusals and for nothing else, and each that the outbox counts was given: to DATA for that very mail, or
 * to RCPT, of which the server knows only how many it gave. A refusal is not counted when the worker or the database dies of it.
 */
function judgeRefusals({ sink }: Stage, outbox: readonly StoredMail[], uncounted: number, failures: string[]): void {
  const ofData = (id: string) => sink.refusals().get(id) ?? 0;
  for (const { id, state, refusals } of outbox) {
    if ((state === 'failed') !== (refusals === FINAL_REFUSALS))
      failures.push(`mail ${id} is ${state} after ${refusals} refusals`);
  }
  const neverGiven = sum(outbox.map(({ id, refusals }) => Math.max(0, refusals - ofData(id))));
  if (neverGiven > sink.recipientsRefused())
    failures.push(`${neverGiven} refusals of a recipient are counted, ${sink.recipientsRefused()} were given`);
  const tooMany = sum(outbox.map(({ id, refusals }) => Math.max(0, ofData(id) - refusals)));
  if (tooMany > uncounted) failures.push(`${tooMany} refusals of mails were not counted`);
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((all, number) => all + number, 0);
}

/** Crossings that no breach tells of, in words. Evaluation comes after the commit, and after trouble with the database only in a while. */
export async function missingBreaches(store: SoakStore): Promise<string[]> {
  return unrecorded(await bookedDays(store), await breaches(store));
}

function unrecorded(days: readonly QueueDay[], stored: readonly StoredBreach[]): string[] {
  const keyOf = (each: Pick<StoredBreach, 'router' | 'user' | 'day' | 'threshold'>) =>
    JSON.stringify([each.router, each.user, each.day, each.threshold]);
  const known = new Set(stored.map(keyOf));
  return crossings(days)
    .filter((crossing) => !known.has(keyOf(crossing)))
    .map(
      ({ router, user, day, threshold }) =>
        `${router} ${user}: over ${threshold} % on ${day}, and no breach is recorded`,
    );
}

/** Who crossed which threshold on which day, without bytes that are shared out over a midnight by guess. */
function crossings(days: readonly QueueDay[]): Pick<StoredBreach, 'router' | 'user' | 'day' | 'threshold'>[] {
  const limit = limitBytes(QUOTA.dailyGb);
  const byUser = Map.groupBy(
    days.filter(({ queue }) => queue !== MARKER.name),
    ({ router, user, day }) => JSON.stringify([router, user, day]),
  );
  return [...byUser.values()].flatMap((rows) => {
    const [first] = rows;
    if (first === undefined || rows.some(({ estimatedBytes }) => estimatedBytes > 0n)) return [];
    const { router, user, day } = first;
    const { download } = sumOf(rows);
    const crossed = QUOTA.warnAtPercent.filter((threshold) => isBreached(download, limit, threshold));
    return crossed.map((threshold) => ({ router, user, day, threshold }));
  });
}

function nameOf({ router, user, day, threshold }: StoredBreach): string {
  return `${router} ${user} ${day} ${threshold} %`;
}

async function judgeWorkers({ crew, routers, store }: Stage, lines: string[], failures: string[]): Promise<void> {
  failures.push(...crew.misdeeds);
  for (const complaint of crew.all.flatMap(({ complaints }) => complaints))
    failures.push(`logged: ${complaint.slice(0, 600)}`);
  const readings = crew.all.flatMap(({ usage }) => usage);
  const mostFiles = Math.max(0, ...readings.map(({ openFiles }) => openFiles));
  const mostRss = Math.max(0, ...readings.map(({ rssMib }) => rssMib));
  if (mostFiles > MOST_OPEN_FILES) failures.push(`a worker had ${mostFiles} files open`);
  if (mostRss > MOST_RSS_MIB) failures.push(`a worker took ${mostRss.toFixed(0)} MiB`);
  const settledMs = settlesWithinMs(routers.length / crew.size, collectsEveryMs(routers.length));
  const lives = crew.all.flatMap(({ held }) => growthOf(held, settledMs) ?? []);
  failures.push(...lives.flatMap(complaintsOf));
  if (crew.all.every(({ held }) => held.length === 0)) failures.push('no worker told what memory it holds');
  const running = crew.all.filter((worker) => !worker.hasEnded()).length;
  for (const router of routers) {
    if (router.openConnections() > running)
      failures.push(`${router.name} has ${router.openConnections()} connections open`);
  }
  const connections = await store.connections();
  lines.push(
    `${crew.all.length} worker processes; at most ${mostFiles} open files and ${mostRss.toFixed(0)} MiB each` +
      `; ${sayGrowth(lives)}` +
      (connections > 0 ? `; ${connections} connections to the server at the end` : ''),
  );
}

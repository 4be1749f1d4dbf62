import type { Baseline, Counter, RouterState, Sample } from './counter.ts';
import { type Account, createDraft, type Draft, NAMELESS } from './draft.ts';
import {
  clockStepBackMs,
  clockStepMs,
  intervalByClock,
  intervalOverBoot,
  intervalWithinBoot,
  type Span,
  sinceRead,
  spanMs,
} from './span.ts';
import { type JudgedAt, judgeSuccession } from './succession.ts';
import { accountContinued } from './within-boot.ts';

export interface AccountingRules extends JudgedAt {
  /** Fastest the router's line can be, in megabits per second (10^6 bits), each way. */
  readonly lineMbps: number;
  /** First instant of the local day in which the sample was taken, Unix ms. */
  readonly dayStartAt: number;
}

const ZERO: Counter = { uploadBytes: 0n, downloadBytes: 0n };

/**
 * The rules of docs/accounting.md: turns a router's last state and a new sample into deltas, new baselines and events. Comments and tests
 * number them: 1 a late sample, 2 a reboot, 3 another device, 4 a queue is its `.id` within one boot, 5 any other row, 6 a row that is missing
 * or does not parse, 7 the first sample, 8 what cannot be true, 9 a span over a midnight, 10 a poll on each midnight.
 *
 * Pure; `null` means that the sample is dropped (late, or committed before) and nothing changes.
 */
export function accountSample(stored: RouterState | null, sample: Sample, rules: AccountingRules): Account | null {
  const draft = createDraft(sample, rules.lineMbps);
  if (stored === null) {
    accountFirst(draft, sample, rules);
    return draft.finish(null);
  }
  const verdict = judgeSuccession(stored, sample, rules);
  const dated = datedState(stored, sample, rules.earliestAt);
  switch (verdict.succession) {
    case 'duplicate':
    case 'late':
      return null;
    case 'replaced':
      accountReplaced(draft, redated(dated, clockStepBackMs(dated, sample)), sample);
      break;
    case 'rebooted':
      accountReboot(draft, redated(dated, clockStepBackMs(dated, sample)), sample);
      break;
    case 'claimed':
      accountClaimed(draft, dated, sample);
      break;
    case 'continued': {
      const state = redated(dated, clockStepMs(dated, sample));
      if (state !== dated) draft.redate(state.baselines.values());
      const interval = intervalWithinBoot(state, sample);
      accountContinued(draft, state, sample, { interval, lost: interval });
      break;
    }
  }
  if (verdict.clockStepped) draft.event('CLOCK_STEPPED', null, intervalByClock(dated, sample));
  return draft.finish(dated);
}

/** An instant that an earlier version took from a clock that was not set means nothing. */
function datedState(stored: RouterState, sample: Sample, earliestAt: number): RouterState {
  if (stored.sampledAt >= earliestAt) return stored;
  const { sampledAt } = sample;
  const rows = [...stored.baselines].map(([id, old]): [string, Baseline] => [
    id,
    old.seenAt >= earliestAt ? old : { ...old, seenAt: sampledAt },
  ]);
  return { ...stored, sampledAt, baselines: new Map(rows) };
}

/** Rule 7: the first sample ever. */
function accountFirst(draft: Draft, sample: Sample, rules: AccountingRules): void {
  const bootAt = sample.sampledAt - sample.uptimeMs;
  const sinceBoot: Span = { startAt: bootAt, endAt: sample.sampledAt };
  const countsToday = bootAt >= rules.dayStartAt;
  for (const row of draft.rows) {
    if (countsToday) draft.book(row, row, { span: sinceBoot, elapsedMs: sample.endUptimeMs });
    draft.present(row);
  }
  // Where the whole counters are today's, a row that cannot be read yet has counted from 0 since the boot as well.
  for (const row of sample.unreadable)
    draft.listedUnread(row, countsToday ? ZERO : null, countsToday ? bootAt : sample.sampledAt);
  draft.event('ROUTER_FIRST_READ', null, { startAt: sample.sampledAt, endAt: sample.sampledAt });
}

/** Rule 3: another device under the same address. Its counters say nothing about ours. */
function accountReplaced(draft: Draft, stored: RouterState, sample: Sample): void {
  const interval = intervalByClock(stored, sample);
  for (const row of draft.rows) {
    draft.lose(row, interval);
    draft.present(row);
  }
  for (const row of sample.unreadable) draft.listedUnread(row, null, sample.sampledAt);
  for (const old of stored.baselines.values()) {
    if (old.presence !== 'missing') draft.lose(old, sinceRead(old, interval));
  }
  draft.event('ROUTER_REPLACED', null, interval);
}

/** Rule 2: every counter began again at 0 with the boot. */
function accountReboot(draft: Draft, stored: RouterState, sample: Sample): void {
  const { before, since } = intervalOverBoot(stored, sample);
  const whole: Span = { startAt: before.startAt, endAt: since.endAt };
  const known = knownBefore(stored);
  const listed = listedIn(sample);

  for (const row of draft.rows) {
    const byName = known.byName.get(row.name);
    const byId = row.dynamic ? undefined : known.byId.get(row.id);
    // A queue that ceased to be a parent may still hold its children's bytes since the boot.
    const queue = { ...row, isParent: row.isParent || byName?.isParent === true || byId?.isParent === true };
    draft.book(queue, row, { span: since, elapsedMs: sample.endUptimeMs });
    // Its name and its `.id` may have been those of two rows; neither comes again.
    for (const old of [byName, byId]) if (old !== undefined) draft.restart(queue, sinceRead(old, before));
    if (byName === undefined && byId === undefined && spanMs(before) > 0) draft.lose(queue, before);
    draft.present(row);
  }
  for (const row of sample.unreadable) {
    // It cannot be read yet, but all its bytes were counted since the boot.
    draft.listedUnread(row, ZERO, since.startAt);
  }
  for (const old of known.byId.values()) {
    const again = listed.names.has(old.name) || listed.staticIds.has(old.id);
    const unread = listed.unreadIds.has(old.id) || listed.unreadNames.has(old.name);
    if (unread && !again) draft.restart(old, sinceRead(old, before));
    else if (!again) draft.lose(old, sinceRead(old, whole));
  }
  draft.event('ROUTER_REBOOTED', null, before);
}

/**
 * Rule 2 where only the wall clocks of two machines suggest that the router rebooted. Without a reboot the usage is the difference,
 * with one it is the whole counter. Since it is unknown which, the smaller of the two is booked: that much is certain.
 */
function accountClaimed(draft: Draft, stored: RouterState, sample: Sample): void {
  const lost = intervalByClock(stored, sample);
  accountContinued(draft, stored, sample, { interval: intervalOverBoot(stored, sample).since, lost });
  for (const row of draft.rows) draft.lose(row, lost);
  draft.event('REBOOT_UNCERTAIN', null, lost);
}

/** How long a row has not been read is not to depend on steps of the wall clock: the instants at which they were read move with it. */
function redated(stored: RouterState, stepMs: number): RouterState {
  if (stepMs === 0) return stored;
  const rows = [...stored.baselines].map(([id, old]): [string, Baseline] => [
    id,
    { ...old, seenAt: old.seenAt + stepMs },
  ]);
  return { ...stored, sampledAt: stored.sampledAt + stepMs, baselines: new Map(rows) };
}

/** What is known by a name; where several rows bear it, of the one that has not been read for longest. */
type KnownName = Pick<Baseline, 'presence' | 'seenAt' | 'isParent'>;

interface KnownRows {
  readonly byId: ReadonlyMap<string, Baseline>;
  readonly byName: ReadonlyMap<string, KnownName>;
}

/** The rows of the last sample; those that were missing in it are not among them. */
function knownBefore(stored: RouterState): KnownRows {
  const byId = new Map<string, Baseline>();
  const byName = new Map<string, KnownName>();
  for (const old of stored.baselines.values()) {
    if (old.presence === 'missing' || old.name === NAMELESS) continue;
    byId.set(old.id, old);
    const other = byName.get(old.name) ?? old;
    const { presence, seenAt } = other.seenAt < old.seenAt ? other : old;
    byName.set(old.name, { presence, seenAt, isParent: old.isParent || other.isParent });
  }
  return { byId, byName };
}

function listedIn(sample: Sample): {
  names: Set<string>;
  staticIds: Set<string>;
  unreadIds: Set<string>;
  unreadNames: Set<string>;
} {
  return {
    names: new Set(sample.queues.map((row) => row.name)),
    staticIds: new Set(sample.queues.filter((row) => !row.dynamic).map((row) => row.id)),
    unreadIds: new Set(sample.unreadable.flatMap((row) => row.id ?? [])),
    unreadNames: new Set(sample.unreadable.flatMap((row) => row.name ?? [])),
  };
}

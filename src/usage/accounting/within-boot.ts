import type { Baseline, Counter, QueueReading, RouterState, Sample } from './counter.ts';
import { type Draft, NAMELESS } from './draft.ts';
import { type Span, sinceRead, spanMs } from './span.ts';

/** A missing row keeps its baseline this long (rule 6, see `accountSample`). */
const MISSING_KEPT_MS = 24 * 3_600_000;

/**
 * Rules 4 to 6: within one boot a queue is its `.id`.
 *
 * @param over `interval` dates what moved; in `lost` bytes may have been lost
 */
export function accountContinued(
  draft: Draft,
  stored: RouterState,
  sample: Sample,
  { interval, lost }: { readonly interval: Span; readonly lost: Span },
): void {
  const byUptimeMs = sample.endUptimeMs - stored.uptimeMs;
  const elapsedSince = (startAt: number): number =>
    Math.max(byUptimeMs, spanMs(interval)) + Math.max(0, interval.startAt - startAt);
  let kept = 0;
  const made: QueueReading[] = [];
  for (const row of draft.rows) {
    const old = stored.baselines.get(row.id);
    if (old === undefined || !isSuccessor(row, old)) {
      made.push(row);
      continue;
    }
    kept += 1;
    const span = sinceRead(old, interval);
    const lostSince = sinceRead(old, lost);
    // A queue that ceased to be a parent may still hold its children's bytes of this interval.
    const queue = old.isParent && !row.isParent ? { ...row, isParent: true } : row;
    if (old.counter === null) {
      draft.lose(queue, lostSince);
    } else if (row.uploadBytes >= old.counter.uploadBytes && row.downloadBytes >= old.counter.downloadBytes) {
      draft.book(queue, increase(old.counter, row), { span, elapsedMs: elapsedSince(span.startAt) });
    } else {
      // The possible loss of a missing row, until it was missed, has been recorded already.
      const isMissing = old.presence === 'missing';
      const since = isMissing ? interval : span;
      draft.restart(queue, isMissing ? lost : lostSince);
      draft.event('COUNTER_RESTARTED', row.name, isMissing ? lost : lostSince);
      draft.book(queue, row, { span: since, elapsedMs: elapsedSince(since.startAt) });
    }
    draft.present(row, old);
  }

  const takenIds = new Set(made.map((row) => row.id));
  const hadNamelessRow = keepUnreadable(draft, stored, sample, takenIds);

  const gone = new Map<string, Span>();
  const others = kept === stored.baselines.size ? [] : stored.baselines.values();
  for (const old of others) {
    if (draft.isTold(old.id)) continue;
    if (hadNamelessRow && !takenIds.has(old.id)) {
      draft.unseen(old, stillUnseen(old));
    } else if (old.presence !== 'missing') {
      const span = sinceRead(old, lost);
      if (old.name !== NAMELESS) gone.set(old.name, span);
      draft.lose(old, span);
      draft.unseen(old, 'missing');
    } else if (sample.sampledAt - old.seenAt > MISSING_KEPT_MS) {
      draft.forget(old.id);
    }
  }

  for (const row of made) {
    const lostBefore = gone.get(row.name);
    if (stored.hadUnidentifiedRows) {
      // It may be the row that could not be told apart last time, and have counted long before.
      draft.lose(row, lost);
    } else {
      if (lostBefore !== undefined) {
        draft.restart(row, lostBefore);
        draft.event('COUNTER_RESTARTED', row.name, lostBefore);
      }
      draft.book(row, row, { span: interval, elapsedMs: elapsedSince(interval.startAt) });
    }
    draft.present(row);
    gone.delete(row.name);
  }
  for (const [name, span] of gone) draft.event('QUEUE_GONE', name, span);
}

/**
 * Rule 6: a row that does not parse is not missing; its baseline stays.
 * @returns whether some row could have been any (it had neither `.id` nor name), so that no row can be said to be missing
 */
function keepUnreadable(draft: Draft, stored: RouterState, sample: Sample, takenIds: ReadonlySet<string>): boolean {
  let hadNamelessRow = false;
  for (const row of sample.unreadable) {
    if (row.id !== null) {
      const old = stored.baselines.get(row.id);
      if (draft.isTold(row.id)) continue;
      // Whichever row it is: one whose name was never readable has not been booked either.
      const isBack = old?.presence === 'missing' && row.name !== null && [row.name, NAMELESS].includes(old.name);
      const isOther = old?.presence === 'missing' && row.name !== null && !isBack;
      if (old === undefined || isOther) draft.listedUnread(row, null, stored.sampledAt);
      else draft.unseen(old, isBack ? 'unreadable' : stillUnseen(old));
    } else if (row.name === null) {
      hadNamelessRow = true;
    } else {
      for (const old of stored.baselines.values()) {
        if (old.name !== row.name || draft.isTold(old.id) || takenIds.has(old.id)) continue;
        draft.unseen(old, stillUnseen(old));
      }
    }
  }
  return hadNamelessRow;
}

/** A row that was missing is not back because an unreadable one might be it: under another name its `.id` is another row's. */
function stillUnseen(old: Baseline): 'unreadable' | 'missing' {
  return old.presence === 'missing' ? 'missing' : 'unreadable';
}

/** A dynamic row is never renamed: under another name the same `.id` is another row, unless the name was never readable. */
function isSuccessor(row: QueueReading, old: Baseline): boolean {
  if (row.name === old.name || old.counter === null || old.name === NAMELESS) return true;
  return !row.dynamic && old.presence !== 'missing';
}

function increase(from: Counter, to: Counter): Counter {
  return {
    uploadBytes: to.uploadBytes - from.uploadBytes,
    downloadBytes: to.downloadBytes - from.downloadBytes,
  };
}

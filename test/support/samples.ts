import type { Counter, FreshStamp, QueueReading, RouterState, Sample } from '../../src/usage/accounting/counter.ts';
import { type AccountingRules, accountSample } from '../../src/usage/accounting/delta.ts';
import type { Account, QueueEntry } from '../../src/usage/accounting/draft.ts';
import { nextState } from './truth-model.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** 10 June 2026, 08:00 UTC: from here the tests count their time. */
export const START_AT = Date.UTC(2026, 5, 10, 8);
/** Uptime of the tests' router at the start. */
export const START_UPTIME_MS = 50 * HOUR;

/** A static queue; its `.id` is `*` and its name unless another is given. */
export function queue(
  name: string,
  uploadBytes: number,
  downloadBytes: number,
  over: Partial<QueueReading> = {},
): QueueReading {
  return {
    id: `*${name}`,
    name,
    user: name,
    dynamic: false,
    isParent: false,
    comment: null,
    uploadBytes: BigInt(uploadBytes),
    downloadBytes: BigInt(downloadBytes),
    ...over,
  };
}

/** When something was read, so many ms after the start, by process `one` from a router that has not rebooted since. */
export function stampAt(afterMs: number, over: Partial<FreshStamp> = {}): FreshStamp {
  const uptimeMs = over.uptimeMs ?? START_UPTIME_MS + afterMs;
  const monotonicMs = over.monotonicMs ?? 7_000_000 + afterMs;
  return {
    sampledAt: START_AT + afterMs,
    uptimeMs,
    endUptimeMs: uptimeMs + 1_200,
    reader: 'one',
    monotonicMs,
    askedMs: monotonicMs,
    bootId: null,
    serial: 'SERIAL-1',
    ...over,
  };
}

export function sampleAt(afterMs: number, queues: readonly QueueReading[], over: Partial<Sample> = {}): Sample {
  return { ...stampAt(afterMs, over), queues, unreadable: [], ...over };
}

export interface Lived {
  /** What the last sample changed; `null` when it was dropped. */
  readonly account: Account | null;
  readonly state: RouterState | null;
}

/** Takes in samples one after the other, as the worker would in UTC. */
export function live(samples: readonly Sample[], rules: Partial<AccountingRules> = {}): Lived {
  let lived: Lived = { account: null, state: null };
  for (const sample of samples) {
    const dayStartAt = Math.floor(sample.sampledAt / (24 * HOUR)) * 24 * HOUR;
    const account = accountSample(lived.state, sample, {
      lineMbps: 10_000,
      dayStartAt,
      nowAt: sample.sampledAt,
      nowMonotonicMs: sample.monotonicMs,
      earliestAt: 0,
      ...rules,
    });
    lived = { account, state: account === null ? lived.state : nextState(lived.state, sample, account) };
  }
  return lived;
}

/** What the last of the samples says of a queue, in numbers that are easy to write down; times are ms after the start. */
export interface Said {
  readonly deltas: readonly { upload: number; download: number; from: number; to: number }[];
  readonly restarts: number;
  readonly unobserved: readonly [from: number, to: number] | null;
}

export const NOTHING: Said = { deltas: [], restarts: 0, unobserved: null };

export function saidOf({ account }: Lived, name: string): Said {
  if (account === null) throw new Error('the sample was dropped');
  const entries = account.entries.filter((entry) => entry.name === name);
  const [entry] = entries;
  if (entries.length > 1) throw new Error(`${name} has ${entries.length} entries`);
  return entry === undefined ? NOTHING : saidIn(entry);
}

function saidIn({ deltas, restarts, unobserved }: QueueEntry): Said {
  return {
    deltas: deltas.map(({ uploadBytes, downloadBytes, span }) => ({
      upload: Number(uploadBytes),
      download: Number(downloadBytes),
      from: span.startAt - START_AT,
      to: span.endAt - START_AT,
    })),
    restarts,
    unobserved: unobserved === null ? null : [unobserved.startAt - START_AT, unobserved.endAt - START_AT],
  };
}

/** One delta and nothing else. */
export function moved(upload: number, download: number, from: number, to: number): Said {
  return { ...NOTHING, deltas: [{ upload, download, from, to }] };
}

/** Codes of the events, each with its queue where it has one. */
export function eventsOf({ account }: Lived): string[] {
  return (account?.events ?? []).map(({ code, queue: name }) => (name === null ? code : `${code} ${name}`));
}

export function counterIn({ state }: Lived, id: string): Counter | null {
  return state?.baselines.get(id)?.counter ?? null;
}

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Condition } from '../../../src/devices/ports.ts';
import type { ClaimedNotice, LineOutcome, Outbox, OutboxWatch } from '../../../src/notices/ports.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import type { JobRun } from '../../../src/runtime/jobs.ts';
import type { Booking, DailyPart } from '../../../src/usage/ports.ts';
import { conditionOf } from '../../support/conditions.ts';
import { parseExposition, valueIn } from '../../support/exposition.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createMetrics } from '../../support/metrics.ts';
import { noticeOf, outcomeOf } from '../../support/notices.ts';

const NOON = Date.UTC(2026, 5, 10, 12);
const away = new TroubleError('DATABASE_UNAVAILABLE', 'away', 'start it');

const facts = { version: '7.20.1', board: null, identity: null, bootedAt: 0 };

interface World {
  readonly routers?: readonly string[];
  readonly waiting?: OutboxWatch['waiting'];
  readonly runs?: () => Promise<JobRun[]>;
}

function setUp({ routers = ['edge'], waiting, runs }: World = {}) {
  const clock = createManualClock(NOON);
  const read = new Map<string, Partial<Condition>>();
  const metrics = createMetrics({
    clock,
    everyMs: 60_000,
    conditions: () =>
      routers.map((router, index) => conditionOf(router, { isFresh: index === 0, ...read.get(router) })),
    backlog: { size: () => 4, dropped: () => ({ spare: 3, needed: 1 }) },
    outbox: { waiting: waiting ?? (async () => ({ mails: 0, oldestAt: null })) },
    jobs: { note: async () => {}, lastRuns: runs ?? (async () => []) },
  });
  return {
    clock,
    metrics,
    read,
    scrape: async () => parseExposition((await metrics.scrape()).text),
  };
}

function part(more: Partial<DailyPart> = {}): DailyPart {
  return {
    name: 'bob',
    user: 'bob',
    isParent: false,
    comment: null,
    day: '2026-06-10',
    uploadBytes: 0n,
    downloadBytes: 0n,
    estimatedBytes: 0n,
    unobservedMs: 0,
    restarts: 0,
    hours: [],
    ...more,
  };
}

function booking(usage: readonly DailyPart[], events: Booking['events'] = []): Booking {
  const stamp = {
    sampledAt: NOON,
    uptimeMs: 1,
    endUptimeMs: 1,
    reader: 'r',
    monotonicMs: 1,
    bootId: null,
    serial: null,
  };
  return {
    stamp,
    hadUnidentifiedRows: false,
    changedBaselines: [],
    removedBaselineIds: [],
    queues: usage,
    usage,
    unobserved: [],
    events,
  };
}

describe('the metrics of collecting', () => {
  it('start at 0 for every router, so that a rate knows the first poll', async () => {
    const series = await setUp({ routers: ['edge', 'core'] }).scrape();
    for (const router of ['edge', 'core']) {
      for (const outcome of ['booked', 'dropped', 'held', 'failed']) {
        assert.equal(valueIn(series, 'netsentinel_polls_total', { router, outcome }), 0);
      }
      assert.equal(valueIn(series, 'netsentinel_booked_bytes_total', { router, direction: 'upload' }), 0);
    }
    assert.equal(valueIn(series, 'netsentinel_router_last_booked_timestamp_seconds'), undefined);
  });

  it('count polls by outcome, trouble by code, and say when and how long', async () => {
    const { metrics, scrape, read } = setUp();
    const { polled } = metrics.listener;
    const trouble = new TroubleError('ROUTER_REFUSED', 'refused', 'look');
    polled({ status: 'booked', router: 'edge', queues: 12, facts }, 250);
    polled({ status: 'dropped', router: 'edge', queues: 11, facts }, 125);
    polled({ status: 'failed', router: 'edge', trouble }, 5_000);
    polled({ status: 'held', router: 'edge', trouble: away, facts }, 0);
    read.set('edge', { lastReadAt: NOON + 60_000 });
    const series = await scrape();
    const labels = { router: 'edge' };
    assert.equal(valueIn(series, 'netsentinel_polls_total', { ...labels, outcome: 'booked' }), 1);
    assert.equal(valueIn(series, 'netsentinel_polls_total', { ...labels, outcome: 'failed' }), 1);
    assert.equal(valueIn(series, 'netsentinel_poll_failures_total', { ...labels, code: 'ROUTER_REFUSED' }), 1);
    assert.equal(valueIn(series, 'netsentinel_poll_failures_total', { ...labels, code: 'DATABASE_UNAVAILABLE' }), 1);
    assert.equal(valueIn(series, 'netsentinel_queues', labels), 11);
    const at = (NOON + 60_000) / 1000;
    assert.equal(valueIn(series, 'netsentinel_router_last_booked_timestamp_seconds', labels), at);
    assert.equal(valueIn(series, 'netsentinel_poll_duration_seconds_bucket', { ...labels, le: '0.5' }), 3);
    assert.equal(valueIn(series, 'netsentinel_poll_duration_seconds_sum', labels), 5.375);
  });

  it('say when a router was last read before the start', async () => {
    const { read, scrape } = setUp();
    read.set('edge', { isFresh: false, lastReadAt: NOON - 7_200_000 });
    const at = valueIn(await scrape(), 'netsentinel_router_last_booked_timestamp_seconds', { router: 'edge' });
    assert.equal(at, (NOON - 7_200_000) / 1000);
  });

  it('follow the configuration: a new router starts at 0, one that left is no longer shown as read or not', async () => {
    const routers = ['edge', 'core'];
    const { metrics, scrape } = setUp({ routers });
    metrics.listener.polled({ status: 'booked', router: 'core', queues: 3, facts }, 10);
    assert.equal(valueIn(await scrape(), 'netsentinel_queues', { router: 'core' }), 3);
    routers.splice(1, 1, 'new');
    const series = await scrape();
    for (const name of ['router_fresh', 'queues', 'router_last_booked_timestamp_seconds']) {
      assert.equal(valueIn(series, `netsentinel_${name}`, { router: 'core' }), undefined);
    }
    assert.equal(valueIn(series, 'netsentinel_polls_total', { router: 'core', outcome: 'booked' }), 1);
    assert.equal(valueIn(series, 'netsentinel_polls_total', { router: 'new', outcome: 'booked' }), 0);
    assert.equal(valueIn(series, 'netsentinel_router_fresh', { router: 'new' }), 0);
  });

  it('sum what a booking holds, and leave the bytes of parents out', async () => {
    const { metrics, scrape } = setUp();
    const event = { at: NOON, code: 'ROUTER_REBOOTED', queue: null, detail: 'it rebooted' };
    metrics.listener.booked(
      'edge',
      booking(
        [
          part({ uploadBytes: 10n, downloadBytes: 2n ** 54n, unobservedMs: 1_500, restarts: 1 }),
          part({ name: 'ann', downloadBytes: 4n, unobservedMs: 500 }),
          part({ name: 'all', isParent: true, uploadBytes: 10n, downloadBytes: 99n, restarts: 1 }),
        ],
        [event],
      ),
    );
    const series = await scrape();
    const labels = { router: 'edge' };
    assert.equal(valueIn(series, 'netsentinel_booked_bytes_total', { ...labels, direction: 'upload' }), 10);
    const download = valueIn(series, 'netsentinel_booked_bytes_total', { ...labels, direction: 'download' });
    assert.equal(download, Number(2n ** 54n + 4n));
    assert.equal(valueIn(series, 'netsentinel_unobserved_seconds_total', labels), 2);
    assert.equal(valueIn(series, 'netsentinel_restarts_total', labels), 2);
    assert.equal(valueIn(series, 'netsentinel_events_total', { ...labels, code: 'ROUTER_REBOOTED' }), 1);
  });

  it('show what is held, what was given up and who is fresh', async () => {
    const { scrape } = setUp({ routers: ['edge', 'core'] });
    await scrape();
    const series = await scrape();
    assert.equal(valueIn(series, 'netsentinel_samples_held'), 4);
    assert.equal(valueIn(series, 'netsentinel_samples_dropped_total', { kind: 'needed' }), 1);
    assert.equal(valueIn(series, 'netsentinel_samples_dropped_total', { kind: 'spare' }), 3);
    assert.equal(valueIn(series, 'netsentinel_router_fresh', { router: 'edge' }), 1);
    assert.equal(valueIn(series, 'netsentinel_router_fresh', { router: 'core' }), 0);
    assert.equal(valueIn(series, 'netsentinel_poll_interval_seconds'), 60);
  });

  it('have as many series with a thousand queues as with one, and never the name of one', async () => {
    const one = setUp();
    one.metrics.listener.booked('edge', booking([part({ downloadBytes: 1n })]));
    const thousand = setUp();
    const names = Array.from({ length: 1_000 }, (_, index) => `queue-"${index}"\n} 1`);
    const usage = names.map((name) => part({ name, user: name, comment: name, downloadBytes: 1n }));
    thousand.metrics.listener.booked('edge', booking(usage));
    thousand.metrics.listener.polled({ status: 'booked', router: 'edge', queues: 1_000, facts }, 10);
    one.metrics.listener.polled({ status: 'booked', router: 'edge', queues: 1, facts }, 10);
    const ours = (series: { name: string }[]) => series.filter(({ name }) => name.startsWith('netsentinel_')).length;
    assert.equal(ours(await thousand.scrape()), ours(await one.scrape()));
    assert.doesNotMatch((await thousand.metrics.scrape()).text, /queue-/);
  });

  it('keep a router whole, whatever it is called', async () => {
    const hostile = [
      'a"b',
      'back\\slash',
      '\\n',
      'two\nlines',
      '{} 1',
      '# HELP x',
      'x",y="z',
      'роутер 🛰',
      '\u202eevil',
    ];
    const name = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), async (routers) => {
        const { metrics, scrape } = setUp({ routers });
        for (const router of routers) metrics.listener.polled({ status: 'booked', router, queues: 1, facts }, 1);
        const series = (await scrape()).filter((each) => each.name === 'netsentinel_queues');
        assert.deepEqual(series.map(({ labels }) => labels['router']).sort(), [...routers].sort());
      }),
      { numRuns: 100 },
    );
  });
});

describe('the metrics of mails', () => {
  const claimed = (channel = 'mail'): ClaimedNotice => ({
    ...{ notice: noticeOf('m', { createdAt: NOON }), channel, claim: 'c', lines: [], replyTo: null },
  });
  const outcomes = (...states: LineOutcome['state'][]) => states.map((state) => outcomeOf({ state }));
  const outbox = (isOurs: boolean): Outbox => ({
    claim: async () => null,
    settle: async () => isOurs,
    nextDueInMs: async () => null,
  });

  it('count what became of each try', async () => {
    const { metrics, scrape } = setUp();
    const counted = metrics.countMails(outbox(true));
    const tries = [outcomes('pending'), outcomes('sent', 'pending'), outcomes('failed', 'sent'), outcomes('failed')];
    for (const each of tries) await counted.settle(claimed(), each);
    await counted.settle(claimed('hook'), outcomes('sent'));
    const series = await scrape();
    assert.equal(valueIn(series, 'netsentinel_mails_total', { result: 'sent' }), 1);
    assert.equal(valueIn(series, 'netsentinel_mails_total', { result: 'failed' }), 1);
    assert.equal(valueIn(series, 'netsentinel_mails_total', { result: 'retried' }), 2);
  });

  it('count nothing that another worker wrote down', async () => {
    const { metrics, scrape } = setUp();
    assert.equal(await metrics.countMails(outbox(false)).settle(claimed(), outcomes('sent')), false);
    assert.equal(valueIn(await scrape(), 'netsentinel_mails_total', { result: 'sent' }), 0);
  });

  it('show how many wait, and for how long', async () => {
    const { scrape } = setUp({ waiting: async () => ({ mails: 2, oldestAt: NOON - 90_000 }) });
    const series = await scrape();
    assert.equal(valueIn(series, 'netsentinel_outbox_mails'), 2);
    assert.equal(valueIn(series, 'netsentinel_outbox_oldest_age_seconds'), 90);
  });
});

describe('the metrics of jobs', () => {
  const run = (more: Partial<JobRun>): JobRun => ({
    job: 'purge',
    startedAt: NOON,
    durationMs: 500,
    outcome: 'ok',
    code: null,
    ...more,
  });

  it('keep the last success beside a last run that failed', async () => {
    let last = run({});
    const { scrape } = setUp({ runs: async () => [last] });
    await scrape();
    last = run({ startedAt: NOON + 86_400_000, outcome: 'failed', code: 'DATABASE_FULL' });
    const series = await scrape();
    const labels = { task: 'purge' };
    const success = valueIn(series, 'netsentinel_job_last_success_timestamp_seconds', labels);
    assert.equal(success, (NOON + 500) / 1000);
    assert.equal(valueIn(series, 'netsentinel_job_last_run_failed', labels), 1);
    assert.equal(valueIn(series, 'netsentinel_job_last_run_duration_seconds', labels), 0.5);
  });
});

describe('a scrape', () => {
  it('shows only what is known without the database while that is away, and no old number', async () => {
    let isAway = false;
    const waiting = async () => {
      if (isAway) throw away;
      return { mails: 2, oldestAt: NOON };
    };
    const { scrape } = setUp({ waiting });
    assert.equal(valueIn(await scrape(), 'netsentinel_database_up'), 1);
    isAway = true;
    const series = await scrape();
    assert.equal(valueIn(series, 'netsentinel_database_up'), 0);
    assert.equal(valueIn(series, 'netsentinel_outbox_mails'), undefined);
    assert.equal(valueIn(series, 'netsentinel_samples_held'), 4);
    isAway = false;
    assert.equal(valueIn(await scrape(), 'netsentinel_outbox_mails'), 2);
  });

  it('waits two seconds for a database that hangs, and those who ask meanwhile share the answer', async () => {
    let asked = 0;
    const { clock, metrics } = setUp({
      waiting: () => {
        asked += 1;
        return new Promise(() => {});
      },
    });
    const both = [metrics.scrape(), metrics.scrape()];
    clock.advance(2_000);
    const [first, second] = await Promise.all(both);
    assert.equal(first, second);
    assert.equal(asked, 1);
    assert.equal(valueIn(parseExposition(first?.text ?? ''), 'netsentinel_database_up'), 0);
  });

  it('carries the metrics of the process, each once, however many apps there were', async () => {
    setUp();
    const series = await setUp().scrape();
    assert.equal(series.filter(({ name }) => name === 'process_resident_memory_bytes').length, 1);
    assert.ok(series.some(({ name }) => name === 'nodejs_eventloop_lag_seconds'));
  });

  it('lets a bug through', async () => {
    const { metrics } = setUp({ waiting: () => Promise.reject(new Error('a bug')) });
    await assert.rejects(metrics.scrape(), /a bug/);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fastify from 'fastify';
import { Registry } from 'prom-client';
import { createPageFrame } from '../../src/platform/http/page-frame.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import type { Standing } from '../../src/workers/dealer.ts';
import type { WorkerEntry } from '../../src/workers/entries.ts';
import { createWorkersExamine } from '../../src/workers/examine.ts';
import { createWorkersMetrics } from '../../src/workers/metrics.ts';
import { createWorkersRoutes } from '../../src/workers/routes.ts';

const NOON = Date.UTC(2026, 10, 27, 12);
const REDIS_AWAY = new TroubleError('REDIS_UNREACHABLE', 'Redis at redis:6379/0 does not answer', 'Start Redis.');
const DATABASE_AWAY = new TroubleError('DATABASE_UNREACHABLE', 'the database does not answer', 'Start it.');

function entryOf(worker: string, more: Partial<WorkerEntry> = {}): WorkerEntry {
  const moment = new Date(NOON).toISOString();
  return {
    ...{ worker, host: 'net-1', pid: 7, startedAt: moment, lastSeenAt: moment, state: 'active', shards: 32 },
    routers: ['edge-1'],
    ...more,
  };
}

describe('the check of several workers', () => {
  async function examine(
    list: () => Promise<readonly WorkerEntry[]>,
    { policy = 'noeviction', hasDatabase = true }: { policy?: string | null; hasDatabase?: boolean } = {},
  ): Promise<string[]> {
    const findings = await createWorkersExamine({ list, evictionPolicy: async () => policy })({
      ...{ signal: new AbortController().signal, sendsTestMail: false, database: Promise.resolve(hasDatabase) },
      ...{ read: (work) => work(), routers: async () => ['edge-1'] },
    });
    return findings.map(({ subject, part, status, found }) => `${subject}, ${part}: ${status}, ${found}`);
  }

  it('counts those that are active, and not those that leave or are lost with nothing left', async () => {
    const leaving = entryOf('b', { state: 'leaving' });
    const lost = entryOf('c', { state: 'lost', routers: [] });
    assert.deepEqual(await examine(async () => [entryOf('a'), leaving, lost]), [
      'workers, workers: ok, 1 worker active',
    ]);
  });

  it('warns when none is there, and of routers that a lost one had and nobody has taken up', async () => {
    const none = ['workers, workers: warning, no worker is running'];
    assert.deepEqual(await examine(async () => []), none);
    const lost = entryOf('b', { state: 'lost', routers: ['edge-1', 'edge-2'] });
    assert.deepEqual(await examine(async () => [lost]), none);
    assert.deepEqual(await examine(async () => [entryOf('a'), lost]), [
      'workers, workers: warning, 2 routers of a lost worker not polled by another worker yet',
    ]);
  });

  it('warns of a Redis that may drop keys, and not of one that does not say', async () => {
    const list = async () => [entryOf('a')];
    const well = 'workers, workers: ok, 1 worker active';
    assert.deepEqual(await examine(list, { policy: null }), [well]);
    assert.deepEqual(await examine(list, { policy: 'allkeys-lru' }), [
      well,
      'workers, Redis: warning, may drop keys when its memory is full (maxmemory-policy allkeys-lru)',
    ]);
  });

  it('finds Redis away, asks nothing without the database, and does not hide a bug', async () => {
    assert.deepEqual(await examine(() => Promise.reject(REDIS_AWAY)), [
      'workers, Redis: failure, Redis at redis:6379/0 does not answer (REDIS_UNREACHABLE)',
    ]);
    const bug = () => Promise.reject(new TypeError('a bug'));
    assert.deepEqual(await examine(bug, { hasDatabase: false }), []);
    await assert.rejects(examine(bug), TypeError);
  });
});

it('measures what a worker has, and of how many workers only once it knows', async () => {
  const registry = new Registry();
  let standing: Standing = { shards: 64, workers: null, isRedisUp: false };
  const { refresh } = createWorkersMetrics(registry, () => standing);
  const values = async () => {
    refresh?.();
    return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  };
  assert.deepEqual(await values(), ['netsentinel_worker_shards 64', 'netsentinel_redis_up 0']);
  standing = { shards: 21, workers: 3, isRedisUp: true };
  assert.deepEqual(await values(), [
    ...['netsentinel_worker_shards 21', 'netsentinel_workers 3', 'netsentinel_redis_up 1'],
  ]);
});

it('answers the page without Redis, the API not, and neither of them without the database', async () => {
  let trouble = REDIS_AWAY;
  const server = fastify();
  const frame = createPageFrame({ navigation: [], hasLogin: false });
  const clock = { now: () => NOON };
  const list = () => Promise.reject(trouble);
  for (const { method, path, handler } of createWorkersRoutes({ list, me: 'a', frame, clock, timeZone: 'UTC' })) {
    server.route({ method, url: path, handler });
  }
  const page = await server.inject('/workers');
  assert.equal(page.statusCode, 200);
  assert.match(page.body, /Redis at redis:6379\/0 does not answer\. Start Redis\. <small>REDIS_UNREACHABLE/);
  const thrown = async (path: string) => (await server.inject(path)).statusCode;
  assert.equal(await thrown('/api/v1/workers'), 500);
  trouble = DATABASE_AWAY;
  assert.equal(await thrown('/workers'), 500);
  await server.close();
});

import assert from 'node:assert/strict';
import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { createRedisLink, type RedisLink } from '../../src/platform/redis/link.ts';
import { createLongJobs, type LongJobs } from '../../src/platform/redis/long-jobs.ts';
import { createWire } from '../../src/platform/redis/wire.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import type { SelfPortrait } from '../../src/workers/ports.ts';
import { createRollStore } from '../../src/workers/store/roll-store.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

/** Longer than this machine may stand still under load. */
const LOCK_MS = 1_000;
const MEND_MS = 50;
const IDS = ['one', 'two', 'three'];
const DEADLINE_MS = 20_000;
const LOOPBACK: LookupAddress = { address: '127.0.0.1', family: 4 };

type LookedUp = (error: Error | null, found: string | LookupAddress[], family?: number) => void;

let redis: RedisServer;
const open: RedisLink[] = [];
let queues = 0;

async function connect(url = redis.url): Promise<RedisLink> {
  const link = createRedisLink({ url });
  open.push(link);
  await link.reached(AbortSignal.timeout(DEADLINE_MS));
  return link;
}

/** Two workers at a queue of their own. */
async function twoHolders(): Promise<[LongJobs, LongJobs]> {
  queues += 1;
  const queue = `queue-${queues}`;
  const make = async () =>
    createLongJobs({
      ...{ link: await connect(), prefix: 'test', queue, lockMs: LOCK_MS, mendMs: MEND_MS, tokens: new Map() },
    });
  return [await make(), await make()];
}

async function takeAll(jobs: LongJobs): Promise<string[]> {
  const taken = await jobs.take();
  return taken === null ? [] : [taken, ...(await takeAll(jobs))];
}

/** Looks again and again until it is so. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const untilAt = Date.now() + DEADLINE_MS;
  while (!(await isSo())) {
    assert.ok(Date.now() < untilAt, 'it never comes');
    await wait(MEND_MS);
  }
}

function codeOf(error: unknown): string {
  return error instanceof TroubleError ? error.code : String(error);
}

function portraitOf(worker: string, more: Partial<SelfPortrait> = {}): SelfPortrait {
  return {
    ...{ worker, host: 'here', pid: 1, startedAt: 0, isLeaving: false, locked: [], read: [], lapsed: [] },
    ...more,
  };
}

describe('workers at a real Redis', () => {
  before(async () => {
    redis = await startRedis();
  });
  after(async () => {
    for (const link of open) await link.close();
    await redis.remove();
  });

  it('makes each job once, however many make it, and gives each to one', async () => {
    const [one, two] = await twoHolders();
    await Promise.all([one.mend(IDS), two.mend(IDS), one.mend(IDS)]);
    const [mine, others] = await Promise.all([takeAll(one), takeAll(two)]);
    assert.deepEqual([...mine, ...others].toSorted(), IDS.toSorted());
    assert.equal(await one.free(), 0);
  });

  it('keeps a job as long as its lock is extended, and lets others have it when it is released', async () => {
    const [one, two] = await twoHolders();
    await one.mend(IDS);
    const taken = await takeAll(one);
    const takenAt = Date.now();
    await until(async () => {
      assert.deepEqual(await one.keep(taken), []);
      await two.mend(IDS);
      assert.equal(await two.take(), null);
      return Date.now() - takenAt > 3 * LOCK_MS;
    });
    const [first = ''] = taken;
    await one.release(first);
    assert.deepEqual([await two.take(), await two.take()], [first, null]);
    assert.deepEqual(await one.keep(taken), [first]);
  });

  it('gives the job of a holder that is gone to the next one, however often that happens', async () => {
    const [one, two] = await twoHolders();
    await one.mend(['only']);
    for (const [dead, next] of [
      [one, two],
      [two, one],
      [one, two],
      [two, one],
    ] as const) {
      if (dead === one) await until(async () => (await one.free()) === 0 || (await one.take()) !== null);
      await until(async () => {
        await next.mend(['only']);
        return (await next.take()) === 'only';
      });
      assert.deepEqual(await dead.keep(['only']), ['only']);
    }
  });

  it('lets another one in the same process go on with the locks', async () => {
    const [one] = await twoHolders();
    await one.mend(IDS);
    const taken = await takeAll(one);
    const next = createLongJobs({
      ...{ link: await connect(), prefix: 'test', queue: `queue-${queues}`, lockMs: LOCK_MS, mendMs: MEND_MS },
      tokens: one.tokens(),
    });
    await one.close();
    assert.deepEqual(await next.keep(taken), []);
  });

  it('makes the jobs again when Redis has lost its data, and all is well with the same connections', async () => {
    const [one, two] = await twoHolders();
    await one.mend(IDS);
    const taken = await takeAll(one);
    await redis.kill();
    for (const work of [() => one.keep(taken), () => one.take(), () => two.mend(IDS)]) {
      await assert.rejects(work, { code: 'REDIS_UNREACHABLE' });
    }
    await redis.start();
    await until(() =>
      two.mend(IDS).then(
        () => true,
        () => false,
      ),
    );
    await until(() =>
      one.free().then(
        (free) => free === 3,
        () => false,
      ),
    );
    assert.deepEqual((await one.keep(taken)).toSorted(), IDS.toSorted());
    assert.deepEqual((await takeAll(two)).toSorted(), IDS.toSorted());
  });

  const drops: [string, (client: Redis, key: (name: string) => string) => Promise<unknown>, string[]][] = [
    ['the list of those that are held', (client, key) => client.del(key('active')), IDS],
    ['what is known of one', (client, key) => client.del(key('one')), ['one']],
    [
      'several keys, and one job was made twice',
      async (client, key) => {
        await client.del(key('active'), key('two'));
        await client.rpush(key('active'), 'one', 'one', 'two', 'three');
      },
      ['one', 'two'],
    ],
  ];
  for (const [what, drop, lost] of drops) {
    it(`gives each job to one worker again after a full Redis has dropped ${what}`, async () => {
      const [one, two] = await twoHolders();
      await one.mend(IDS);
      const taken = await takeAll(one);
      const link = await connect();
      await link.ask((client) => drop(client, (name) => `test:queue-${queues}:${name}`));
      await Promise.all([one.mend(IDS), two.mend(IDS), one.mend(IDS)]);
      // Before it has heard that, it may give one away; that is no trouble, and nothing of the others is given.
      const [first = '', ...others] = lost;
      await one.release(first);
      assert.deepEqual((await one.keep(taken)).toSorted(), [first, ...others].toSorted());
      assert.deepEqual((await takeAll(two)).toSorted(), lost.toSorted());
      assert.equal(await one.free(), 0);
    });
  }

  it('gives each job to one worker again after a full Redis has dropped anything', async () => {
    const names = ['wait', 'active', 'stalled', 'meta', 'marker', 'events', 'id', 'stalled-check'];
    const keys = [...names, ...IDS, ...IDS.map((id) => `${id}:lock`)];
    const link = await connect();
    await fc.assert(
      fc.asyncProperty(fc.subarray(keys, { minLength: 1 }), fc.nat(IDS.length), async (dropped, taken) => {
        const [one, two] = await twoHolders();
        await one.mend(IDS);
        let mine: string[] = [];
        for (let left = taken; left > 0; left -= 1) mine.push((await one.take()) ?? '');
        let others = await takeAll(two);
        await link.ask((client) => client.del(...dropped.map((name) => `test:queue-${queues}:${name}`)));
        await until(async () => {
          for (const jobs of [one, two]) await jobs.mend(IDS);
          const [lost, theirs] = [await one.keep(mine), await two.keep(others)];
          mine = mine.filter((id) => !lost.includes(id));
          others = [...others.filter((id) => !theirs.includes(id)), ...(await takeAll(two))];
          return mine.length + others.length >= IDS.length;
        });
        assert.deepEqual([...mine, ...others].toSorted(), IDS.toSorted());
      }),
      { numRuns: 10 },
    );
  });

  it('has each worker on the list with what it last said, by the clock of Redis, and forgets what is no worker', async () => {
    const link = await connect();
    const roll = createRollStore({ link, key: 'test:workers' });
    await link.ask((client) => client.hset('test:workers', { odd: 'not JSON', other: '1 {"worker":"other"}' }));
    await roll.sign(portraitOf('a', { locked: [3, 4], read: [4] }));
    const { now, members } = await roll.sign(portraitOf('b', { isLeaving: true }));
    assert.ok(Math.abs(now - Date.now()) < 60_000);
    assert.deepEqual(
      members
        .map(({ worker, locked, read, isLeaving }) => ({ worker, locked, read, isLeaving }))
        .toSorted((x, y) => (x.worker < y.worker ? -1 : 1)),
      [
        { worker: 'a', locked: [3, 4], read: [4], isLeaving: false },
        { worker: 'b', locked: [], read: [], isLeaving: true },
      ],
    );
    for (const { lastSeenAt } of members) assert.ok(lastSeenAt <= now && lastSeenAt > now - 60_000);
    assert.deepEqual((await link.ask((client) => client.hkeys('test:workers'))).toSorted(), ['a', 'b']);
    await roll.strike('a');
    assert.deepEqual(
      (await roll.read()).members.map(({ worker }) => worker),
      ['b'],
    );
  });

  it('hears messages, also after Redis was away', async () => {
    const heard: string[] = [];
    const [sender, hearer] = [await connect(), await connect()];
    const make = (link: RedisLink) =>
      createWire({ link, channels: ['news'], onMessage: (_, text) => void heard.push(text) });
    await make(hearer).listen();
    const { send } = make(sender);
    const isHeard = async (text: string) => {
      send('news', text);
      return heard.includes(text);
    };
    await until(() => isHeard('first'));
    await redis.kill();
    send('news', 'lost');
    await redis.start();
    await until(() => isHeard('second'));
    assert.ok(!heard.includes('lost'));
  });

  it('makes one look-up of the name at a time, so that a silent name server leaves room for those of others', async (t) => {
    const waiting: (() => void)[] = [];
    t.mock.method(dns, 'lookup', (_name: string, { all = false }: LookupOptions, done: LookedUp) => {
      waiting.push(() => (all ? done(null, [LOOPBACK]) : done(null, LOOPBACK.address, LOOPBACK.family)));
    });
    const link = createRedisLink({ url: redis.url.replace('127.0.0.1', 'redis.test') });
    open.push(link);
    const reached = link.reached(AbortSignal.timeout(DEADLINE_MS));
    const listener = await link.listener();
    await until(async () => waiting.length > 0);
    await wait(MEND_MS);
    assert.equal(waiting.length, 1);
    waiting[0]?.();
    await reached;
    await until(async () => waiting.length > 1);
    waiting[1]?.();
    await until(async () => listener.status === 'ready');
    assert.equal(waiting.length, 2);
  });

  it('names the server and never the login when it is refused or away', async () => {
    const password = 'wrong-but-secret-9';
    const { port } = redis;
    const link = createRedisLink({ url: `redis://:${password}@127.0.0.1:${port}/0` });
    let trouble: unknown = null;
    await until(async () => {
      trouble = await link.ask((client) => client.ping()).catch((error: unknown) => error);
      return trouble instanceof TroubleError && trouble.code === 'REDIS_LOGIN_REFUSED';
    });
    assert.ok(trouble instanceof TroubleError);
    assert.match(trouble.message, new RegExp(`127\\.0\\.0\\.1:${port}/0`));
    assert.ok(!inspect(trouble, { depth: 9 }).includes(password));
    await link.close();
  });

  it('works in no other database than the one that was asked for', async () => {
    const link = await connect(redis.url.replace(/\/\d+$/, '/99'));
    const refused = { code: 'REDIS_DATABASE_REFUSED', message: /127\.0\.0\.1:\d+\/99 .*out of range/ };
    await assert.rejects(
      link.ask((client) => client.ping()),
      refused,
    );
    await redis.kill();
    await redis.start();
    await until(async () => {
      const code = await link.ask((client) => client.ping()).catch((error: unknown) => codeOf(error));
      assert.notEqual(code, 'PONG');
      return code === refused.code;
    });
  });

  it('says what is wrong with the server', async () => {
    const web = createServer((socket) => void socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    const address = web.address();
    const port = typeof address === 'object' ? address?.port : null;
    for (const [url, message] of [
      [`redis://127.0.0.1:${port}/0`, /does not answer: what answers there is no Redis$/],
      [`redis://127.0.0.1:${redis.port}/0`, /refuses the login: it wants a password$/],
    ] as const) {
      const link = createRedisLink({ url });
      open.push(link);
      const said = () => link.ask((client) => client.ping()).catch(({ message }: Error) => message);
      await until(async () => message.test(await said()));
    }
    web.close();
  });

  it('is away when it answers nothing', async () => {
    const link = await connect();
    redis.pause();
    try {
      await assert.rejects(
        link.ask((client) => client.ping()),
        { code: 'REDIS_UNREACHABLE' },
      );
    } finally {
      redis.resume();
    }
    await until(() =>
      link
        .ask((client) => client.ping())
        .then(
          () => true,
          () => false,
        ),
    );
  });
});

import assert from 'node:assert/strict';
import dns, { type LookupOptions } from 'node:dns';
import { createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { RouterOsVersion } from '../../src/demo/router-versions.ts';
import { createSimulatedRouter } from '../../src/demo/simulated-router.ts';
import { assess } from '../../src/health/assess.ts';
import type { Look } from '../../src/health/observation.ts';
import { createRouterObserver } from '../../src/health/reader/router-observer.ts';
import { newHealth } from '../../src/health/state.ts';
import type { Ping } from '../../src/platform/probe/ping.ts';
import { createProber, type Prober } from '../../src/platform/probe/prober.ts';
import { createLines } from '../../src/platform/routeros/lines.ts';
import { createQueueReader } from '../../src/usage/reader/queue-reader.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { visitUntil } from '../support/visits.ts';
import { ALONE, RULES } from './support.ts';

const WITHIN_MS = 5_000;
/** Of a use of the line. */
const TIMEOUT_MS = 20_000;

interface SetUp {
  readonly version?: RouterOsVersion;
  readonly host?: string;
  readonly ping?: Ping;
}

async function setUp(t: TestContext, { version = '7.20.1', host, ping = { kind: 'unable' } }: SetUp = {}) {
  const clock = createManualClock(Date.UTC(2026, 10, 20, 12));
  const logger = createMemoryLogger();
  const router = createSimulatedRouter({ clock, version, identity: 'edge', username: 'api', password: 'secret' });
  const address = await router.start();
  const lines = createLines({ clock, logger });
  const target = {
    name: 'edge-1',
    host: host ?? address.host,
    port: address.port,
    tls: false,
    username: 'api',
  } as const;
  const take = () => lines.take({ ...target, password: 'secret', timeoutMs: TIMEOUT_MS });
  const counts = { knocks: 0, pings: 0 };
  const real = createProber({ clock });
  const prober: Prober = {
    knock(options) {
      counts.knocks += 1;
      return real.knock(options);
    },
    async ping() {
      counts.pings += 1;
      return ping;
    },
    pingTrouble: async () => null,
  };
  const line = take();
  const observer = createRouterObserver({ line, prober, clock });
  const queues = createQueueReader({ line: take(), clock, logger, readerId: 'me' });
  t.after(async () => {
    observer.close();
    queues.close();
    await router.stop();
  });

  function look(change: Partial<Look> = {}) {
    return observer.observe({
      signal: new AbortController().signal,
      withinMs: WITHIN_MS,
      connectWithinMs: null,
      enter: async () => {},
      ...change,
    });
  }
  /** One look at a router that does not answer: the clock goes on as soon as everybody waits for it. */
  async function lookInVain(change: Partial<Look> = {}) {
    let isOver = false;
    const looking = look(change).finally(() => {
      isOver = true;
    });
    const startedMs = clock.monotonicMs();
    for (let turns = 0; !isOver; turns += 1) {
      await turn();
      if (turns % 20 === 19) clock.advance(100);
    }
    assert.ok(clock.monotonicMs() - startedMs <= WITHIN_MS + 100, 'in its time');
    return (await looking).outcome;
  }
  return { clock, router, address, counts, line, look, lookInVain, poll: () => queues.read(visitUntil()) };
}

describe('a look at a router', () => {
  for (const version of ['6.40.9', '6.49.18', '7.12.1', '7.20.1'] as const) {
    it(`reads its state: ${version}`, async (t) => {
      const { clock, router, look, address } = await setUp(t, { version });
      router.addQueue({ name: 'bob' });
      router.setHealth({ wan: 'pppoe', address: '100.64.3.9', publicAddress: '203.0.113.50', temperatureC: 61 });
      await look();
      router.move('bob', 3_000n, 750_000n);
      router.reconnectWan();
      clock.advance(30_000);
      const { device, at, outcome, figures } = await look();
      assert.deepEqual(
        [device, at, outcome],
        ['edge-1', clock.now(), { kind: 'answered', proof: 'api', latencyMs: 0 }],
      );
      assert.ok(figures !== null);
      const { interfaces, uptimeSeconds, version: told, ...rest } = figures;
      assert.equal(uptimeSeconds, 9 * 86_400 + 30);
      assert.ok(told?.startsWith(version));
      assert.deepEqual(rest, {
        ...{ identity: 'edge', serial: 'B8950A1C2D3E', board: 'RB4011iGS+', webfig: `http://${address.host}/` },
        ...{ cpuPercent: 7, memoryPercent: 25.4, diskPercent: 9, temperatureC: 61, voltageV: 24.1 },
        sensors: [
          { name: 'temperature', value: 61, unit: 'C' },
          { name: 'voltage', value: 24.1, unit: 'V' },
        ],
        wan: [
          {
            interface: 'pppoe-out1',
            kind: 'pppoe',
            address: '100.64.3.9',
            publicAddress: '203.0.113.50',
            behindNat: true,
          },
        ],
        certificateEndsAt: null,
      });
      const wan = interfaces?.find(({ name }) => name === 'pppoe-out1');
      assert.deepEqual([wan?.downloadBps, wan?.uploadBps, wan?.linkDowns, wan?.sessionSeconds], [200_000, 800, 1, 30]);
      assert.equal(router.activity().logins, 1);
    });
  }

  for (const [wan, kind] of [
    ['static', 'ethernet'],
    ['dhcp', 'dhcp'],
    ['lte', 'lte'],
    ['none', undefined],
  ] as const) {
    it(`sees the way to the internet: ${wan}`, async (t) => {
      const { router, look } = await setUp(t);
      router.setHealth({ wan });
      const { figures } = await look();
      assert.equal(figures?.wan?.[0]?.kind, kind);
      assert.equal(figures?.wan?.length, kind === undefined ? 0 : 1);
    });
  }

  it('uses the connection of the usage poll, and the poll uses that of the look: one login', async (t) => {
    const { router, look, poll } = await setUp(t);
    await Promise.all([poll(), look()]);
    await Promise.all([look(), poll()]);
    assert.equal(router.activity().logins, 1);
  });

  it('gives way to the usage poll while it connects, and reads over the connection of the poll', async (t) => {
    const { router, look, poll } = await setUp(t);
    router.addQueue({ name: 'bob' });
    router.setFaults({ stall: 'login' });
    const looking = look();
    while (router.activity().openConnections === 0) await turn();
    // The login has come by then, and is never answered.
    for (let turns = 0; turns < 20; turns += 1) await turn();
    router.setFaults({});
    assert.equal((await poll()).queues.length, 1);
    assert.equal((await looking).outcome.kind, 'answered');
    assert.equal(router.activity().logins, 1);
  });

  it('costs the usage poll no try after a look in vain', async (t) => {
    const { router, address, lookInVain, poll } = await setUp(t);
    await router.stop();
    for (let looks = 0; looks < 5; looks += 1) await lookInVain();
    await router.start(address.port);
    assert.equal((await poll()).queues.length, 0);
  });

  it('does without the menus that the router refuses or lacks, and asks for them seldom', async (t) => {
    const { clock, router, look } = await setUp(t);
    const refused = ['/system/health', '/ip/route', '/interface', '/ip/cloud', '/ip/service', '/system/identity'];
    router.deny(refused.slice(0, 3));
    router.lack(refused.slice(3));
    await look();
    const served = router.activity().listsServed;
    const { outcome, figures } = await look();
    assert.equal(outcome.kind, 'answered');
    assert.deepEqual(
      [figures?.sensors, figures?.wan, figures?.interfaces, figures?.webfig, figures?.cpuPercent],
      [[], null, null, null, 7],
    );
    // The resource, and the leases.
    assert.equal(router.activity().listsServed - served, 2);
    clock.advance(600_000);
    await look();
    assert.ok(router.activity().listsServed - served > 5);
  });

  it('is ill, not down, when even the resource is refused', async (t) => {
    const { router, look } = await setUp(t);
    router.deny(['/system/resource']);
    const { outcome } = await look();
    assert.equal(outcome.kind === 'ill' && outcome.code, 'MENU_REFUSED');
  });

  it('is ill, not down, when the login is refused, and tries that again seldom', async (t) => {
    const { clock, router, look } = await setUp(t);
    router.setPassword('other');
    const outcomes = [(await look()).outcome, (await look()).outcome];
    for (const outcome of outcomes) assert.equal(outcome.kind === 'ill' && outcome.code, 'LOGIN_REFUSED');
    router.setPassword('secret');
    assert.equal((await look()).outcome.kind, 'ill', 'not tried again');
    clock.advance(600_000);
    assert.equal((await look()).outcome.kind, 'answered');
  });

  it('takes bytes of whatever arrives over the line for life', async (t) => {
    const { clock, router, look } = await setUp(t);
    await look();
    router.setFaults({ stall: 'inside-reply' });
    const looking = look();
    while (clock.pending() < 4) await turn();
    for (let turns = 0; turns < 50; turns += 1) await turn();
    clock.advance(WITHIN_MS);
    assert.deepEqual((await looking).outcome, { kind: 'answered', proof: 'bytes', latencyMs: null });
  });

  it('has failed where nothing comes, and leaves the connection to the usage poll', async (t) => {
    const { router, look, lookInVain, line } = await setUp(t);
    await look();
    router.setFaults({ stall: 'before-reply' });
    const outcome = await lookInVain();
    assert.equal(outcome.kind === 'failed' && outcome.code, 'MUTE');
    assert.equal(await line.useOpen(new AbortController().signal, async () => 'open'), 'open');
  });

  it('takes an answer that comes while it is found out why there is none', async (t) => {
    const { clock, router, look, counts } = await setUp(t);
    await look();
    router.setFaults({ latencyMs: 20 });
    const asked = clock.pending();
    const looking = look();
    while (clock.pending() < asked + 4) await turn();
    clock.advance(WITHIN_MS * 0.8);
    assert.equal((await looking).outcome.kind, 'answered');
    assert.equal(counts.knocks, 1);
  });

  it('is never down for answers that take long and come, round after round, and costs the usage poll nothing', async (t) => {
    const { clock, router, look, poll, counts } = await setUp(t);
    router.addQueue({ name: 'bob' });
    let health = assess(newHealth('edge-1', clock.now()), await look(), ALONE, RULES).health;
    router.setFaults({ latencyMs: 20 });
    for (let round = 1; round <= 5; round += 1) {
      clock.advance(30_000 - WITHIN_MS * 0.8);
      const asked = clock.pending();
      const looking = look();
      while (clock.pending() < asked + 4) await turn();
      clock.advance(WITHIN_MS * 0.8);
      const seen = await looking;
      assert.deepEqual([seen.outcome.kind, seen.figures?.cpuPercent], ['answered', 7]);
      health = assess(health, seen, ALONE, RULES).health;
      assert.deepEqual([health.state, health.failures], ['up', 0]);
      assert.equal((await poll()).queues.length, 1);
      assert.equal(counts.knocks, round, 'it is found out meanwhile why nothing comes');
    }
    assert.equal(router.activity().logins, 1);
  });

  it('knows what ails a router that does not answer', async (t) => {
    const { router, address, lookInVain, look } = await setUp(t);
    const code = async () => {
      const outcome = await lookInVain();
      return outcome.kind === 'failed' ? outcome.code : outcome.kind;
    };
    router.setFaults({ stall: 'mute' });
    assert.equal(await code(), 'MUTE');
    router.setFaults({});
    router.setReachable(false);
    assert.equal(await code(), 'MUTE', 'drops each connection');
    router.setReachable(true);
    router.setFaults({ garbage: Buffer.from('\x05!what\0') });
    assert.equal(await code(), 'API_SHUT');
    router.setFaults({});
    await router.stop();
    assert.equal(await code(), 'REFUSED');
    await router.start(address.port);
    assert.equal((await look()).outcome.kind, 'answered', 'up at once');
  });

  it('sees a reboot that a kept connection did not show', async (t) => {
    const { router, clock, look } = await setUp(t);
    await look();
    router.reboot(1_000);
    clock.advance(1_000);
    const { outcome, figures } = await look();
    assert.equal(outcome.kind, 'answered');
    assert.equal(figures?.interfaces?.[0]?.downloadBps, null);
  });

  it('knows a name that does not exist', async (t) => {
    const { lookInVain } = await setUp(t, { host: 'no-such-router.invalid' });
    // A real name server may take longer than the turns that this clock waits for.
    t.mock.method(dns, 'lookup', (host: string, _options: LookupOptions, done: (error: Error) => void) => {
      done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND', syscall: 'getaddrinfo' }));
    });
    const outcome = await lookInVain();
    assert.equal(outcome.kind === 'failed' && outcome.code, 'NAME_UNKNOWN');
  });

  it('learns nothing when it is stopped', async (t) => {
    const { clock, router, look } = await setUp(t);
    router.setFaults({ stall: 'mute' });
    const stopper = new AbortController();
    const looking = look({ signal: stopper.signal });
    while (clock.pending() < 3) await turn();
    stopper.abort();
    assert.equal((await looking).outcome.kind, 'unseen');
  });

  it('waits for its place only after a sign of life, and is not late by that', async (t) => {
    const { clock, look, router } = await setUp(t);
    const place = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const looking = look({
      enter() {
        entered.resolve();
        return place.promise;
      },
    });
    await entered.promise;
    clock.advance(2 * WITHIN_MS);
    place.resolve();
    const { outcome, figures } = await looking;
    assert.equal(outcome.kind, 'answered');
    assert.equal(figures?.wan?.length, 1);
    assert.equal(router.activity().logins, 1);
  });
});

describe('a router on an address that nobody answers', () => {
  /** A server whose queue of connections is full neither takes nor refuses more. */
  it('is told from one that answers ping; it is pinged seldom', async (t) => {
    const silent = { knock: async () => ({ kind: 'silent' }) as const, pingTrouble: async () => null };
    const clock = createManualClock(0);
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    t.after(() => closed.close());
    let pings = 0;
    const { createDiagnostician } = await import('../../src/health/reader/diagnosis.ts');
    const find = (ping: Ping) => {
      const prober: Prober = {
        ...silent,
        async ping() {
          pings += 1;
          return ping;
        },
      };
      return createDiagnostician({ host: 'edge', port: 8728, service: 'its API', prober, clock });
    };
    const within = { timeoutMs: 2_000, signal: new AbortController().signal };
    const shut = find({ kind: 'answered', latencyMs: 1 });
    assert.deepEqual(await shut.find(within), {
      kind: 'failed',
      code: 'API_SHUT',
      reason: 'answers ping, but not its API',
    });
    await shut.find(within);
    assert.equal(pings, 1);
    clock.advance(300_000);
    await shut.find(within);
    assert.equal(pings, 2);
    shut.recovered();
    await shut.find(within);
    assert.equal(pings, 3);
    const dead = await find({ kind: 'silent' }).find(within);
    assert.deepEqual(dead, { kind: 'failed', code: 'DEAD', reason: 'answers neither its API nor ping' });
    const unable = await find({ kind: 'unable' }).find(within);
    assert.deepEqual(unable, { kind: 'failed', code: 'DEAD', reason: 'does not answer its API' });
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, it } from 'node:test';
import { createWatchedLine, type Session } from './workers/lines.ts';
import { addressOf, type Life } from './workers/lives.ts';
import { planWorkers, QUIET_MS } from './workers/plan.ts';
import { judgeSharing, type SharingEvidence } from './workers/verdict.ts';

const NEVER = Number.POSITIVE_INFINITY;
const SECOND = 1_000;
const END = 400 * SECOND;

function life(address: string, times: Partial<Life> = {}): Life {
  return { address, from: 0, leaves: NEVER, to: NEVER, frozen: [], ...times };
}

/** A session that polls every second. */
function session(address: string, from: number, to: number): Session {
  const count = Math.floor((Math.min(to, END) - from) / SECOND);
  return { address, from, to, polls: Array.from({ length: count }, (_, index) => from + index * SECOND) };
}

function judge(
  lives: readonly Life[],
  sessions: readonly Session[],
  more: Partial<SharingEvidence & { disturbed: SharingEvidence['redisAway'] }> = {},
) {
  const { disturbed = [], redisAway = [] } = more;
  const routers = [{ name: 'edge', sessions, disturbed }];
  const there = lives.filter(({ to }) => to > END);
  const last = sessions.findLast(({ polls }) => (polls.at(-1) ?? 0) >= END - SECOND)?.address;
  const said = there.map(({ address }) => ({
    ...{ address, state: 'active' as const, shards: 64 / there.length },
    routers: address === last ? ['edge'] : [],
  }));
  return judgeSharing({ lives, routers, said, redisAway, quiet: { from: END - 30 * SECOND, to: END }, ...more });
}

describe('the verdict on how workers share routers', () => {
  it('is well when each router has one worker throughout', () => {
    const { failures, lines } = judge([life('a'), life('b')], [session('a', 0, NEVER)]);
    assert.deepEqual(failures, []);
    assert.match(lines.join('\n'), /no take-overs of lost workers.*a polled 1 routers/s);
  });

  it('takes 45 s from the death of a worker until another one polls its router, and says how long it took', () => {
    const after = (ms: number) =>
      judge(
        [life('a', { to: 100 * SECOND }), life('b')],
        [session('a', 0, 100 * SECOND), session('b', 100 * SECOND + ms, NEVER)],
      );
    const well = after(31_000);
    assert.deepEqual(well.failures, []);
    assert.match(well.lines.join('\n'), /1 take-overs of lost workers: p50 31\.0 s, p95 31\.0 s, at most 31\.0 s/);
    assert.match(after(46_000).failures.join('\n'), /edge: its worker was lost at 100000, read again after 46000 ms/);
  });

  it('does not blame a take-over for a router that did not answer, and counts from when Redis is back', () => {
    const lives = [life('a', { to: 100 * SECOND }), life('b')];
    const sessions = [session('a', 0, 100 * SECOND), session('b', 160 * SECOND, NEVER)];
    assert.deepEqual(judge(lives, sessions, { disturbed: [{ from: 110 * SECOND, to: 120 * SECOND }] }).failures, []);
    assert.deepEqual(judge(lives, sessions, { redisAway: [{ from: 110 * SECOND, to: 120 * SECOND }] }).failures, []);
    assert.equal(judge(lives, sessions, { redisAway: [{ from: 105 * SECOND, to: 110 * SECOND }] }).failures.length, 1);
  });

  it('knows one that is stopped as lost, unless it goes on itself before another polls', () => {
    const lives = [life('a', { frozen: [{ from: 100 * SECOND, to: 130 * SECOND }] }), life('b')];
    const taken = judge(lives, [
      session('a', 0, 100 * SECOND),
      session('b', 120 * SECOND, NEVER),
      session('a', 131 * SECOND, 133 * SECOND),
    ]);
    assert.deepEqual(taken.failures, []);
    assert.match(taken.lines.join('\n'), /1 take-overs/);
    const kept = judge(lives, [session('a', 0, 100 * SECOND), session('a', 131 * SECOND, NEVER)]);
    assert.deepEqual(kept.failures, []);
    assert.match(kept.lines.join('\n'), /no take-overs/);
  });

  it('is not well when a router moves from one worker that lives to another that has long been there', () => {
    const lives = [life('a'), life('b')];
    const { failures } = judge(lives, [session('a', 0, 200 * SECOND), session('b', 200 * SECOND, NEVER)]);
    assert.match(failures.join('\n'), /edge moved at 200000 from a to b, and both lived/);
  });

  it('lets a newcomer be given routers, and anybody those of one that left', () => {
    const newcomer = [life('a'), life('b', { from: 150 * SECOND })];
    const sessions = [session('a', 0, 200 * SECOND), session('b', 199 * SECOND, NEVER)];
    assert.deepEqual(judge(newcomer, sessions).failures, []);
    const left = [life('a', { leaves: 190 * SECOND, to: 201 * SECOND }), life('b')];
    assert.deepEqual(judge(left, sessions).failures, []);
    assert.match(judge(left, sessions).lines.join('\n'), /1 hand-overs at SIGTERM: p50 0\.0 s/);
  });

  it('misses a router that nobody polls when its worker is told to end', () => {
    const lives = [life('a', { leaves: 190 * SECOND, to: 195 * SECOND }), life('b')];
    const { failures } = judge(lives, [session('a', 0, 190 * SECOND), session('b', 210 * SECOND, NEVER)]);
    assert.match(failures.join('\n'), /its worker left at 190000, read again after 21000 ms/);
  });

  it('compares what the workers say with what the routers saw', () => {
    const lives = [life('a'), life('b'), life('c', { to: 100 * SECOND })];
    const sessions = [session('a', 0, NEVER)];
    const active = { state: 'active' as const, shards: 32, routers: [] };
    const b = { ...active, address: 'b' };
    const told = (...said: SharingEvidence['said']) => judge(lives, sessions, { said }).failures.join('\n');
    assert.equal(told({ ...active, address: 'a', routers: ['edge'] }, b), '');
    assert.match(told({ ...active, address: 'a' }, b), /edge is polled by a, and the workers say: by nobody/);
    assert.match(told({ ...active, address: 'a', routers: ['edge'] }), /nobody knows of b/);
    assert.match(told({ ...active, address: 'a', routers: ['edge'], shards: 5 }, b), /a has 5 shards of 64, among 2/);
    assert.match(told({ ...active, address: 'a', routers: ['edge'] }, { ...b, routers: ['edge'] }), /by a and b/);
  });

  it('sees two sessions that last, and every second one in the quiet end', () => {
    const lives = [life('a'), life('b', { from: 90 * SECOND })];
    const long = judge(lives, [session('a', 0, NEVER), session('b', 100 * SECOND, 120 * SECOND)]);
    assert.match(long.failures.join('\n'), /edge had several sessions from 100000 on, for 20000 ms/);
    const quiet = judge(lives, [session('a', 0, NEVER), session('b', END - 10 * SECOND, END - 8 * SECOND)]);
    assert.match(quiet.failures.join('\n'), /was polled by 2 workers in the quiet end/);
    assert.match(quiet.failures.join('\n'), /had several sessions for 2000 ms in the quiet end/);
  });
});

describe('the plan for several workers', () => {
  it('kills one every 20 s, has everything else happen too, and leaves the end quiet', () => {
    const durationMs = 600_000;
    const faults = planWorkers({ seed: 1, durationMs });
    const kills = faults.filter(({ kind }) => kind === 'kill');
    assert.ok(kills.length > 15);
    assert.ok(kills.every(({ atMs }, index) => atMs - (kills[0]?.atMs ?? 0) === index * 20_000));
    assert.equal(new Set(faults.map(({ kind }) => kind)).size, 7);
    assert.ok(faults.every(({ atMs, forMs }) => atMs + forMs < durationMs - QUIET_MS + 20_000));
  });
});

describe('a watched line', () => {
  it('passes everything on, and notes who came from where, when it polled and when it went', async (t) => {
    const router = createServer((socket) => socket.on('data', (chunk) => socket.write(chunk))).listen(0, '127.0.0.1');
    await once(router, 'listening');
    t.after(() => router.close());
    const address = router.address();
    assert.ok(address !== null && typeof address === 'object');
    const line = createWatchedLine({ host: '127.0.0.1', port: address.port });
    const worker = connect({ ...(await line.start()), localAddress: addressOf(300) });
    worker.write('\x12/queue/simple/print');
    const [echo]: Buffer[] = await once(worker, 'data');
    assert.equal(String(echo), '\x12/queue/simple/print');
    worker.destroy();
    await line.stop();
    const [seen] = line.sessions;
    assert.equal(seen?.address, '127.1.1.51');
    assert.equal(seen.polls.length, 1);
    assert.ok(seen.to < NEVER);
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { askWitness, type Witness } from '../../../src/health/reader/witness.ts';
import { createPinger, type Ping } from '../../../src/platform/probe/ping.ts';
import { createProber, type Prober } from '../../../src/platform/probe/prober.ts';
import { failedKnock, type Knock, knock } from '../../../src/platform/probe/tcp.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { freePort } from '../../support/ports.ts';

const free = { timeoutMs: 5_000, signal: new AbortController().signal };

async function listen(t: TestContext): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

describe('a knock at a TCP port', () => {
  const at = (host: string, port: number) => knock({ host, port, clock: systemClock, ...free });

  it('is taken, or refused: both are answers', async (t) => {
    assert.equal((await at('127.0.0.1', await listen(t))).kind, 'open');
    assert.equal((await at('127.0.0.1', await freePort())).kind, 'refused');
  });

  it('ends with its time, and when it is stopped', async (t) => {
    const clock = createManualClock(0);
    const port = await listen(t);
    const stopped = AbortSignal.abort();
    assert.equal((await knock({ host: '127.0.0.1', port, clock, timeoutMs: 1, signal: stopped })).kind, 'unseen');
    // Nothing of the network comes before the clock goes on: it does so in the same turn.
    const late = knock({ host: '127.0.0.1', port, clock, timeoutMs: 1_000, signal: free.signal });
    clock.advance(1_000);
    assert.equal((await late).kind, 'silent');
    assert.equal(clock.pending(), 0);
  });

  const errors: readonly [string, Knock['kind']][] = [
    ['ENOTFOUND', 'unresolved'],
    ['EAI_AGAIN', 'unseen'],
    ['EMFILE', 'unseen'],
    ['EADDRNOTAVAIL', 'unseen'],
    ['EHOSTUNREACH', 'silent'],
    ['ENETUNREACH', 'silent'],
    ['ETIMEDOUT', 'silent'],
  ];
  for (const [code, kind] of errors) {
    it(`is ${kind} at ${code}`, () => {
      const error = Object.assign(new Error('no'), { code });
      assert.equal(failedKnock(error).kind, kind);
      assert.equal(failedKnock(new AggregateError([error])).kind, kind);
    });
  }
});

describe('a ping by the program of the system', () => {
  const folder = mkdtempSync(join(tmpdir(), 'netsentinel-ping-'));
  after(() => rm(folder, { recursive: true }));
  let count = 0;
  /** A program that stands in for `ping`; the script sees the address as `$6`. */
  function pingerOf(script: string) {
    count += 1;
    const program = join(folder, `ping-${count}`);
    writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return createPinger({ clock: systemClock, program });
  }

  it('tells an answer from silence', async () => {
    const pinger = pingerOf('[ "$7" = 192.0.2.9 ] && exit 1; echo "64 bytes from x: icmp_seq=1 ttl=64 time=1.25 ms"');
    assert.deepEqual(await pinger.ping({ host: '127.0.0.2', ...free }), { kind: 'answered', latencyMs: 1.25 });
    assert.deepEqual(await pinger.ping({ host: '192.0.2.9', ...free }), { kind: 'silent' });
    assert.equal(await pinger.trouble(), null);
  });

  it('gives the program addresses only, after the end of its options, and nothing of the environment', async () => {
    const file = join(folder, 'seen');
    const pinger = pingerOf(`echo "$* $(env | grep -c NETSENTINEL)" >> ${file}`);
    process.env['NETSENTINEL_SECRET'] = 'x';
    await pinger.ping({ host: 'localhost', ...free });
    delete process.env['NETSENTINEL_SECRET'];
    assert.deepEqual(await pinger.ping({ host: '-f', ...free }), { kind: 'unresolved' });
    const { readFileSync } = await import('node:fs');
    assert.match(
      readFileSync(file, 'utf8'),
      /^-n -c 1 -W 2 -- 127\.0\.0\.1 0\n-n -c 1 -W 5 -- (127\.0\.0\.1|::1) 0\n$/,
    );
  });

  const cases: readonly [string, string, RegExp][] = [
    ['may not be run', 'echo "ping: socket: Operation not permitted" >&2; exit 2', /may not be used/],
    ['gets no answer', 'exit 1', /no answer/],
  ];
  for (const [title, script, expected] of cases) {
    it(`says once where it ${title}`, async () => {
      const pinger = pingerOf(script);
      assert.deepEqual(await pinger.ping({ host: '192.0.2.1', ...free }), { kind: 'unable' });
      assert.match((await pinger.trouble()) ?? '', expected);
    });
  }

  it('says where there is none', async () => {
    const pinger = createPinger({ clock: systemClock, program: join(folder, 'none') });
    assert.match((await pinger.trouble()) ?? '', /not installed/);
  });

  it('ends with its time', async () => {
    const clock = createManualClock(0);
    const program = join(folder, 'slow');
    writeFileSync(program, `#!/bin/sh\n[ "$7" = 127.0.0.1 ] || exec sleep 60\n`, { mode: 0o755 });
    const pinger = createPinger({ clock, program });
    await pinger.trouble();
    const late = pinger.ping({ host: '192.0.2.9', ...free });
    await new Promise(setImmediate);
    clock.advance(5_000);
    assert.deepEqual(await late, { kind: 'silent' });
  });
});

describe('probes', () => {
  it('are few at once; who gets no turn in time learns nothing', async () => {
    const clock = createManualClock(0);
    let running = 0;
    let most = 0;
    const gate = Promise.withResolvers<void>();
    const pinger = {
      async ping(): Promise<Ping> {
        running += 1;
        most = Math.max(most, running);
        await gate.promise;
        running -= 1;
        return { kind: 'answered', latencyMs: 1 };
      },
      trouble: async () => null,
    };
    const prober = createProber({ clock, pinger });
    const pings = Array.from({ length: 40 }, () => prober.ping({ host: '192.0.2.1', ...free }));
    await new Promise(setImmediate);
    clock.advance(5_000);
    gate.resolve();
    const kinds = (await Promise.all(pings)).map(({ kind }) => kind);
    assert.equal(most, 16);
    assert.deepEqual(new Set(kinds), new Set(['answered', 'unable']));
    assert.equal(kinds.filter((kind) => kind === 'answered').length, 16);
  });
});

describe('a witness', () => {
  const witnessBy = (ping: Ping, answer: Knock['kind'], witness: Witness) => {
    const prober: Prober = {
      ping: async () => ping,
      knock: async () => (answer === 'unseen' ? { kind: answer, reason: 'no' } : { kind: answer, latencyMs: 1 }),
      pingTrouble: async () => null,
    };
    return askWitness(witness, free, prober);
  };
  const gateway = { host: '192.0.2.254', port: null };
  const other = { host: '198.51.100.1', port: 443 };
  const cases: readonly [string, Ping['kind'], Knock['kind'], Witness, boolean | null][] = [
    ['answers a ping', 'answered', 'silent', gateway, true],
    ['does not', 'silent', 'open', gateway, false],
    ['answers by refusing, where nobody can ping', 'unable', 'refused', gateway, true],
    ['answers on its port', 'silent', 'open', other, true],
    ['answers by refusing', 'silent', 'refused', other, true],
    ['is silent', 'answered', 'silent', other, false],
    ['has no name', 'answered', 'unresolved', other, false],
    ['could not be asked', 'answered', 'unseen', other, null],
  ];
  for (const [title, ping, answer, witness, expected] of cases) {
    it(`${title}`, async () => {
      const of = ping === 'answered' ? ({ kind: ping, latencyMs: 1 } as const) : ({ kind: ping } as const);
      assert.equal(await witnessBy(of, answer, witness), expected);
    });
  }
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBell, runReloading, type Worker } from '../../../src/platform/cli/run.ts';
import { ConfigError } from '../../../src/platform/config/problems.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import { type Config, findChanges, parseConfig } from '../../../src/settings.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { createMemoryLogger } from '../../support/memory-logger.ts';

function config(timeZone: string): Config {
  const routers = [{ name: 'edge-1', host: '192.0.2.1', username: 'api', password: 'hidden' }];
  return parseConfig({ timeZone, routers }, { env: {}, folder: '/' }, 'config.ts');
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });

/** A supervisor over workers that note what happens to them by their time zone. */
function setUp(options: { reload: () => Config; run?: (config: Config) => void }) {
  const aborter = new AbortController();
  const bell = createBell();
  const logger = createMemoryLogger();
  const clock = createManualClock(0);
  const done: string[] = [];
  const waiting = new Map<string, () => void>();
  const says = (what: string) => {
    done.push(what);
    waiting.get(what)?.();
  };
  const finished = runReloading<Config, string>({
    config: config('UTC'),
    findChanges,
    async createWorker({ timeZone, ...rest }, before): Promise<Worker<string>> {
      says(`${timeZone} made after ${before}`);
      return {
        async run(signal) {
          says(`${timeZone} runs`);
          options.run?.({ timeZone, ...rest });
          await aborted(signal);
          says(`${timeZone} drained`);
        },
        handover: () => timeZone,
        close: async () => says(`${timeZone} closed`),
      };
    },
    reload: async () => options.reload(),
    bell,
    signal: aborter.signal,
    logger,
    clock,
  });
  return {
    bell,
    logger,
    clock,
    done,
    finished,
    stop: () => aborter.abort(),
    until: (what: string) =>
      done.includes(what) ? Promise.resolve() : new Promise<void>((resolve) => waiting.set(what, resolve)),
  };
}

describe('a worker that gets SIGHUP', () => {
  it('runs until the stop signal when there is none', async () => {
    const { done, finished, stop, until } = setUp({ reload: () => assert.fail('read') });
    await until('UTC runs');
    stop();
    await finished;
    assert.deepEqual(done, ['UTC made after null', 'UTC runs', 'UTC drained', 'UTC closed']);
  });

  it('is drained and closed before another one is made, which goes on with what it hands over', async () => {
    const { bell, done, finished, stop, until, logger } = setUp({ reload: () => config('Asia/Karachi') });
    await until('UTC runs');
    bell.ring();
    await until('Asia/Karachi runs');
    stop();
    await finished;
    assert.deepEqual(done, [
      'UTC made after null',
      'UTC runs',
      'UTC drained',
      'UTC closed',
      'Asia/Karachi made after UTC',
      'Asia/Karachi runs',
      'Asia/Karachi drained',
      'Asia/Karachi closed',
    ]);
    assert.deepEqual(logger.entries[0]?.fields['parts'], ['timeZone']);
  });

  it('hears it once more while it reads or drains', async () => {
    const zones = ['Asia/Karachi', 'Europe/Berlin'];
    const { bell, finished, stop, until } = setUp({
      reload() {
        bell.ring();
        return config(zones.shift() ?? 'Europe/Berlin');
      },
    });
    await until('UTC runs');
    bell.ring();
    await until('Europe/Berlin runs');
    stop();
    await finished;
  });

  it('goes on undisturbed with a configuration that is not usable, and with one that says the same', async () => {
    const answers = [
      () => {
        throw new ConfigError('config.ts', [{ path: 'routers[0].host', message: 'is wrong' }]);
      },
      () => config('UTC'),
    ];
    let heard = 0;
    const asked = Promise.withResolvers<void>();
    const { bell, done, finished, stop, until, logger } = setUp({
      reload() {
        heard++;
        if (heard === 1) bell.ring();
        else asked.resolve();
        return answers[heard - 1]?.() ?? config('UTC');
      },
    });
    await until('UTC runs');
    bell.ring();
    await asked.promise;
    stop();
    await finished;
    assert.deepEqual(done, ['UTC made after null', 'UTC runs', 'UTC drained', 'UTC closed']);
    assert.deepEqual(logger.entries[0]?.fields, { problems: ['routers[0].host: is wrong'] });
  });

  it('goes back to the configuration before when the new one cannot be run, and says why', async () => {
    const { bell, done, finished, stop, until, logger } = setUp({
      reload: () => config('Asia/Karachi'),
      run({ timeZone }) {
        if (timeZone !== 'UTC') throw new TroubleError('HTTP_ADDRESS_IN_USE', 'the port is taken', 'take another');
      },
    });
    await until('UTC runs');
    bell.ring();
    await until('UTC made after Asia/Karachi');
    stop();
    await finished;
    assert.deepEqual(done.slice(-3), ['UTC runs', 'UTC drained', 'UTC closed']);
    assert.equal(logger.entries.find(({ level }) => level === 'warn')?.fields['code'], 'HTTP_ADDRESS_IN_USE');
  });

  it('is tried again when that fails too: what waits for the database is in its memory', async () => {
    const trouble = new TroubleError('DATABASE_BUSY', 'it is locked', 'wait');
    let runs = 0;
    const { bell, clock, done, finished, stop, until, logger } = setUp({
      reload: () => config('Asia/Karachi'),
      run() {
        runs++;
        if (runs >= 2 && runs <= 4) throw trouble;
      },
    });
    await until('UTC runs');
    bell.ring();
    await until('Asia/Karachi closed');
    for (let round = 0; round < 200 && runs < 5; round++) {
      clock.advance(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    stop();
    await finished;
    assert.deepEqual(
      logger.entries.filter(({ level }) => level === 'warn').map(({ message }) => message.split(';')[1]),
      [' the one before it is used again', ' it is tried again', ' it is tried again'],
    );
    assert.deepEqual(done.slice(-4), ['UTC made after UTC', 'UTC runs', 'UTC drained', 'UTC closed']);
  });

  it('ends with what the first one met, and with a bug of any', async () => {
    const trouble = new TroubleError('SCHEMA_TOO_NEW', 'no', 'no');
    const first = setUp({
      reload: () => config('UTC'),
      run() {
        throw trouble;
      },
    });
    await assert.rejects(first.finished, trouble);
    const bug = new Error('bug');
    const second = setUp({
      reload: () => config('Asia/Karachi'),
      run({ timeZone }) {
        if (timeZone !== 'UTC') throw bug;
      },
    });
    await second.until('UTC runs');
    second.bell.ring();
    await assert.rejects(second.finished, bug);
    assert.equal(second.done.at(-1), 'Asia/Karachi closed');
  });
});

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Answer, Command } from '../../src/demo/menu.ts';
import { createSimulatedRouter, type SimulatedRouter } from '../../src/demo/simulated-router.ts';
import type { Attempt } from '../../src/healing/attempt.ts';
import { letterOf } from '../../src/healing/letters.ts';
import type { Rule } from '../../src/healing/rule.ts';
import { createNoticeMaker } from '../../src/notices/make-notice.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { type FreshDatabase, freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { attemptOf, createTestProbe, MINUTE, NIGHT, ruleOf, type TestProbe } from '../support/healing.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { dueMails, toMailTo } from '../support/notices.ts';
import { createTowerHealer, type TowerHealerOptions } from '../support/tower-healer.ts';
import { createTowerSwitch } from '../support/tower-switch.ts';

const CRASHING = fileURLToPath(new URL('../support/heal-and-crash.ts', import.meta.url));
const calendar = createCalendar('UTC');
const DAY = 24 * 60 * MINUTE;
const DONE: Answer = { kind: 'rows', rows: [] };

/** Where it is killed, and how many commands were sent by then. */
const KILLS = [
  ['decided', 0],
  ['began', 0],
  ['acted', 1],
] as const;

for (const [kind, fresh] of [
  ['sqlite', freshSqlite],
  ['mysql', freshMysql],
] satisfies [string, FreshDatabase][]) {
  describe(`a tower that is down, healed by the switch beside it, on ${kind}`, () => {
    let test: Awaited<ReturnType<typeof migrated>>;
    let clock: ManualClock;
    let probe: TestProbe;
    let tower: SimulatedRouter;
    let theSwitch: SimulatedRouter;
    let sent: Command[];
    /** Does nothing of what it says it did. */
    let lies: boolean;
    let switchPort: number;

    before(async () => {
      test = await migrated(fresh);
    });
    after(() => test.drop());
    beforeEach(async () => {
      clock = createManualClock(NIGHT);
      probe = createTestProbe(clock, ['tower', 'tower-sw']);
      [sent, lies] = [[], false];
      tower = createSimulatedRouter({ clock, version: '7.20.1' });
      theSwitch = createTowerSwitch(clock, onCommand);
      await tower.start();
      switchPort = (await theSwitch.start()).port;
      await test.database.transaction(async (transaction) => {
        for (const table of ['healing_attempts', 'healing_notes', 'deliveries', 'notices'] as const) {
          await transaction.withTables<Record<string, object>>().deleteFrom(table).execute();
        }
      });
    });
    afterEach(() => Promise.all([tower.stop(), theSwitch.stop()]));

    function onCommand(command: Command): Answer | null {
      if (command.verb === 'print') return null;
      sent.push(command);
      if (command.verb === 'power-cycle' && !lies) tower.setReachable(true);
      return DONE;
    }

    function cutTower(): void {
      tower.setReachable(false);
      probe.set('tower', 'down');
    }

    function workerOf(
      holder: string,
      rules: readonly Rule[],
      change: Pick<TowerHealerOptions, 'password' | 'wrap' | 'isDatedByDatabase'> &
        Partial<Pick<TowerHealerOptions, 'clock' | 'probe'>> = {},
    ): ReturnType<typeof createTowerHealer> {
      const makeNotice = createNoticeMaker({ calendar, newId: () => crypto.randomUUID() });
      return createTowerHealer({
        ...{ database: test.database, clock, probe, switchPort, holder, rules, ...change },
        tell: (changed, now) =>
          changed.flatMap((attempt) => {
            const told = letterOf(attempt, rules.find(({ name }) => name === attempt.rule) ?? null, {
              timeZone: 'UTC',
              page: `https://ns.example/healing/${attempt.id}`,
            });
            if (told === null) return [];
            const about = { kind: 'healing', event: told.event, devices: [attempt.device], now } as const;
            const to = toMailTo('noc@example.com');
            return [makeNotice(told.composition, { ...about, to, periodEnd: calendar.dayOf(now) })];
          }),
      });
    }

    /** Each minute a pass of each worker, with the tower seen as it is. */
    async function minutes(count: number, ...workers: readonly ReturnType<typeof workerOf>[]): Promise<void> {
      for (let minute = 0; minute < count; minute += 1) {
        clock.advance(MINUTE);
        probe.set('tower', tower.state() === 'up' ? 'up' : 'down');
        for (const { healer } of workers) await healer.pass();
        for (const { healer } of workers) await healer.settled();
      }
    }

    const states = (attempts: readonly Attempt[]) => attempts.toReversed().map(({ state, reason }) => [state, reason]);
    const mails = async () => (await dueMails(test.database, clock.now())).map(({ subject }) => subject);

    it('is powered off and on after its time, and the probe says that it worked', async () => {
      const worker = workerOf('worker-1', [ruleOf()]);
      cutTower();
      await minutes(4, worker);
      assert.deepEqual(sent, []);
      await minutes(1, worker);
      assert.deepEqual(sent, [
        { path: '/interface/ethernet/poe', verb: 'power-cycle', words: ['=numbers=*3', '=duration=5s'] },
      ]);
      const [running] = await worker.book.list({ most: 9 });
      assert.equal(running?.state, 'running');
      await minutes(4, worker);
      assert.deepEqual(states(await worker.book.list({ most: 9 })), [['worked', null]]);
      assert.equal(sent.length, 1);
      assert.deepEqual(await mails(), ['tower: healed']);
      const { output } = (await worker.book.find(running?.id ?? 0)) ?? {};
      assert.match(output ?? '', /^> turn the power of port ether3 off and on/);
    });

    it('counts as failed where the switch says yes and nothing comes back, then again after a pause, then never', async () => {
      lies = true;
      const worker = workerOf('worker-1', [ruleOf()]);
      cutTower();
      await minutes(90, worker);
      assert.equal(sent.length, 2);
      assert.deepEqual(states(await worker.book.list({ most: 9 })), [
        ['failed', 'the device did not become good, or not for long enough'],
        ['failed', 'the device did not become good, or not for long enough'],
        ['refused', 'the limit is reached: 2 actions on it within 6 hours'],
      ]);
      assert.deepEqual((await mails()).sort(), ['tower: healing failed', 'tower: healing failed', 'tower: not healed']);
    });

    it('is left alone where the login of the healer is wrong: that fails, counts and is told', async () => {
      const worker = workerOf('worker-1', [ruleOf()], { password: 'wrong-password-1' });
      cutTower();
      await minutes(6, worker);
      const [attempt] = await worker.book.list({ most: 9 });
      assert.equal(attempt?.state, 'failed');
      assert.match(attempt?.reason ?? '', /refused the login/);
      assert.doesNotMatch(JSON.stringify(attempt), /wrong-password/);
      assert.deepEqual(sent, []);
      assert.deepEqual(await mails(), ['tower: healing failed']);
    });

    it('is left alone where the rule would cut the way we come by', async () => {
      const worker = workerOf('worker-1', [ruleOf({ action: { kind: 'poeCycle', port: 'ether1' } })]);
      cutTower();
      await minutes(60, worker);
      assert.deepEqual(states(await worker.book.list({ most: 9 })), [
        ['refused', 'NetSentinel is connected through ether1'],
      ]);
      assert.deepEqual(sent, []);
    });

    it('is left alone where the switch does not say which way we come by', async () => {
      theSwitch.setMenu('/user/active', []);
      const worker = workerOf('worker-1', [ruleOf()]);
      cutTower();
      await minutes(6, worker);
      assert.deepEqual(states(await worker.book.list({ most: 9 })), [
        ['refused', 'the router does not say through which interfaces NetSentinel is connected'],
      ]);
      assert.deepEqual(sent, []);
    });

    it('waits for a person where its rule asks, and is powered once they approve', async () => {
      const worker = workerOf('worker-1', [ruleOf({ mode: 'ask' })]);
      cutTower();
      await minutes(30, worker);
      assert.deepEqual(sent, []);
      const [{ id } = { id: 0 }, ...others] = await worker.book.list({ most: 9 });
      assert.deepEqual(others, []);
      const [mail] = await dueMails(test.database, clock.now());
      assert.equal(mail?.subject, 'tower: turn the power of port ether3 off and on?');
      assert.match(mail?.text ?? '', new RegExp(`https://ns\\.example/healing/${id}`));
      await worker.book.change(
        ({ attempts }, now) => {
          const set = attempts.map((was) => ({
            was,
            is: { ...was, state: 'approved', decidedAt: now, by: 'ann' } as const,
          }));
          return { add: [], set, notes: [] };
        },
        () => [],
        [],
      );
      await minutes(5, worker);
      assert.equal(sent.length, 1);
      assert.deepEqual(states(await worker.book.list({ most: 9 })), [['worked', null]]);
    });

    it('notes since when an internet line is lost, until it is back', async () => {
      const { book } = workerOf('worker-1', []);
      const note = (since: number | null) =>
        book.change(
          () => ({ add: [], set: [], notes: [{ key: 'a', since }] }),
          () => [],
          [],
        );
      await note(NIGHT);
      assert.deepEqual([...(await book.read(['tower'])).standing.notes], [['a', NIGHT]]);
      await note(null);
      assert.deepEqual([...(await book.read(['tower'])).standing.notes], []);
    });

    it('is forgotten after a time, but not while it runs', async () => {
      const { book } = workerOf('worker-1', []);
      const createdAt = NIGHT - 40 * DAY;
      const add = [
        attemptOf({ createdAt }),
        attemptOf({ createdAt, startedAt: createdAt, state: 'failed', outageAt: 1 }),
        attemptOf({ createdAt, startedAt: null, state: 'proposed', outageAt: 2 }),
      ];
      await book.change(
        () => ({ add, set: [], notes: [] }),
        () => [],
        [],
      );
      await book.forgetBefore(NIGHT + 1, () => false);
      assert.deepEqual(
        (await book.list({ most: 9 })).map(({ state }) => state),
        ['running'],
      );
    });

    it('is not forgotten as long as a limit may count it, or while the outage in which it was refused may go on', async () => {
      const { book } = workerOf('worker-1', []);
      const add = [
        attemptOf({ createdAt: NIGHT - 29 * DAY, startedAt: NIGHT - 29 * DAY, state: 'failed' }),
        attemptOf({ createdAt: NIGHT - 99 * DAY, startedAt: NIGHT - 2 * DAY, state: 'failed' }),
        attemptOf({ createdAt: NIGHT - 99 * DAY, startedAt: null, state: 'declined' }),
      ];
      await book.change(
        () => ({ add, set: [], notes: [] }),
        () => [],
        [],
      );
      const kept = async () => (await book.read(['tower'])).standing.attempts.map(({ state }) => state);
      assert.deepEqual(await kept(), ['failed', 'failed', 'declined']);
      const asked: string[] = [];
      const isKept = ({ state }: Attempt) => asked.push(state) > 0;
      await book.forgetBefore(NIGHT - DAY, isKept);
      assert.deepEqual(asked, ['declined']);
      assert.deepEqual(await kept(), ['failed', 'failed', 'declined']);
      await book.forgetBefore(NIGHT - DAY, () => false);
      assert.deepEqual(await kept(), ['failed', 'failed']);
    });

    it('is read with what was said of devices that ail, and all that was done to any or is still open', async () => {
      const { book } = workerOf('worker-1', []);
      const said = { startedAt: null, createdAt: NIGHT - 50 * DAY } as const;
      const add = [
        ...(['proposed', 'declined', 'refused'] as const).map((state) =>
          attemptOf({ ...said, state, finishedAt: NIGHT }),
        ),
        attemptOf({ ...said, state: 'proposed', device: 'other' }),
        attemptOf({ ...said, state: 'approved', device: 'other' }),
        attemptOf({ ...said, state: 'declined', device: 'other' }),
        ...(['running', 'worked', 'failed'] as const).map((state) => attemptOf({ state, device: 'other' })),
      ];
      await book.change(
        () => ({ add, set: [], notes: [] }),
        () => [],
        [],
      );
      const read = async (...ailing: string[]) =>
        (await book.read(ailing)).standing.attempts.map(({ state }) => state).sort();
      const done = ['approved', 'failed', 'proposed', 'running', 'worked'];
      assert.deepEqual(await read(), done);
      assert.deepEqual(await read('tower', 'unheard of'), [...done, 'declined', 'proposed', 'refused'].sort());
      assert.deepEqual(await read('other'), [...done, 'declined'].sort());
      assert.equal((await book.read(['tower', 'other'])).standing.attempts.length, add.length);
    });

    it('is left alone by a worker that was stopped right before its first command and goes on when its time is over', async () => {
      const frozen = workerOf('worker-1', [ruleOf()], {
        wrap: (stored) => ({
          ...stored,
          async begin(...given) {
            const isOurs = await stored.begin(...given);
            clock.advance(3 * MINUTE);
            return isOurs;
          },
        }),
      });
      cutTower();
      clock.advance(5 * MINUTE);
      await frozen.healer.pass();
      await frozen.healer.settled();
      assert.deepEqual(sent, []);
      await minutes(5, workerOf('worker-2', [ruleOf()]));
      assert.equal((await frozen.book.list({ most: 9 }))[0]?.state, 'failed');
    });

    it('is powered once by workers whose clocks are minutes and hours apart: what counts is dated by the database', async () => {
      lies = true;
      const { book } = workerOf('nobody', [], { isDatedByDatabase: true });
      const { now: beganAt } = await book.read([]);
      const clocks = [beganAt - 7 * MINUTE, beganAt + 9 * MINUTE].map((at) => createManualClock(at));
      // It is down for long enough, whoever looks at it.
      const seen = createTestProbe({ now: () => beganAt - 60 * MINUTE }, ['tower', 'tower-sw']);
      seen.set('tower', 'down');
      tower.setReachable(false);
      const rules = [ruleOf({ limits: { ...ruleOf().limits, times: 1 } })];
      const workers = clocks.map((own, index) =>
        workerOf(`worker-${index}`, rules, { isDatedByDatabase: true, clock: own, probe: seen }),
      );
      const passAll = async () => {
        await Promise.all(workers.map(({ healer }) => healer.pass()));
        await Promise.all(workers.map(({ healer }) => healer.settled()));
      };
      await passAll();
      // By their own clocks the lease, the verdict and every pause and window would be over.
      for (const own of clocks) own.advance(DAY);
      await passAll();
      assert.equal(sent.length, 1);
      const { now: endedAt } = await book.read([]);
      const [attempt, ...others] = await book.list({ most: 9 });
      assert.deepEqual(others, []);
      assert.equal(attempt?.state, 'running');
      for (const at of [attempt?.createdAt, attempt?.startedAt, attempt?.beganAt, attempt?.ranAt]) {
        assert.ok(at != null && at >= beganAt && at <= endedAt);
      }
    });

    it('is powered once, however many workers there are', async () => {
      const rules = [ruleOf({ limits: { ...ruleOf().limits, times: 1 } })];
      const workers = ['worker-1', 'worker-2', 'worker-3'].map((holder) => workerOf(holder, rules));
      lies = true;
      cutTower();
      clock.advance(5 * MINUTE);
      await Promise.all(workers.map(({ healer }) => healer.pass()));
      await Promise.all(workers.map(({ healer }) => healer.settled()));
      assert.equal(sent.length, 1);
      await minutes(30, ...workers);
      assert.equal(sent.length, 1);
      assert.equal((await workers[0]?.book.list({ most: 9 }))?.length, 2);
    });

    for (const [point, commands] of KILLS) {
      it(`is judged by the probe, and left alone, when its worker was killed ${point}`, async () => {
        lies = true;
        const child = fork(CRASHING, [test.url, String(switchPort), point]);
        const [, signal] = await once(child, 'exit');
        assert.equal(signal, 'SIGKILL');
        tower.setReachable(false);
        probe.set('tower', 'down');
        clock.advance(5 * MINUTE);
        const limits = { ...ruleOf().limits, times: 1 };
        const workers = ['worker-1', 'worker-2'].map((holder) => workerOf(holder, [ruleOf({ limits })]));
        await minutes(40, ...workers);
        assert.equal(sent.length, commands);
        assert.deepEqual(states((await workers[0]?.book.list({ most: 9 })) ?? []), [
          [
            'failed',
            'NetSentinel was stopped during the action; the device did not become good, or not for long enough',
          ],
          ['refused', 'the limit is reached: 1 action on it within 6 hours'],
        ]);
      });
    }

    it('worked where the device came back, though its worker was killed', async () => {
      const worker = workerOf('worker-1', [ruleOf()]);
      const { book } = worker;
      cutTower();
      clock.advance(5 * MINUTE);
      await book.change(
        (_standing, now) => {
          const attempt = attemptOf({ createdAt: now, startedAt: now, holder: 'killed', leaseUntil: now + 2 * MINUTE });
          return { add: [attempt], set: [], notes: [] };
        },
        () => [],
        [],
      );
      tower.setReachable(true);
      await minutes(4, worker);
      assert.deepEqual(states(await book.list({ most: 9 })), [['worked', null]]);
      assert.deepEqual(sent, []);
    });
  });
}

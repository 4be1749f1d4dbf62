import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Answer, Command, Row } from '../../src/demo/menu.ts';
import { createSimulatedRouter, type SimulatedRouter } from '../../src/demo/simulated-router.ts';
import type { Attempt } from '../../src/healing/attempt.ts';
import { createHealer } from '../../src/healing/healer.ts';
import { letterOf } from '../../src/healing/letters.ts';
import { createLook } from '../../src/healing/look.ts';
import { createOpenShell } from '../../src/healing/reader/open-shell.ts';
import type { Rule } from '../../src/healing/rule.ts';
import { createHealingStore } from '../../src/healing/store/healing-store.ts';
import { createNoticeMaker } from '../../src/notices/make-notice.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import { Secret } from '../../src/platform/config/secret.ts';
import { createSshClient } from '../../src/platform/ssh/client.ts';
import { createHostKeyStore } from '../../src/platform/ssh/host-key-store.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { type FreshDatabase, freshMysql, freshSqlite, migrated } from '../support/databases.ts';
import { deviceOf } from '../support/devices.ts';
import { createTestProbe, MINUTE, NIGHT, ruleOf, type TestProbe } from '../support/healing.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { dueMails, toMailTo } from '../support/notices.ts';

const HEALER = { username: 'healer', password: new Secret('healer-password-9') };
const calendar = createCalendar('UTC');
const DONE: Answer = { kind: 'rows', rows: [] };

/** What the switch says of the way we come by: `ether1`, in the bridge that `ether3` is in too. */
const SWITCH_MENUS: Readonly<Record<string, readonly Row[]>> = {
  '/user/active': [
    { name: 'librenms_api', address: '192.0.2.10', via: 'api' },
    { name: 'healer', address: '192.0.2.10', via: 'api' },
  ],
  '/ip/route': [
    { 'dst-address': '0.0.0.0/0', active: 'true', gateway: '192.0.2.1', 'immediate-gw': '192.0.2.1%bridge1' },
    { 'dst-address': '192.0.2.0/24', active: 'true', gateway: 'bridge1', 'immediate-gw': 'bridge1' },
  ],
  '/ip/arp': [{ address: '192.0.2.10', interface: 'bridge1', 'mac-address': '48:8F:5A:00:00:10' }],
  '/interface': [
    { name: 'bridge1', type: 'bridge' },
    { name: 'ether1', type: 'ether' },
    { name: 'ether3', type: 'ether' },
  ],
  '/interface/bridge/host': [
    { 'mac-address': '48:8F:5A:00:00:10', bridge: 'bridge1', 'on-interface': 'ether1' },
    { 'mac-address': '48:8F:5A:00:00:33', bridge: 'bridge1', 'on-interface': 'ether3' },
  ],
  '/interface/ethernet/poe': [
    { '.id': '*1', name: 'ether1', 'poe-out': 'off' },
    { '.id': '*3', name: 'ether3', 'poe-out': 'auto-on' },
  ],
};

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
    let ports: Readonly<Record<'tower' | 'tower-sw', number>>;

    before(async () => {
      test = await migrated(fresh);
    });
    after(() => test.drop());
    beforeEach(async () => {
      clock = createManualClock(NIGHT);
      probe = createTestProbe(clock, ['tower', 'tower-sw']);
      [sent, lies] = [[], false];
      tower = createSimulatedRouter({ clock, version: '7.20.1' });
      theSwitch = createSimulatedRouter({
        ...{ clock, version: '7.20.1', identity: 'tower-sw' },
        healer: { ...HEALER, password: 'healer-password-9', act: onCommand },
      });
      for (const [menu, rows] of Object.entries(SWITCH_MENUS)) theSwitch.setMenu(menu, rows);
      ports = { tower: (await tower.start()).port, 'tower-sw': (await theSwitch.start()).port };
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

    function workerOf(holder: string, rules: readonly Rule[], password = HEALER.password) {
      const { database } = test;
      const devices = (['tower', 'tower-sw'] as const).map((name) => {
        const api = { ...deviceOf(name).api, port: ports[name] };
        return deviceOf(name, { host: '127.0.0.1', api, tags: name === 'tower' ? ['tower'] : [] });
      });
      const book = createHealingStore({ database, notices: createNoticeWriter({ database }), clock });
      const makeNotice = createNoticeMaker({ calendar, newId: () => crypto.randomUUID() });
      const logger = createMemoryLogger();
      const healer = createHealer({
        ...{ rules, book, holder, clock, logger, onTold: () => {} },
        look: createLook({ probe, devices: () => devices, everyMs: 30_000 }),
        openShell: createOpenShell({
          named: (name) => devices.find((each) => each.name === name) ?? null,
          credentials: { healer: { ...HEALER, password } },
          ssh: createSshClient({ hostKeys: createHostKeyStore({ database, clock }), clock }),
          clock,
        }),
        tell: (changed, now) =>
          changed.flatMap((attempt) => {
            const told = letterOf(attempt, rules.find(({ name }) => name === attempt.rule) ?? null, {
              timeZone: 'UTC',
            });
            if (told === null) return [];
            const about = { kind: 'healing', event: told.event, devices: [attempt.device], now } as const;
            const to = toMailTo('noc@example.com');
            return [makeNotice(told.composition, { ...about, to, periodEnd: calendar.dayOf(now) })];
          }),
        record: async () => {},
        onBug: (error) => assert.fail(String(error)),
      });
      return { healer, book };
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
        ['failed', 'it was not seen to be good for long enough'],
        ['failed', 'it was not seen to be good for long enough'],
        ['refused', 'the limit is reached: 2 actions on it within 6 hours'],
      ]);
      assert.deepEqual((await mails()).sort(), ['tower: healing failed', 'tower: healing failed', 'tower: not healed']);
    });

    it('is left alone where the login of the healer is wrong: that fails, counts and is told', async () => {
      const worker = workerOf('worker-1', [ruleOf()], new Secret('wrong-password-1'));
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
      assert.deepEqual(states(await worker.book.list({ most: 9 })), [['refused', 'we come by ether1']]);
      assert.deepEqual(sent, []);
    });

    it('is left alone where the switch does not say which way we come by', async () => {
      theSwitch.setMenu('/user/active', []);
      const worker = workerOf('worker-1', [ruleOf()]);
      cutTower();
      await minutes(6, worker);
      assert.deepEqual(states(await worker.book.list({ most: 9 })), [
        ['refused', 'the router does not say which way we come by'],
      ]);
      assert.deepEqual(sent, []);
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
  });
}

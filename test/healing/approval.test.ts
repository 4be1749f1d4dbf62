import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Command } from '../../src/demo/menu.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { createTestProbe, MINUTE, NIGHT } from '../support/healing.ts';
import { ASKING_RULE, createHealingWorker } from '../support/healing-worker.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { dueMails } from '../support/notices.ts';
import { servePages } from '../support/pages.ts';
import { createTowerSwitch } from '../support/tower-switch.ts';
import { addUser, sessionOf } from '../support/users.ts';

describe('from the notice to the verdict', () => {
  it('a rule asks, an operator approves on the page of one worker, another one acts, and the probe says that it worked', async (t) => {
    const { database, drop } = await migrated(freshSqlite);
    t.after(drop);
    const clock = createManualClock(NIGHT);
    const probe = createTestProbe(clock, ['tower', 'tower-sw']);
    const sent: Command[] = [];
    const theSwitch = createTowerSwitch(clock, (command) => {
      if (command.verb === 'print') return null;
      sent.push(command);
      probe.set('tower', 'up');
      return { kind: 'rows', rows: [] };
    });
    const { port: switchPort } = await theSwitch.start();
    t.after(() => theSwitch.stop());
    const given = { rules: [ASKING_RULE], clock, probe, switchPort };
    const [{ healing: asked }, { healing: acting }] = [
      await createHealingWorker(database, given),
      await createHealingWorker(database, given),
    ];
    const part = (await asked.site?.()) ?? {};
    const pages = await servePages({ hasAccounts: true, password: null, more: [part] }, { on: database });
    t.after(async () => {
      await pages.close();
      assert.deepEqual(pages.logger.errors(), []);
    });
    await addUser(database, 'olga', 'operator');
    const cookie = await sessionOf(database, 'olga');
    const ask = async (method: string, path: string) => {
      const headers = { cookie, 'sec-fetch-site': 'same-origin', accept: 'text/html' };
      return await fetch(`${pages.url}${path}`, { method, headers, redirect: 'manual' });
    };
    const minute = async () => {
      clock.advance(MINUTE);
      for (const { healer } of [acting, asked]) {
        await healer.pass();
        await healer.settled();
      }
    };

    probe.set('tower', 'down');
    for (let minutes = 0; minutes < 6; minutes += 1) await minute();
    const [mail] = await dueMails(database, clock.now());
    assert.equal(mail?.subject, 'tower: turn the power of port ether3 off and on?');
    const path = /https:\/\/ns\.example(\/healing\/\d+)/.exec(mail?.text ?? '')?.[1] ?? '';
    assert.match(await (await ask('GET', path)).text(), /turn the power of port ether3 off and on[\s\S]*Approve\?/);
    assert.deepEqual(sent, []);
    assert.equal((await ask('POST', `${path}/approve`)).status, 303);
    await minute();
    assert.deepEqual(
      sent.map(({ path: menu, verb, words }) => [menu, verb, ...words]),
      [['/interface/ethernet/poe', 'power-cycle', '=numbers=*3', '=duration=5s']],
    );
    assert.match(await (await ask('GET', path)).text(), /running/);
    for (let minutes = 0; minutes < 4; minutes += 1) await minute();
    assert.match(
      await (await ask('GET', path)).text(),
      /worked[\s\S]*olga[\s\S]*turn the power of port ether3 off and on/,
    );
    assert.equal(sent.length, 1);
    const subjects = (await dueMails(database, clock.now())).map(({ subject }) => subject);
    assert.deepEqual(subjects, ['tower: healed']);
  });

  it('a person applies a rule by hand before its time, and waits until the probe says that it worked', async (t) => {
    const { database, drop } = await migrated(freshSqlite);
    t.after(drop);
    const clock = createManualClock(NIGHT);
    const probe = createTestProbe(clock, ['tower', 'tower-sw']);
    let cycles = 0;
    const theSwitch = createTowerSwitch(clock, ({ verb }) => {
      if (verb === 'print') return null;
      cycles += 1;
      probe.set('tower', 'up');
      return { kind: 'rows', rows: [] };
    });
    const { port: switchPort } = await theSwitch.start();
    t.after(() => theSwitch.stop());
    const { healing } = await createHealingWorker(database, { rules: [ASKING_RULE], clock, probe, switchPort });
    probe.set('tower', 'down');
    clock.advance(1_000);
    const actor = { who: 'root', kind: 'command', from: 'host' } as const;
    const run = healing.desk.run(actor, 'power', 'tower', AbortSignal.timeout(20_000));
    let isOver = false;
    const over = run.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await turn();
      if (cycles > 0) clock.advance(1_000);
    }
    const { state, by, startedAt, finishedAt } = await over;
    assert.deepEqual([state, by, cycles], ['worked', 'root', 1]);
    assert.ok((finishedAt ?? 0) - (startedAt ?? 0) >= 2 * MINUTE);
  });
});

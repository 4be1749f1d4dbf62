import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Registry } from 'prom-client';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import type { Healing } from '../../src/healing/capability.ts';
import { printRules } from '../../src/healing/commands/print.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { parseExposition } from '../support/exposition.ts';
import { createTestProbe, MINUTE, NIGHT } from '../support/healing.ts';
import { ASKING_RULE, createHealingWorker } from '../support/healing-worker.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { dueMails } from '../support/notices.ts';

const asIs = (text: string) => text;
const NO_TERMINAL = { width: 200, red: asIs, yellow: asIs, dim: asIs, bold: asIs };

/** Healing with these rules, a tower that is down and a switch that nobody can log in to. */
async function setUp(rules: readonly object[]) {
  const { database, drop } = await migrated(freshSqlite);
  const clock = createManualClock(NIGHT);
  const probe = createTestProbe(clock, ['tower', 'tower-sw']);
  const { healing, registry } = await createHealingWorker(database, { rules, clock, probe });
  const audit = () => createAccountBooks({ database }).audit.list({ most: 9 });
  const passHalfAnHour = async () => {
    for (let minute = 0; minute < 30; minute += 1) {
      clock.advance(MINUTE);
      await healing.healer.pass();
      await healing.healer.settled();
    }
  };
  return { healing, database, clock, probe, registry, audit, passHalfAnHour, drop };
}

describe('healing in a worker', () => {
  it('does nothing at all without rules', async () => {
    const { healing, drop } = await setUp([]);
    assert.deepEqual(healing.parts, []);
    assert.equal(healing.metrics, undefined);
    assert.deepEqual((await healing.site?.())?.navigation, []);
    await drop();
  });

  it('asks by a notice with a link, acts once that is approved, and keeps all of it in the audit', async () => {
    const { healing, database, clock, probe, registry, audit, drop } = await setUp([ASKING_RULE]);
    assert.deepEqual(
      healing.parts?.map(({ name }) => name),
      ['healing'],
    );
    assert.deepEqual(
      (await healing.site?.())?.navigation?.map(({ href }) => href),
      ['/healing'],
    );
    probe.set('tower', 'down');
    clock.advance(5 * MINUTE);
    await healing.healer.pass();
    const [mail] = await dueMails(database, clock.now());
    assert.match(mail?.text ?? '', /https:\/\/ns\.example\/healing\/1\b/);
    await healing.desk.approve({ who: 'ann', kind: 'user', from: '192.0.2.7' }, 1);
    await healing.healer.pass();
    await healing.healer.settled();
    const [attempt] = await healing.desk.log({ most: 9 });
    assert.deepEqual([attempt?.state, attempt?.by], ['failed', 'ann']);
    assert.match(attempt?.reason ?? '', /^127\.0\.0\.1:1 refuses the connection$/);
    const kept = (await audit()).map(({ who, action, subject, outcome }) => [who, action, subject, outcome]);
    assert.deepEqual(kept.toSorted(), [
      ['ann', 'healing.approve', '1 power tower', 'ok'],
      ['worker', 'healing.act', '1 power tower', 'failed'],
    ]);
    const said = await measured(healing, registry);
    assert.equal(said.get('netsentinel_healing_attempts{failed}'), 1);
    await drop();
  });

  it('measures what waits, and forgets nothing of an outage that goes on', async () => {
    const { healing, database, clock, probe, registry, drop } = await setUp([ASKING_RULE]);
    probe.set('tower', 'down');
    clock.advance(5 * MINUTE);
    await healing.healer.pass();
    const waiting = async () => (await measured(healing, registry)).get('netsentinel_healing_waiting{}');
    assert.equal(await waiting(), 1);
    assert.deepEqual(
      (await healing.desk.rules()).map((rule) => rule.waiting),
      [1],
    );
    const printed = printRules(await healing.desk.rules(), 'csv', { screen: NO_TERMINAL, timeZone: 'UTC' });
    assert.match(printed, /,devices,waiting,lastState,lastAt\r?\n.*,1,1,proposed,/);
    await healing.desk.decline({ who: 'ann', kind: 'user', from: '192.0.2.7' }, 1);
    assert.equal(await waiting(), 0);
    // Longer than the audit is kept: nobody is asked again as long as it is the same outage.
    clock.advance(400 * 24 * 60 * MINUTE);
    await healing.forget?.({ beforeDay: '2026-01-01', beforeAt: 0 }, false);
    await healing.healer.pass();
    assert.deepEqual(
      (await healing.desk.log({ most: 9 })).map(({ id, state }) => [id, state]),
      [[1, 'declined']],
    );
    assert.equal((await dueMails(database, clock.now())).length, 1);
    probe.set('tower', 'up');
    await healing.forget?.({ beforeDay: '2026-01-01', beforeAt: 0 }, false);
    assert.deepEqual(await healing.desk.log({ most: 9 }), []);
    await drop();
  });

  it('measures how often a limit was reached', async () => {
    const { healing, probe, registry, passHalfAnHour, drop } = await setUp([
      { ...ASKING_RULE, mode: 'auto', limits: { perDevice: { times: 1, hours: 6 } } },
    ]);
    probe.set('tower', 'down');
    await passHalfAnHour();
    const said = await measured(healing, registry);
    assert.equal(said.get('netsentinel_healing_limits_reached{}'), 1);
    assert.equal(said.get('netsentinel_healing_attempts{refused}'), 1);
    await drop();
  });

  it('does not measure that a dry run would have reached its limit: another rule acted', async () => {
    const limited = { ...ASKING_RULE, limits: { perDevice: { times: 1, hours: 6 } } };
    const { healing, probe, registry, passHalfAnHour, drop } = await setUp([
      { ...limited, mode: 'auto' },
      { ...limited, name: 'tried', mode: 'dryRun' },
    ]);
    probe.set('tower', 'down');
    await passHalfAnHour();
    const said = await measured(healing, registry);
    assert.equal(said.get('netsentinel_healing_attempts{refused}'), 2);
    assert.equal(said.get('netsentinel_healing_limits_reached{}'), 1);
    await drop();
  });

  it('rehearses on what is recorded', async () => {
    const { healing, drop } = await setUp([ASKING_RULE]);
    const [first] = await healing.rehearse(30);
    assert.equal(first?.at, new Date(NIGHT - 15 * MINUTE).toISOString());
    await drop();
  });
});

/** What the metrics of healing say, by name and state. */
async function measured({ metrics }: Healing, registry: Registry): Promise<ReadonlyMap<string, number>> {
  const apply = await metrics?.ask?.();
  apply?.();
  const said = parseExposition(await registry.metrics());
  return new Map(said.map(({ name, labels, value }) => [`${name}{${labels['state'] ?? ''}}`, value]));
}

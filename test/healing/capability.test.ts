import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { createAudit } from '../../src/accounts/audit.ts';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import { createHealing } from '../../src/healing/capability.ts';
import { createNoticeMaker } from '../../src/notices/make-notice.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import { createPageLinks } from '../../src/platform/http/page-links.ts';
import { createJobStore } from '../../src/platform/store/job-store.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { parseConfig } from '../../src/settings.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { deviceOf } from '../support/devices.ts';
import { parseExposition } from '../support/exposition.ts';
import { createTestProbe, MINUTE, NIGHT } from '../support/healing.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { NO_SSH } from '../support/no-ssh.ts';
import { dueMails, mailRecipients } from '../support/notices.ts';

const RULE = {
  ...{ name: 'power', when: { state: 'down', tags: ['tower'] }, mode: 'ask', credential: 'healer' },
  action: { poeCycle: { via: 'tower-sw', port: 'ether3' } },
};

/** Healing as the worker has it, with these rules, a tower that is down and a switch that nobody can log in to. */
async function setUp(rules: readonly object[]) {
  const { database, drop } = await migrated(freshSqlite);
  const clock = createManualClock(NIGHT);
  const logger = createMemoryLogger();
  const registry = new Registry();
  const calendar = createCalendar('UTC');
  const config = parseConfig(
    {
      ...{ timeZone: 'UTC', routers: [{ name: 'a', host: 'a', username: 'b', password: 'c' }] },
      // The switch of the rule is in the database.
      key: Buffer.alloc(32, 7).toString('base64'),
      healing: { rules, credentials: { healer: { username: 'healer', password: 'healer-password-9' } } },
    },
    { env: {}, folder: '/' },
    'test',
  );
  const probe = createTestProbe(clock, ['tower', 'tower-sw']);
  const devices = [
    deviceOf('tower', { tags: ['tower'] }),
    deviceOf('tower-sw', { host: '127.0.0.1', api: { ...deviceOf('x').api, port: 1 } }),
  ];
  const healing = await createHealing(
    {
      ...{ database, clock, logger, registry, calendar, graceMs: 0 },
      ssh: NO_SSH,
      schema: { enter() {}, guard: (store) => store },
      jobs: createJobStore({ database }),
      troubles: createTroubleLog({ logger, clock }),
      onBug: (error) => assert.fail(String(error)),
    },
    config,
    {
      roster: { devices: () => devices, named: (wanted) => devices.find(({ name }) => name === wanted) ?? null },
      allKnown: async () => devices,
      probe: {
        ...probe,
        transitions: async () => [{ device: 'tower', at: NIGHT - 20 * MINUTE, from: 'up', to: 'down' }],
      },
      ...{ everyMs: 30_000, storeClock: clock, postman: { wake() {} } },
      notices: createNoticeWriter({ database }),
      makeNotice: createNoticeMaker({ calendar, newId: () => crypto.randomUUID() }),
      recipients: mailRecipients('noc@example.com'),
      pages: createPageLinks('https://ns.example'),
      record: createAudit({ book: createAccountBooks({ database }).audit, clock }).record,
    },
  );
  const audit = () => createAccountBooks({ database }).audit.list({ most: 9 });
  return { healing, database, clock, probe, registry, audit, drop };
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
    const { healing, database, clock, probe, registry, audit, drop } = await setUp([RULE]);
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
    const apply = await healing.metrics?.ask?.();
    apply?.();
    const said = parseExposition(await registry.metrics());
    const failed = said.find(({ labels }) => labels['state'] === 'failed');
    assert.equal(failed?.value, 1);
    await drop();
  });

  it('rehearses on what is recorded', async () => {
    const { healing, drop } = await setUp([RULE]);
    const [first] = await healing.rehearse(30);
    assert.equal(first?.at, new Date(NIGHT - 15 * MINUTE).toISOString());
    await drop();
  });
});

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sql } from 'kysely';
import type { Condition } from '../../src/devices/ports.ts';
import { createRouterStateStore } from '../../src/devices/store/router-state-store.ts';
import { createBlindWatch } from '../../src/incidents/blind.ts';
import { createWatchStore } from '../../src/incidents/store/watch-store.ts';
import { createNoticeMaker } from '../../src/notices/make-notice.ts';
import type { PageLinks } from '../../src/notices/ports.ts';
import { createPageLinks } from '../../src/platform/http/page-links.ts';
import { createJobStore } from '../../src/platform/store/job-store.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { bookingAt } from '../support/bookings.ts';
import { conditionOf } from '../support/conditions.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { dueMails, mailRecipients } from '../support/notices.ts';
import { createIncidentStore } from '../support/stores.ts';

const MINUTE = 60_000;
const TROUBLE = { code: 'ROUTER_UNREACHABLE', message: 'no answer from 192.0.2.1', advice: 'Check the power.' };
const calendar = createCalendar('Asia/Karachi');

describe('watch over routers', () => {
  let test: Awaited<ReturnType<typeof migrated>>;
  let clock: ManualClock;
  let known: Map<string, Partial<Condition>>;
  let areAllKnown = true;
  let ids = 0;

  beforeEach(async () => {
    test = await migrated(freshSqlite);
    clock = createManualClock(calendar.startOf('2026-11-20') + 600 * MINUTE);
    known = new Map();
  });
  afterEach(() => test.drop());

  function watch(routers: readonly string[], mailTo: readonly string[] = ['admin@example.com'], pages?: PageLinks) {
    const database = test.open();
    return createBlindWatch({
      conditions: () => routers.map((router) => conditionOf(router, known.get(router))),
      areAllKnown: () => areAllKnown,
      blindAfterMs: 30 * MINUTE,
      recipients: mailRecipients(...mailTo),
      watches: createWatchStore({ database }),
      incidents: createIncidentStore({ database }),
      pages,
      makeNotice: createNoticeMaker({
        calendar,
        newId: () => {
          ids += 1;
          return `mail-${ids}`;
        },
      }),
      calendar,
      postman: { wake: () => {} },
      jobs: createJobStore({ database }),
      clock,
      logger: createMemoryLogger(),
    });
  }

  function mails() {
    return dueMails(test.database, clock.now());
  }

  async function incidents() {
    const { rows } = await test.database.read((queries) =>
      sql<Record<string, unknown>>`SELECT opened_at, closed_at FROM incidents ORDER BY id`.execute(queries),
    );
    return rows.map((row) => [row['opened_at'], row['closed_at']]);
  }

  function read(router: string) {
    known.set(router, { lastReadAt: clock.now() });
    return createUsageLedger({ database: test.database }).book(router, () => bookingAt(clock.now()));
  }

  /** Its polls fail from now on, often enough that it is late. */
  function fail(router: string) {
    const { lastReadAt = null } = known.get(router) ?? {};
    known.set(router, { isFresh: false, lastReadAt, trouble: TROUBLE, code: TROUBLE.code, since: clock.now() });
  }

  it('tells once of a router that was not read for 30 minutes, with the error and what to do', async () => {
    const { look } = watch(['edge-1']);
    await read('edge-1');
    fail('edge-1');
    clock.advance(30 * MINUTE - 1);
    await look();
    assert.deepEqual(await mails(), []);
    clock.advance(1);
    await look();
    await look();
    await watch(['edge-1']).look();
    const [mail, ...others] = await mails();
    assert.equal(others.length, 0);
    assert.equal(mail?.subject, 'Router edge-1 has not been read for 30 min');
    for (const part of ['Fri 20 Nov, 10:00', TROUBLE.message, TROUBLE.advice, 'npm run -s netsentinel -- check'])
      assert.ok(mail?.text.includes(part), part);
  });

  it('closes what is open of a router that is polled no more, without a mail, once all lists were read', async () => {
    await read('edge-1');
    fail('edge-1');
    clock.advance(30 * MINUTE);
    await watch(['edge-1', 'edge-2']).look();
    const openedAt = (await incidents())[0]?.[0];
    await mails();
    areAllKnown = false;
    await watch(['edge-2']).look();
    assert.deepEqual(await incidents(), [[openedAt, null]]);
    areAllKnown = true;
    await createRouterStateStore({ database: test.open() }).note([
      { router: 'edge-1', at: clock.now(), pollMs: 1, error: TROUBLE, facts: null },
    ]);
    await watch([]).look();
    assert.deepEqual(await incidents(), [[openedAt, null]], 'another worker polls it');
    clock.advance(24 * 60 * MINUTE + 1);
    await watch([]).look();
    await watch([]).look();
    assert.deepEqual(await incidents(), [[openedAt, BigInt(clock.now())]]);
    assert.deepEqual(await mails(), []);
  });

  it('mails once when it is read again, and again when it becomes blind again', async () => {
    const { look } = watch(['edge-1']);
    await read('edge-1');
    fail('edge-1');
    clock.advance(30 * MINUTE);
    await look();
    await mails();
    clock.advance(MINUTE);
    await read('edge-1');
    await look();
    await look();
    assert.deepEqual(
      (await mails()).map(({ subject }) => subject),
      ['Router edge-1 is read again'],
    );
    fail('edge-1');
    clock.advance(30 * MINUTE);
    await look();
    assert.deepEqual(
      (await mails()).map(({ subject }) => subject),
      ['Router edge-1 has not been read for 30 min'],
    );
  });

  it('opens an incident from the first poll that failed, and closes it when the router is read again', async () => {
    await read('edge-1');
    clock.advance(MINUTE);
    const failedAt = clock.now();
    fail('edge-1');
    clock.advance(29 * MINUTE);
    const { look } = watch(['edge-1']);
    await look();
    assert.deepEqual(await incidents(), [[BigInt(failedAt), null]]);
    await read('edge-1');
    clock.advance(MINUTE);
    await look();
    assert.deepEqual(await incidents(), [[BigInt(failedAt), BigInt(clock.now())]]);
    assert.match((await mails()).at(-1)?.text ?? '', /Not read since: Fri 20 Nov, 10:01/);
  });

  it('links to the page of the router, or to all of them where one mail is about many', async () => {
    const pages = createPageLinks('https://n.example.com');
    for (const [routers, page] of [
      [['home/office'], 'd/home%2Foffice'],
      [['a', 'b', 'c', 'd'], 'r'],
    ] as const) {
      const { look } = watch(routers, ['admin@example.com'], pages);
      for (const router of routers) {
        await read(router);
        fail(router);
      }
      clock.advance(31 * MINUTE);
      await look();
      for (const router of routers) await read(router);
      await look();
      const sent = await mails();
      assert.equal(sent.length, 2);
      for (const { text } of sent) assert.ok(text.includes(`On the page:\n  https://n.example.com/${page}\n`), text);
    }
  });

  it('does not call a router blind that nobody has tried to read since the worker started', async () => {
    await read('edge-1');
    clock.advance(600 * MINUTE);
    const { look } = watch(['edge-1']);
    await look();
    assert.deepEqual(await mails(), []);
  });

  it('does not call a router blind for polls that failed before the worker started', async () => {
    await read('edge-1');
    fail('edge-1');
    known.set('edge-1', { ...known.get('edge-1'), wasPolled: false });
    clock.advance(600 * MINUTE);
    const { look } = watch(['edge-1']);
    await look();
    assert.deepEqual(await mails(), []);
    fail('edge-1');
    await look();
    assert.equal((await mails()).length, 1);
  });

  it('says of a router that was never read that it never was', async () => {
    const { look } = watch(['edge-1']);
    await look();
    fail('edge-1');
    clock.advance(31 * MINUTE);
    await look();
    assert.match((await mails())[0]?.text ?? '', /Last read +never/);
  });

  it('puts four routers or more into one mail', async () => {
    const routers = ['a', 'b', 'c', 'd'];
    const { look } = watch(routers);
    await look();
    for (const router of routers) fail(router);
    clock.advance(31 * MINUTE);
    await look();
    assert.deepEqual(
      (await mails()).map(({ subject }) => subject),
      ['4 routers cannot be read'],
    );
    for (const router of routers) await read(router);
    await look();
    assert.deepEqual(
      (await mails()).map(({ subject }) => subject),
      ['4 routers are read again'],
    );
  });

  it('writes each mail once though two workers look at the same time', async () => {
    await watch(['edge-1']).look();
    fail('edge-1');
    clock.advance(31 * MINUTE);
    await Promise.all([watch(['edge-1']).look(), watch(['edge-1']).look(), watch(['edge-1']).look()]);
    assert.equal((await mails()).length, 1);
  });

  it('sends nothing without mail in the configuration', async () => {
    const { look } = watch(['edge-1'], []);
    await look();
    fail('edge-1');
    clock.advance(31 * MINUTE);
    await look();
    assert.deepEqual(await mails(), []);
  });
});

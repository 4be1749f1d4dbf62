import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createChannel } from '../../../src/notices/channels/create.ts';
import { createDelivery, type Delivery } from '../../../src/notices/delivery.ts';
import type { OutgoingNotice } from '../../../src/notices/notice.ts';
import type { Channel } from '../../../src/notices/ports.ts';
import { createNoticeWriter } from '../../../src/notices/store/notice-writer.ts';
import { createOutbox } from '../../../src/notices/store/outbox-store.ts';
import { createOutboxWatch } from '../../../src/notices/store/outbox-watch.ts';
import { Secret } from '../../../src/platform/config/secret.ts';
import { createJobStore } from '../../../src/platform/store/job-store.ts';
import { createTroubleLog } from '../../../src/runtime/trouble-log.ts';
import { type ChatServer, startChatServer } from '../../support/chat-server.ts';
import { freshSqlite, migrated } from '../../support/databases.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { createMemoryLogger } from '../../support/memory-logger.ts';
import { createMemoryMoves, noticeOf, recipientsOf } from '../../support/notices.ts';

const NOON = Date.UTC(2026, 10, 20, 12);

describe('delivery by chats and webhooks', () => {
  let test: Awaited<ReturnType<typeof migrated>>;
  let telegram: ChatServer;
  let hook: ChatServer;
  let clock: ManualClock;
  let logger: ReturnType<typeof createMemoryLogger>;
  let channels: Channel[];
  let delivery: Delivery;
  let messages = 0;

  beforeEach(() => setUp(30_000));

  async function setUp(timeoutMs: number) {
    test = await migrated(freshSqlite);
    clock = createManualClock(NOON);
    logger = createMemoryLogger();
    messages = 0;
    telegram = await startChatServer(taking);
    hook = await startChatServer({ status: 204 });
    const deps = { moved: createMemoryMoves(), timeZone: 'UTC', timeoutMs, logger };
    const token = new Secret('123456:the-token');
    channels = [
      createChannel({ ...deps, name: 'ops' }, { telegram: { token, chats: ['-100'], api: telegram.url } }),
      createChannel({ ...deps, name: 'hook' }, { webhook: { url: new Secret(hook.url) } }),
    ];
    const { database } = test;
    delivery = createDelivery({
      outbox: createOutbox({ database, clock }),
      channels,
      jobs: createJobStore({ database }),
      clock,
      logger,
      troubles: createTroubleLog({ logger, clock }),
      random: () => 0,
    });
  }
  const tearDown = () => Promise.all([telegram.stop(), hook.stop(), test.drop()]);
  afterEach(async () => {
    await tearDown();
    assert.deepEqual(logger.errors(), []);
  });

  function taking() {
    messages += 1;
    return { status: 200, body: { ok: true, result: { message_id: messages } } };
  }

  async function put(id: string, change: Partial<OutgoingNotice> = {}) {
    const notice = noticeOf(id, { to: recipientsOf(channels).of('device'), createdAt: clock.now(), ...change });
    const { database } = test;
    await database.transaction((transaction) => createNoticeWriter({ database }).write(transaction, [notice]));
  }

  const said = (server: ChatServer) => server.asked.map(({ body }) => JSON.parse(body));

  it('shows that all is well as a reply to the message that said that it was not', async () => {
    await put('down');
    await delivery.deliverDue();
    await put('up', { answers: 'down' });
    await delivery.deliverDue();
    assert.deepEqual(
      said(telegram).map(({ reply_parameters }) => reply_parameters?.message_id),
      [undefined, 1],
    );
  });

  it('leaves a chat alone for as long as it wants, though there is more to tell, and tells the others at once', async () => {
    telegram.answer({ status: 429, body: { ok: false, parameters: { retry_after: 120 } } });
    await put('one');
    await put('two');
    assert.deepEqual(await delivery.deliverDue(), { sent: 2, failed: 0, waiting: 1 });
    telegram.answer(taking);
    clock.advance(119_000);
    delivery.start();
    await put('three');
    delivery.wake();
    clock.advance(0);
    while (hook.asked.length < 3) await turn();
    await delivery.stop();
    assert.equal(telegram.asked.length, 1);
    clock.advance(1000);
    delivery.start();
    clock.advance(0);
    while (telegram.asked.length < 4) await turn();
    await delivery.stop();
    assert.equal(hook.asked.length, 3);
  });

  it('tries a wrong token again until the notice is outdated, and tells the others meanwhile', async () => {
    telegram.answer({ status: 401, body: { ok: false, description: 'Unauthorized' } });
    await put('one', { worthUntil: NOON + 3_600_000 });
    let failed = 0;
    for (let round = 0; failed === 0 && round < 100; round += 1) {
      failed = (await delivery.deliverDue()).failed;
      clock.advance(60_000);
    }
    assert.equal(failed, 1);
    assert.ok(telegram.asked.length > 5 && clock.now() <= NOON + 3_660_000, String(telegram.asked.length));
    assert.equal(hook.asked.length, 1);
  });

  it('gives up what is refused for good, and goes on with the next notice', async () => {
    hook.answer(({ body }) => ({ status: body.includes('"odd"') ? 422 : 204 }));
    await put('odd');
    clock.advance(1);
    await put('good');
    for (let round = 0; round < 3; round += 1) {
      await delivery.deliverDue();
      clock.advance(15 * 60_000);
    }
    const ids = hook.asked.map(({ headers }) => headers['x-netsentinel-id']);
    assert.deepEqual(ids, ['odd', 'good', 'odd', 'odd']);
    assert.deepEqual(await createOutboxWatch({ database: test.database }).channels(), [
      { channel: 'hook', waiting: 0, oldestAt: null, trouble: null, failed: 1, failure: 'webhook: HTTP 422' },
    ]);
  });

  it('does not wait for a silent chat to tell the others, and says what waits for it', async () => {
    await tearDown();
    await setUp(100);
    telegram.answer('silence');
    await put('one');
    assert.deepEqual(await delivery.deliverDue(), { sent: 1, failed: 0, waiting: 1 });
    assert.equal(hook.asked.length, 1);
    const [first, ...others] = await createOutboxWatch({ database: test.database }).channels();
    assert.deepEqual(others, []);
    const { trouble, ...standing } = first ?? { trouble: null };
    assert.deepEqual(standing, { channel: 'ops', waiting: 1, oldestAt: NOON, failed: 0, failure: null });
    assert.equal(trouble, 'channel ops: no answer within 0.1 s');
  });
});

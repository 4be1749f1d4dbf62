import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createMailer } from '../../src/notices/channels/mail/mailer.ts';
import { createDelivery, type Delivery } from '../../src/notices/delivery.ts';
import type { NoticeKind } from '../../src/notices/notice.ts';
import type { Channel, Refusal } from '../../src/notices/ports.ts';
import { createOutbox } from '../../src/notices/store/outbox-store.ts';
import { createJobStore } from '../../src/platform/store/job-store.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { type MailServer, smtpAnswer, startMailServer } from '../support/mail-server.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { mailChannel, noticeOf, recipientsOf } from '../support/notices.ts';
import { createBreachStore } from '../support/stores.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const DEAD = new TroubleError('CHAT_UNREACHABLE', 'no answer', 'Check it.');

type Mood = 'takes' | 'is dead' | 'hangs' | 'breaks after the first' | Refusal['permanent'];

/** A channel as any later one will be written: this is all of it. */
function createChatChannel(chats: readonly string[], taken: string[], moodOf: () => Mood): Channel {
  return {
    name: 'chat',
    addresses: chats,
    isShared: false,
    async send(notice, [chat = ''], signal) {
      const mood = moodOf();
      if (mood === 'is dead' || (mood === 'breaks after the first' && taken.length > 0)) throw DEAD;
      if (mood === 'hangs') await new Promise((_, reject) => signal.addEventListener('abort', () => reject(DEAD)));
      if (typeof mood === 'boolean')
        return { refused: [{ address: chat, permanent: mood, reason: 'blocked' }], messageId: null };
      taken.push(`${notice.subject} to ${chat}`);
      return { refused: [], messageId: null };
    },
  };
}

describe('a second channel', () => {
  let test: Awaited<ReturnType<typeof migrated>>;
  let server: MailServer;
  let clock: ManualClock;
  let logger: ReturnType<typeof createMemoryLogger>;
  let mood: Mood;
  let taken: string[];
  let channels: Channel[];
  const closers: (() => void)[] = [];

  beforeEach(async () => {
    test = await migrated(freshSqlite);
    server = await startMailServer();
    clock = createManualClock(NOON);
    logger = createMemoryLogger();
    mood = 'takes';
    taken = [];
    const mailer = createMailer({ ...server.settings(), deadlines: { connectMs: 2000, idleMs: 2000, totalMs: 4000 } });
    closers.push(() => mailer.close());
    // The one line of its wiring.
    channels = [mailChannel(mailer), createChatChannel(['-100', '-200'], taken, () => mood)];
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) close();
    await server.stop();
    await test.drop();
    assert.deepEqual(logger.errors(), []);
  });

  function worker(): Delivery {
    const database = test.open();
    return createDelivery({
      outbox: createOutbox({ database, clock }),
      channels,
      jobs: createJobStore({ database }),
      clock,
      logger,
      troubles: createTroubleLog({ logger, clock }),
      random: () => 0,
    });
  }

  async function put(id: string, kind: NoticeKind = 'quota') {
    const to = recipientsOf(channels).of(kind);
    const notice = noticeOf(id, { kind, to, createdAt: clock.now() });
    await createBreachStore({ database: test.database }).record([], [notice]);
  }

  const mailed = () => Promise.all(server.received.map(async (mail) => (await mail.parse()).subject));

  async function until(isTrue: () => boolean) {
    while (!isTrue()) await turn();
  }

  it('is told what the first one is told, each address by itself, and no reports', async () => {
    await put('one');
    await put('usage', 'report');
    await worker().deliverDue();
    assert.deepEqual((await mailed()).toSorted(), ['one', 'usage']);
    assert.deepEqual(taken, ['one to -100', 'one to -200']);
    const runs = await createJobStore({ database: test.database }).lastRuns();
    assert.deepEqual(runs.map(({ job }) => job).toSorted(), ['delivery', 'delivery by chat']);
  });

  it('does not hold up mails while it is dead, and gets all that waited when it is back', async () => {
    mood = 'is dead';
    await put('one');
    await put('two');
    const delivery = worker();
    assert.deepEqual(await delivery.deliverDue(), { sent: 2, failed: 0, waiting: 1 });
    assert.deepEqual(await mailed(), ['one', 'two']);
    mood = 'takes';
    clock.advance(15 * 60_000);
    await delivery.deliverDue();
    assert.deepEqual(taken.toSorted(), ['one to -100', 'one to -200', 'two to -100', 'two to -200']);
    assert.equal(server.received.length, 2);
    const said = logger.entries.map(({ fields, message }) => `${fields['subject']}: ${message}`);
    assert.ok(said.includes('delivery by chat: trouble started') && said.includes('delivery by chat: trouble is over'));
  });

  it('gets everything while the mail server is dead, and the mails follow when that is back', async () => {
    const { port } = server;
    await server.stop();
    await put('one');
    const delivery = worker();
    assert.deepEqual(await delivery.deliverDue(), { sent: 2, failed: 0, waiting: 1 });
    assert.deepEqual(taken, ['one to -100', 'one to -200']);
    server = await startMailServer({ port });
    clock.advance(15 * 60_000);
    await delivery.deliverDue();
    assert.deepEqual(await mailed(), ['one']);
    assert.equal(taken.length, 2);
  });

  it('does not hold up mails while it hangs, and is broken off before its lease ends', async () => {
    mood = 'hangs';
    await put('one');
    const delivery = worker();
    delivery.start();
    clock.advance(0);
    const noted = () => logger.entries.filter(({ message }) => message === 'notice sent').length;
    await until(() => noted() === 1);
    await put('two');
    delivery.wake();
    await until(() => {
      clock.advance(0);
      return noted() === 2;
    });
    const isOver = () => logger.entries.some(({ fields }) => fields['subject'] === 'delivery by chat');
    clock.advance(104_000);
    assert.equal(isOver(), false);
    clock.advance(1000);
    await until(isOver);
    mood = 'takes';
    await delivery.stop();
    clock.advance(15 * 60_000);
    await worker().deliverDue();
    assert.equal(taken.length, 4);
    assert.equal(server.received.length, 2);
  });

  it('does not tell one address again for the trouble of the next', async () => {
    mood = 'breaks after the first';
    await put('one');
    const delivery = worker();
    await delivery.deliverDue();
    assert.deepEqual(taken, ['one to -100']);
    mood = 'takes';
    clock.advance(15 * 60_000);
    await delivery.deliverDue();
    assert.deepEqual(taken, ['one to -100', 'one to -200']);
  });

  it('gives up what it refuses three times, and the mail still counts as sent', async () => {
    mood = true;
    await put('one');
    const delivery = worker();
    let failed = 0;
    for (let round = 0; round < 3; round += 1) {
      ({ failed } = await delivery.deliverDue());
      clock.advance(15 * 60_000);
    }
    assert.equal(failed, 2);
    assert.equal(server.received.length, 1);
    assert.deepEqual(await delivery.deliverDue(), { sent: 0, failed: 0, waiting: 0 });
  });

  it('is left alone by the refusals of a mail', async () => {
    await server.stop();
    server = await startMailServer({
      port: server.port,
      onRcptTo: (_address, _session, done) => done(smtpAnswer(550, 'no such user')),
    });
    await put('one');
    assert.deepEqual(await worker().deliverDue(), { sent: 2, failed: 0, waiting: 1 });
    assert.deepEqual(taken, ['one to -100', 'one to -200']);
  });
});

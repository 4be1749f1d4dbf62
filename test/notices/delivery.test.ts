import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { SMTPServerOptions } from 'smtp-server';
import { createMailer, type Mail, type Mailer, type MailSender } from '../../src/notices/channels/mail/mailer.ts';
import { createDelivery, type Delivery, LEASE_MS } from '../../src/notices/delivery.ts';
import type { Channel, Outbox } from '../../src/notices/ports.ts';
import { createOutbox } from '../../src/notices/store/outbox-store.ts';
import { createJobStore } from '../../src/platform/store/job-store.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { freshSqlite, migrated } from '../support/databases.ts';
import { type MailServer, smtpAnswer, startMailServer } from '../support/mail-server.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { mailChannel, noticeOf } from '../support/notices.ts';
import { createBreachStore } from '../support/stores.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const DAY_MS = 86_400_000;

describe('delivery', () => {
  let test: Awaited<ReturnType<typeof migrated>>;
  let server: MailServer;
  let clock: ManualClock;
  let logger: ReturnType<typeof createMemoryLogger>;
  const mailers: Mailer[] = [];

  beforeEach(async () => {
    test = await migrated(freshSqlite);
    clock = createManualClock(NOON);
    logger = createMemoryLogger();
  });
  afterEach(async () => {
    for (const mailer of mailers.splice(0)) mailer.close();
    await server.stop();
    await test.drop();
    assert.deepEqual(logger.errors(), []);
  });

  async function serve(options: SMTPServerOptions & { readonly port?: number } = {}) {
    server = await startMailServer(options);
  }

  /** Another worker on the same database. */
  function worker(change: { readonly channels?: readonly Channel[]; readonly outbox?: Outbox } = {}): Delivery {
    const database = test.open();
    const mailer = createMailer({ ...server.settings(), deadlines: { connectMs: 2000, idleMs: 2000, totalMs: 4000 } });
    mailers.push(mailer);
    return createDelivery({
      outbox: createOutbox({ database, clock }),
      channels: [mailChannel(mailer)],
      jobs: createJobStore({ database }),
      clock,
      logger,
      troubles: createTroubleLog({ logger, clock }),
      random: () => 0,
      ...change,
    });
  }

  async function put(...ids: string[]) {
    const notices = ids.map((id) => noticeOf(id, { createdAt: clock.now(), worthUntil: NOON + 2 * DAY_MS }));
    await createBreachStore({ database: test.database }).record([], notices);
  }

  async function subjects(): Promise<(string | undefined)[]> {
    return Promise.all(server.received.map(async (mail) => (await mail.parse()).subject));
  }

  it('sends what is due, oldest first, once', async () => {
    await serve();
    await put('one');
    clock.advance(1);
    await put('two');
    const delivery = worker();
    assert.deepEqual(await delivery.deliverDue(), { sent: 2, failed: 0, waiting: 0 });
    assert.deepEqual(await delivery.deliverDue(), { sent: 0, failed: 0, waiting: 0 });
    assert.deepEqual(await subjects(), ['one', 'two']);
  });

  it('sends each mail once though three workers try at the same time', async () => {
    await serve();
    const ids = Array.from({ length: 12 }, (_, index) => `m${index}`);
    await put(...ids);
    const rounds = await Promise.all([worker(), worker(), worker()].map((delivery) => delivery.deliverDue()));
    assert.equal(
      rounds.reduce((sum, { sent }) => sum + sent, 0),
      ids.length,
    );
    assert.deepEqual((await subjects()).toSorted(), ids.toSorted());
  });

  it('keeps a mail while the server is away, and sends it when it is back', async () => {
    await serve();
    const { port } = server;
    await server.stop();
    await put('one', 'two');
    const delivery = worker();
    assert.deepEqual(await delivery.deliverDue(), { sent: 0, failed: 0, waiting: 1 });
    clock.advance(30_000);
    assert.deepEqual(await delivery.deliverDue(), { sent: 0, failed: 0, waiting: 1 });
    await serve({ port });
    clock.advance(60_000);
    assert.deepEqual(await delivery.deliverDue(), { sent: 2, failed: 0, waiting: 0 });
    assert.deepEqual((await subjects()).toSorted(), ['one', 'two']);
    const said = logger.entries
      .filter(({ fields }) => fields['subject'] === 'delivery by mail')
      .map(({ message }) => message);
    assert.deepEqual(said, ['trouble started', 'trouble is over']);
  });

  it('closes what is outdated after days without a worker unsent, and sends what is not', async () => {
    await serve();
    await put('old');
    clock.advance(DAY_MS);
    const young = noticeOf('young', { createdAt: clock.now(), worthUntil: NOON + 3 * DAY_MS });
    await createBreachStore({ database: test.database }).record([], [young]);
    clock.advance(DAY_MS + 1);
    assert.deepEqual(await worker().deliverDue(), { sent: 1, failed: 1, waiting: 0 });
    assert.deepEqual(await subjects(), ['young']);
    const [told] = logger.entries.filter(({ message }) => message === 'notice given up');
    assert.deepEqual([told?.fields['notice'], /^outdated: /.test(String(told?.fields['trouble']))], ['old', true]);
  });

  it('gives up on a refused mail after three tries', async () => {
    await serve({
      onData: (stream, _session, done) => void stream.resume().on('end', () => done(smtpAnswer(554, 'spam'))),
    });
    await put('one');
    const delivery = worker();
    assert.deepEqual(await delivery.deliverDue(), { sent: 0, failed: 0, waiting: 1 });
    clock.advance(30_000);
    assert.deepEqual(await delivery.deliverDue(), { sent: 0, failed: 0, waiting: 1 });
    clock.advance(60_000);
    assert.deepEqual(await delivery.deliverDue(), { sent: 0, failed: 1, waiting: 0 });
    clock.advance(DAY_MS);
    assert.deepEqual(await delivery.deliverDue(), { sent: 0, failed: 0, waiting: 0 });
  });

  it('retries a login that is refused for two days, then gives up', async () => {
    let tries = 0;
    await serve({
      onMailFrom(_address, _session, done) {
        tries += 1;
        done(smtpAnswer(530, 'log in first'));
      },
    });
    await put('one');
    const delivery = worker();
    let failed = 0;
    while (failed === 0 && tries < 1000) {
      failed = (await delivery.deliverDue()).failed;
      clock.advance(15 * 60_000);
    }
    assert.equal(failed, 1);
    assert.ok(tries > 100);
    assert.ok(clock.now() <= NOON + 2 * DAY_MS + 15 * 60_000);
  });

  it('sends a mail again under the same Message-ID when a worker died between the server’s yes and its note', async () => {
    await serve();
    await put('one');
    const dying = worker({
      outbox: {
        ...createOutbox({ database: test.database, clock }),
        settle: () => Promise.reject(new TroubleError('DATABASE_UNAVAILABLE', 'gone', '')),
      },
    });
    await assert.rejects(dying.deliverDue(), { code: 'DATABASE_UNAVAILABLE' });
    const other = worker();
    clock.advance(LEASE_MS - 1);
    assert.deepEqual(await other.deliverDue(), { sent: 0, failed: 0, waiting: 0 });
    clock.advance(1);
    assert.deepEqual(await other.deliverDue(), { sent: 1, failed: 0, waiting: 0 });
    const ids = await Promise.all(server.received.map(async (mail) => (await mail.parse()).messageId));
    assert.deepEqual(ids, ['<one@example.com>', '<one@example.com>']);
  });

  it('does not send a mail again when only the database was away for the note', async () => {
    await serve();
    await put('one');
    const outbox = createOutbox({ database: test.database, clock });
    let isAway = true;
    const delivery = worker({
      outbox: {
        ...outbox,
        settle: (claimed, outcomes) =>
          isAway
            ? Promise.reject(new TroubleError('DATABASE_UNAVAILABLE', 'gone', ''))
            : outbox.settle(claimed, outcomes),
      },
    });
    await assert.rejects(delivery.deliverDue(), { code: 'DATABASE_UNAVAILABLE' });
    clock.advance(LEASE_MS * 2);
    isAway = false;
    await delivery.deliverDue();
    assert.equal(server.received.length, 1);
    assert.equal(await outbox.nextDueInMs('mail'), null);
  });

  it('sends nothing without a channel in the configuration', async () => {
    await serve();
    await put('one');
    const delivery = worker({ channels: [] });
    delivery.start();
    assert.deepEqual(await delivery.deliverDue(), { sent: 0, failed: 0, waiting: 0 });
    assert.equal(clock.pending(), 0);
  });

  /** A mail server that is done when told to. */
  function slowSender() {
    const sent: string[] = [];
    let finish = () => {};
    let signal: AbortSignal | null = null;
    const sender: MailSender = {
      send(mail: Mail, given: AbortSignal) {
        signal = given;
        return new Promise((resolve, reject) => {
          finish = () => {
            sent.push(mail.id);
            resolve([]);
          };
          given.addEventListener('abort', () => reject(new TroubleError('MAIL_TIMED_OUT', 'aborted', '')));
        });
      },
    };
    return { sender, sent, finish: () => finish(), isSending: () => signal !== null };
  }

  async function until(isTrue: () => boolean) {
    while (!isTrue()) await turn();
  }

  it('runs by itself: at the start, when woken, and when a mail is due', async () => {
    await serve();
    await put('one');
    const delivery = worker();
    delivery.start();
    clock.advance(0);
    await until(() => server.received.length === 1 && clock.pending() === 1);
    await put('two');
    delivery.wake();
    clock.advance(0);
    await until(() => server.received.length === 2 && clock.pending() === 1);
    await put('three');
    clock.advance(30_000);
    await until(() => server.received.length === 3);
    await delivery.stop();
    assert.equal(clock.pending(), 0);
  });

  it('finishes the mail under way when stopped, and takes up no other', async () => {
    await serve();
    await put('one', 'two');
    const slow = slowSender();
    const delivery = worker({ channels: [mailChannel(slow.sender)] });
    delivery.start();
    clock.advance(0);
    await until(slow.isSending);
    const stopped = delivery.stop();
    slow.finish();
    await stopped;
    assert.equal(slow.sent.length, 1);
  });

  it('does not ask when the next mail is due once it is to stop', async () => {
    await serve();
    await put('one');
    let asked = 0;
    const slow = slowSender();
    const delivery = worker({
      channels: [mailChannel(slow.sender)],
      outbox: {
        ...createOutbox({ database: test.database, clock }),
        async nextDueInMs() {
          asked += 1;
          return null;
        },
      },
    });
    delivery.start();
    clock.advance(0);
    await until(slow.isSending);
    const stopped = delivery.stop();
    slow.finish();
    await stopped;
    assert.equal(asked, 0);
  });

  it('waits at the stop for a question to the database that is under way', async () => {
    await serve();
    let answer = () => {};
    let isAsked = false;
    const delivery = worker({
      outbox: {
        ...createOutbox({ database: test.database, clock }),
        nextDueInMs() {
          isAsked = true;
          return new Promise((resolve) => {
            answer = () => resolve(null);
          });
        },
      },
    });
    delivery.start();
    clock.advance(0);
    await until(() => isAsked);
    let isStopped = false;
    const stopped = delivery.stop().then(() => {
      isStopped = true;
    });
    for (let turns = 0; turns < 10; turns += 1) await turn();
    assert.equal(isStopped, false);
    answer();
    await stopped;
  });

  it('sends at once what is written while it asks when the next mail is due', async () => {
    await serve();
    const outbox = createOutbox({ database: test.database, clock });
    const asked: PromiseWithResolvers<number | null>[] = [];
    const delivery = worker({
      outbox: {
        ...outbox,
        nextDueInMs() {
          const question = Promise.withResolvers<number | null>();
          asked.push(question);
          return question.promise;
        },
      },
    });
    delivery.start();
    clock.advance(0);
    await until(() => asked.length === 1);
    await put('one');
    delivery.wake();
    asked[0]?.resolve(null);
    await until(() => clock.pending() === 1);
    clock.advance(0);
    await until(() => server.received.length === 1 && asked.length === 2);
    const stopped = delivery.stop();
    asked[1]?.resolve(null);
    await stopped;
  });

  it('does not send what it was given so late that the lease is over', async () => {
    await serve();
    await put('one');
    const outbox = createOutbox({ database: test.database, clock });
    const slow: Outbox = {
      ...outbox,
      async claim(channel, leaseMs) {
        const claimed = await outbox.claim(channel, leaseMs);
        if (claimed !== null && claimed.lines[0]?.attempts === 1) clock.advance(LEASE_MS - 15_000);
        return claimed;
      },
    };
    const delivery = worker({ outbox: slow });
    assert.deepEqual(await delivery.deliverDue(), { sent: 0, failed: 0, waiting: 0 });
    assert.equal(server.received.length, 0);
    clock.advance(15_000);
    assert.deepEqual(await delivery.deliverDue(), { sent: 1, failed: 0, waiting: 0 });
  });

  it('breaks a mail off that holds up the stop for 5 s; it is tried again later', async () => {
    await serve();
    await put('one');
    const slow = slowSender();
    const delivery = worker({ channels: [mailChannel(slow.sender)] });
    delivery.start();
    clock.advance(0);
    await until(slow.isSending);
    const stopped = delivery.stop();
    clock.advance(5000);
    await stopped;
    clock.advance(30_000);
    assert.deepEqual(await worker().deliverDue(), { sent: 1, failed: 0, waiting: 0 });
  });
});

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sql } from 'kysely';
import type { Letter } from '../../src/notices/letter.ts';
import type { OutgoingNotice } from '../../src/notices/notice.ts';
import type { ClaimedNotice, LineOutcome } from '../../src/notices/ports.ts';
import { forgetNotices } from '../../src/notices/store/notice-purger.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import { createOutbox } from '../../src/notices/store/outbox-store.ts';
import { takeOverMails } from '../../src/notices/store/take-over.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { readDatabaseClock } from '../../src/platform/store/database-clock.ts';
import { DAY, NOON } from '../support/bookings.ts';
import { type FreshDatabase, migrated } from '../support/databases.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { MAIL, noticeOf, outcomeOf, toMailTo } from '../support/notices.ts';
import { createBreachStore, createReportBook } from '../support/stores.ts';

const LEASE = 120_000;
/** A channel whose messages have one addressee each. */
const CHAT = { name: 'chat', isShared: false } as const;

/** What every outbox must do; `fresh` gives it an empty database. */
export function describeOutbox(store: string, fresh: FreshDatabase): void {
  describe(`the outbox on ${store}`, () => {
    let test: Awaited<ReturnType<typeof migrated>>;
    let database: Database;

    beforeEach(async () => {
      test = await migrated(fresh);
      database = test.database;
    });
    afterEach(() => test.drop());

    const at = (now: number, from = database) => createOutbox({ database: from, clock: createManualClock(now) });
    const claimAt = (now: number, from = database) => at(now, from).claim(MAIL, LEASE);

    async function put(...notices: OutgoingNotice[]) {
      await database.transaction((transaction) => createNoticeWriter({ database }).write(transaction, notices));
    }

    const plain = (id: string, change: Partial<OutgoingNotice> = {}) => noticeOf(id, { createdAt: NOON, ...change });

    async function claimed(now = NOON, channel: typeof MAIL | typeof CHAT = MAIL): Promise<ClaimedNotice> {
      const found = await at(now).claim(channel, LEASE);
      assert.ok(found !== null);
      return found;
    }

    const all = (found: ClaimedNotice, change: Partial<LineOutcome> = {}) =>
      found.lines.map(({ address }) => outcomeOf({ address, ...change }));
    const addressesOf = (found: ClaimedNotice | null) => found?.lines.map(({ address }) => address);

    async function standing(id: string) {
      const { rows } = await database.read((queries) =>
        sql<Record<string, unknown>>`SELECT state, sent_at, attempts FROM notices WHERE id = ${id}`.execute(queries),
      );
      return rows.map((row) => [row['state'], row['sent_at'], row['attempts']])[0];
    }

    it('gives back a page as it was put in', async () => {
      const attachment = { fileName: 'usage.csv', contentType: 'text/csv; charset=utf-8', content: 'a,"b"\r\n👾\r\n' };
      const notice = plain('n1', { kind: 'report', attachment, to: toMailTo('Ä <a@example.com>', 'b@example.com') });
      const report = createReportBook({ database });
      assert.equal(await report.write({ report: 'day', periodStart: DAY }, notice, false), true);
      const found = await claimed();
      const { periodEnd: _, to: __, ...stored } = notice;
      assert.deepEqual(found.notice, stored);
      assert.deepEqual(found.lines, [
        { address: 'b@example.com', attempts: 1, refusals: 0 },
        { address: 'Ä <a@example.com>', attempts: 1, refusals: 0 },
      ]);
      assert.notEqual(found.claim, '');
    });

    it('gives back what a notice is about', async () => {
      const about = { event: 'device.up', devices: ['ä 👾', 'b'], incident: 7, answers: 'n0' } as const;
      await put(plain('n1', { kind: 'device', ...about }));
      const { event, devices, incident, answers } = (await claimed()).notice;
      assert.deepEqual({ event, devices, incident, answers }, about);
    });

    it('gives an address what it knows the notice by that is followed up, and nobody else', async () => {
      const to = [
        { channel: 'chat', address: '-100' },
        { channel: 'chat', address: '-200' },
      ];
      await put(plain('down', { to }));
      await at(NOON).settle(await claimed(NOON, CHAT), [outcomeOf({ address: '-100', messageId: '17' })]);
      await at(NOON).settle(await claimed(NOON, CHAT), [outcomeOf({ address: '-200' })]);
      await put(plain('up', { to, answers: 'down', createdAt: NOON + 1 }));
      const replies = [await claimed(NOON + 1, CHAT), await claimed(NOON + 1, CHAT)];
      assert.deepEqual(
        replies.map(({ lines, replyTo }) => [lines[0]?.address, replyTo]),
        [
          ['-100', '17'],
          ['-200', null],
        ],
      );
    });

    it('gives back a letter as it was put in', async () => {
      const letter: Letter = {
        tone: 'warning',
        ...{ kicker: 'Quota', title: 'bob 👾', lead: 'bob has', meter: { percent: 81 } },
        ...{ facts: [{ label: 'User', value: '{{user}}' }], table: { head: ['a'], rows: [['1'], ['2']] } },
        ...{ advice: 'Look', commands: ["explain --queue='it'"] },
      };
      await put(plain('n1', { content: { letter } }));
      assert.deepEqual((await claimed()).notice.content, { letter });
    });

    it('keeps a large file whole', async () => {
      const content = 'Семья,1\r\n'.repeat(200_000);
      await put(plain('n1', { attachment: { fileName: 'a.csv', contentType: 'text/csv', content } }));
      assert.equal((await claimed()).notice.attachment?.content, content);
    });

    it('takes no notice that would go to nobody', async () => {
      await assert.rejects(put(plain('n1', { to: [] })), /to nobody/);
      assert.equal(await standing('n1'), undefined);
    });

    it('gives a notice to one worker until the lease ends, then to another', async () => {
      await put(plain('n1'));
      const first = await claimed();
      assert.equal(await claimAt(NOON + LEASE - 1), null);
      assert.equal(await at(NOON + LEASE - 1).nextDueInMs(MAIL.name), 1);
      const second = await claimed(NOON + LEASE);
      assert.equal(second.notice.id, first.notice.id);
      assert.equal(second.lines[0]?.attempts, 2);
    });

    it('counts the lease by its own clock from within the claim, however long that waits', async () => {
      await put(plain('n1', { createdAt: 0 }));
      // Another channel that is about to settle holds the notice.
      const held = Promise.withResolvers<void>();
      const locked = Promise.withResolvers<void>();
      const [other, watch] = [test.open(), test.open()];
      const holding = other.transaction(async (transaction) => {
        await sql`UPDATE notices SET attempts = attempts WHERE id = 'n1'`.execute(transaction);
        locked.resolve();
        await held.promise;
      });
      await locked.promise;
      const claiming = createOutbox({ database }).claim(MAIL, LEASE);
      const clockOf = () => watch.read((queries) => readDatabaseClock(database.kind, queries));
      // A look at the database's own clock, which goes on meanwhile.
      const before = await clockOf();
      while ((await clockOf()) < before + 30);
      const releasedAt = await clockOf();
      held.resolve();
      await holding;
      assert.ok((await claiming) !== null);
      const leftMs = await createOutbox({ database }).nextDueInMs(MAIL.name);
      assert.ok(leftMs !== null && (await clockOf()) + leftMs >= releasedAt + LEASE, `${leftMs} ms are left`);
    });

    it('gives what is due longest, and nothing before its time', async () => {
      await put(plain('late', { createdAt: NOON + 5 }), plain('early', { createdAt: NOON - 5 }));
      assert.equal(await at(NOON).nextDueInMs(MAIL.name), -5);
      assert.equal((await claimed()).notice.id, 'early');
      assert.equal(await claimAt(NOON), null);
    });

    it('gives each of many notices to exactly one of many workers at once', async () => {
      const ids = Array.from({ length: 20 }, (_, index) => `n${index}`);
      await put(...ids.map((id) => plain(id)));
      const workers = Array.from({ length: 4 }, () => test.open());
      const given = await Promise.all(
        workers.map(async (worker) => {
          const mine: string[] = [];
          for (let found = await claimAt(NOON, worker); found !== null; found = await claimAt(NOON, worker))
            mine.push(found.notice.id);
          return mine;
        }),
      );
      assert.deepEqual(given.flat().toSorted(), ids.toSorted());
    });

    it('forgets what is sent', async () => {
      await put(plain('n1'));
      assert.equal(await at(NOON).settle(await claimed(), [outcomeOf()]), true);
      assert.equal(await at(NOON).nextDueInMs(MAIL.name), null);
      assert.equal(await claimAt(NOON + LEASE * 10), null);
    });

    it('keeps those addresses that wait with what is left of them', async () => {
      await put(plain('n1', { to: toMailTo('a@example.com', 'b@example.com') }));
      const found = await claimed();
      const waiting = outcomeOf({
        ...{ address: 'b@example.com', state: 'pending', retryInMs: 30_000 },
        ...{ refusals: 1, sentAt: null, trouble: 'x'.repeat(5000) },
      });
      assert.equal(await at(NOON).settle(found, [outcomeOf({ address: 'a@example.com', sentAt: 7 }), waiting]), true);
      assert.deepEqual(await standing('n1'), ['pending', 7n, 1n]);
      assert.equal(await at(NOON).nextDueInMs(MAIL.name), 30_000);
      assert.equal(await claimAt(NOON + 29_999), null);
      const again = await claimed(NOON + 30_000);
      assert.deepEqual(again.lines, [{ address: 'b@example.com', attempts: 2, refusals: 1 }]);
      assert.deepEqual(await standing('n1'), ['claimed', 7n, 2n]);
      await at(NOON).settle(again, all(again, { state: 'failed', sentAt: null }));
      assert.deepEqual(await standing('n1'), ['sent', 7n, 2n]);
    });

    it('gives all addresses of a notice at once on a channel that can tell them together, and else one by one', async () => {
      const to = ['1', '2'].flatMap((address) => [MAIL, CHAT].map(({ name }) => ({ channel: name, address })));
      await put(plain('n1', { to }));
      assert.deepEqual(addressesOf(await claimed()), ['1', '2']);
      assert.deepEqual(addressesOf(await claimed(NOON, CHAT)), ['1']);
      assert.deepEqual(addressesOf(await claimed(NOON, CHAT)), ['2']);
      assert.equal(await at(NOON).claim(CHAT, LEASE), null);
    });

    it('keeps the channels apart', async () => {
      await put(plain('n1', { to: [...toMailTo('a@example.com'), { channel: CHAT.name, address: '-100' }] }));
      const [mail, chat] = [await claimed(), await claimed(NOON, CHAT)];
      await at(NOON).settle(mail, all(mail, { state: 'failed', sentAt: null, trouble: 'no' }));
      assert.deepEqual((await standing('n1'))?.[0], 'claimed');
      assert.equal(await at(NOON).nextDueInMs(MAIL.name), null);
      assert.equal(await at(NOON).nextDueInMs(CHAT.name), LEASE);
      await at(NOON).settle(chat, all(chat, { sentAt: 9 }));
      assert.deepEqual(await standing('n1'), ['sent', 9n, 1n]);
    });

    it('knows what a notice comes to though two channels settle it at the same time', async () => {
      for (let round = 0; round < 5; round += 1) {
        const id = `n${round}`;
        await put(plain(id, { to: [...toMailTo('a@example.com'), { channel: CHAT.name, address: '-100' }] }));
        const others = test.open();
        const [mail, chat] = await Promise.all([claimAt(NOON), at(NOON, others).claim(CHAT, LEASE)]);
        assert.ok(mail !== null && chat !== null);
        await Promise.all([at(NOON).settle(mail, all(mail)), at(NOON, others).settle(chat, all(chat))]);
        assert.equal((await standing(id))?.[0], 'sent');
      }
    });

    it('lets nobody settle what the lease has given to another', async () => {
      await put(plain('n1'));
      const first = await claimed();
      const second = await claimed(NOON + LEASE);
      assert.equal(await at(NOON).settle(first, all(first, { state: 'failed', sentAt: null })), false);
      assert.equal(await at(NOON).settle(second, all(second)), true);
    });

    it('takes the same outcome twice, as after a lost answer', async () => {
      await put(plain('n1'));
      const found = await claimed();
      assert.equal(await at(NOON).settle(found, all(found)), true);
      assert.equal(await at(NOON).settle(found, all(found)), true);
    });

    it('closes at the purge what waits for a channel that is gone, once it is outdated', async () => {
      const to = [...toMailTo('a@example.com'), { channel: CHAT.name, address: '-100' }];
      await put(plain('both', { to, worthUntil: NOON }), plain('gone', { to: to.slice(1), worthUntil: NOON }));
      const logger = createMemoryLogger();
      const purgeAt = (now: number, dryRun = false) => {
        const deps = { database, clock: createManualClock(now), logger, channels: [MAIL.name] };
        return forgetNotices(deps)({ beforeDay: '2000-01-01', beforeAt: 0 }, dryRun);
      };
      const states = async () => [(await standing('both'))?.[0], (await standing('gone'))?.[0]];
      await purgeAt(NOON);
      await purgeAt(NOON + 1, true);
      assert.deepEqual([await states(), await at(NOON).nextDueInMs(CHAT.name)], [['pending', 'pending'], 0]);
      await purgeAt(NOON + 1);
      assert.deepEqual([await states(), await at(NOON).nextDueInMs(CHAT.name)], [['pending', 'failed'], null]);
      assert.deepEqual(
        logger.entries.map(({ fields, message }) => [fields['notice'], fields['channel'], message]).toSorted(),
        ['both', 'gone'].map((notice) => [notice, CHAT.name, 'notice given up']),
      );
      assert.deepEqual(addressesOf(await claimed()), ['a@example.com']);
    });

    it('leaves alone at the purge what a worker with that channel is sending', async () => {
      await put(plain('gone', { to: [{ channel: CHAT.name, address: '-100' }], worthUntil: NOON }));
      assert.ok((await createOutbox({ database }).claim(CHAT, LEASE)) !== null);
      const deps = { database, clock: createManualClock(NOON + 1), logger: createMemoryLogger(), channels: [] };
      await forgetNotices(deps)({ beforeDay: '2000-01-01', beforeAt: 0 }, false);
      assert.equal((await standing('gone'))?.[0], 'claimed');
    });

    describe('with mails of an earlier version', () => {
      interface FormerMail {
        readonly to: unknown;
        readonly state: string;
        readonly dueAt: number;
        readonly sentAt: number | null;
        readonly attempts: number;
        readonly fileName: string | null;
      }
      const former = (id: string, change: Partial<FormerMail> = {}) => {
        const mail = { to: ['a@example.com'], state: 'pending', dueAt: NOON, sentAt: null, attempts: 0, ...change };
        return database.read((queries) =>
          sql`INSERT INTO mails (id, recipients, subject, text_body, html_body, file_name, file_type, file_content, state, created_at,
            period_end, due_at, give_up_at, attempts, refusals, claim, sent_at, trouble) VALUES (${id}, ${JSON.stringify(mail.to)}, ${id},
            'text', '<p>html</p>', ${mail.fileName ?? null}, ${mail.fileName ? 'text/csv' : null}, ${mail.fileName ? 'a,b' : null},
            ${mail.state}, ${NOON - 5}, ${DAY}, ${mail.dueAt}, ${NOON + LEASE}, ${mail.attempts}, 1, 'theirs', ${mail.sentAt},
            NULL)`.execute(queries),
        );
      };
      const takeOver = (now = NOON) => takeOverMails({ database, clock: createManualClock(now) });
      const left = async () => {
        const { rows } = await database.read((queries) => sql<{ id: string }>`SELECT id FROM mails`.execute(queries));
        return rows.map(({ id }) => id);
      };

      it('sends what waits, each address by itself, with what is left of it', async () => {
        await former('m1', { to: ['b@example.com', 'a@example.com'], dueAt: NOON + 7, attempts: 2, fileName: 'a.csv' });
        assert.equal(await claimAt(NOON), null);
        const found = await claimed(NOON + 7);
        assert.deepEqual(found.notice, {
          ...{ event: '', devices: [], incident: null, answers: null },
          ...{ id: 'm1', kind: 'report', subject: 'm1', content: { page: { text: 'text', html: '<p>html</p>' } } },
          ...{ attachment: { fileName: 'a.csv', contentType: 'text/csv', content: 'a,b' } },
          ...{ createdAt: NOON - 5, worthUntil: NOON + LEASE },
        });
        assert.deepEqual(found.lines, [
          { address: 'a@example.com', attempts: 3, refusals: 1 },
          { address: 'b@example.com', attempts: 3, refusals: 1 },
        ]);
        assert.deepEqual(await left(), []);
      });

      it('leaves one that a worker of that version is sending to it, until its lease ends', async () => {
        await former('m1', { state: 'claimed', dueAt: NOON + 1, attempts: 1 });
        assert.equal(await claimAt(NOON), null);
        assert.deepEqual(await left(), ['m1']);
        assert.equal((await claimed(NOON + 1)).notice.id, 'm1');
        assert.deepEqual(await left(), []);
      });

      it('gives up one with an address that is none, and starts all the same', async () => {
        await former('m1', { to: ['', 'a@example.com'], sentAt: NOON - 1, attempts: 1 });
        assert.equal(await claimAt(NOON), null);
        assert.deepEqual(await left(), []);
      });

      it('knows what became of those that are settled, and that some got one that waits for others', async () => {
        await former('sent', { state: 'sent', sentAt: NOON - 3, attempts: 2 });
        await former('failed', { state: 'failed', attempts: 3 });
        await former('nobody', { state: 'sent', to: [], sentAt: NOON - 2, attempts: 1 });
        await former('half', { sentAt: NOON - 1, attempts: 1 });
        await takeOver();
        assert.deepEqual(await standing('sent'), ['sent', BigInt(NOON - 3), 2n]);
        assert.deepEqual(await standing('failed'), ['failed', null, 3n]);
        assert.deepEqual(await standing('nobody'), ['sent', BigInt(NOON - 2), 1n]);
        assert.deepEqual(await standing('half'), ['pending', BigInt(NOON - 1), 1n]);
        const half = await claimed();
        await at(NOON).settle(half, all(half, { state: 'failed', sentAt: null }));
        assert.deepEqual((await standing('half'))?.[0], 'sent');
        assert.equal(await claimAt(NOON + LEASE), null);
      });

      it('gives up one whose addresses cannot be read, and sends every other', async () => {
        await former('odd', { to: [7], dueAt: NOON - 1 });
        await former('empty', { to: [], dueAt: NOON - 1 });
        await former('well');
        assert.equal((await claimed()).notice.id, 'well');
        assert.deepEqual((await standing('odd'))?.[0], 'failed');
        assert.deepEqual((await standing('empty'))?.[0], 'failed');
      });

      it('takes each over once though many do at the same time', async () => {
        const ids = Array.from({ length: 120 }, (_, index) => `m${index}`);
        for (const id of ids) await former(id);
        const workers = Array.from({ length: 4 }, () => test.open());
        await Promise.all(workers.map((worker) => takeOverMails({ database: worker, clock: createManualClock(NOON) })));
        assert.deepEqual(await left(), []);
        const { rows } = await database.read((queries) =>
          sql<{ notice: string }>`SELECT notice FROM deliveries`.execute(queries),
        );
        assert.deepEqual(rows.map(({ notice }) => notice).toSorted(), ids.toSorted());
      });

      it('shows a breach whose mail that version holds as one whose notice waits', async () => {
        const breaches = createBreachStore({ database });
        await breaches.record(
          [
            {
              ...{ router: 'edge-1', user: 'bob', period: 'day', periodStart: DAY, periodEnd: DAY, threshold: 100 },
              ...{ limitBytes: 10n, countedBytes: 11n, noticedAt: NOON, day: DAY, state: 'mailed', mailId: 'm1' },
            },
          ],
          [],
        );
        await former('m1', { state: 'claimed', dueAt: NOON + 1 });
        const shown = async (mail?: 'waiting') =>
          (await breaches.alerts({ fromDay: DAY, toDay: DAY, ...(mail && { mail }) })).map(({ state }) => state);
        assert.deepEqual(await shown(), ['pending']);
        assert.deepEqual(await shown('waiting'), ['pending']);
        await takeOver(NOON + 1);
        assert.deepEqual(await shown('waiting'), ['pending']);
        assert.equal((await claimed(NOON + 1)).notice.kind, 'quota');
        assert.deepEqual(await shown(), ['claimed']);
      });
    });
  });
}

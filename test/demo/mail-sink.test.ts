import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type ChatMessage, type ChatSink, startChatSink } from '../../src/demo/chat-sink.ts';
import { type MailSink, type SunkMail, startMailSink } from '../../src/demo/mail-sink.ts';
import { createMailer } from '../../src/notices/channels/mail/mailer.ts';
import { createTelegramChannel } from '../../src/notices/channels/telegram.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { noticeOf } from '../support/notices.ts';

describe('mail sink', () => {
  let folder: string;
  let sink: MailSink;
  let arrived: SunkMail[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'netsentinel-sink-'));
    arrived = [];
    sink = await startMailSink({ folder: join(folder, 'mails'), onMail: (mail) => arrived.push(mail) });
  });
  afterEach(async () => {
    await sink.stop();
    rmSync(folder, { recursive: true });
  });

  async function send(subject: string) {
    const mailer = createMailer({
      from: 'netsentinel@example.com',
      smtp: { host: sink.host, port: sink.port, secure: false, tls: { required: false, insecure: false } },
    });
    const mail = {
      id: 'm1',
      answers: null,
      to: ['admin@example.com'],
      subject,
      text: 'text',
      html: '<p>Семья</p>',
      attachment: null,
      createdAt: 0,
    };
    assert.deepEqual(await mailer.send(mail, new AbortController().signal), []);
    mailer.close();
  }

  it('shows the subject and leaves the mail and its HTML in the folder', async () => {
    await send('Quota: bob used 10.4 of 10 GB today');
    const [mail] = arrived;
    assert.equal(mail?.subject, 'Quota: bob used 10.4 of 10 GB today');
    assert.deepEqual(mail?.to, ['admin@example.com']);
    assert.equal(mail?.emlFile, join(folder, 'mails', '001-quota-bob-used-10-4-of-10-gb-today.eml'));
    assert.equal(readFileSync(mail?.htmlFile ?? '', 'utf8').trim(), '<p>Семья</p>');
    assert.match(readFileSync(mail.emlFile, 'utf8'), /^Message-ID: <m1@example\.com>/im);
  });

  it('lets no name lead out of the folder', async () => {
    await send('../../etc/passwd \u0000\u202E');
    await send('Семья');
    assert.deepEqual(readdirSync(join(folder, 'mails')).toSorted(), [
      '001-etc-passwd.eml',
      '001-etc-passwd.html',
      '002-mail.eml',
      '002-mail.html',
    ]);
  });
});

describe('chat sink', () => {
  const NEVER = new AbortController().signal;
  let sink: ChatSink;
  let arrived: ChatMessage[];

  beforeEach(async () => {
    arrived = [];
    sink = await startChatSink({ onMessage: (message) => arrived.push(message) });
  });
  afterEach(() => sink.stop());

  function channel() {
    return createTelegramChannel(
      { name: 'chat', timeZone: 'Asia/Karachi', timeoutMs: 5_000, logger: createMemoryLogger() },
      { token: { reveal: () => '1:token' }, chats: ['-1'], api: sink.url },
    );
  }

  it('takes what the channel of Telegram sends, and gives its first line without markup and what terminals obey', async () => {
    const notice = noticeOf('n1', {
      createdAt: 0,
      kind: 'device',
      event: 'device.down',
      subject: 'a<b> & \x1b[2Jc is down',
    });
    const first = await channel().send(notice, ['-1'], NEVER, null);
    assert.deepEqual(first, { refused: [], messageId: '1' });
    await channel().send(notice, ['-1'], NEVER, '1');
    assert.deepEqual(arrived, [
      { title: '🟢 a<b> & �[2Jc is down', isReply: false },
      { title: '🟢 a<b> & �[2Jc is down', isReply: true },
    ]);
  });

  it('refuses what is no message, and what is too long', async () => {
    const send = (path: string, body: string) =>
      fetch(`${sink.url}/bot1:token/${path}`, { method: 'POST', body }).then(({ status }) => status);
    const text = JSON.stringify({ text: 'x', parse_mode: 'HTML' });
    assert.equal(await send('sendPhoto', text), 400);
    for (const body of ['', '{', '[]', '{"text":1}', text.padEnd(100_000)]) {
      assert.equal(await send('sendMessage', body), 400);
    }
    assert.deepEqual(arrived, []);
    assert.equal(await send('sendMessage', text), 200);
  });
});

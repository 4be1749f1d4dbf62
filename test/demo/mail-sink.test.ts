import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type MailSink, type SunkMail, startMailSink } from '../../src/demo/mail-sink.ts';
import { createMailer } from '../../src/notices/channels/mail/mailer.ts';

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

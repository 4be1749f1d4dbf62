import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import type { SMTPServerOptions } from 'smtp-server';
import { createMailer, type Mailer, type MailerDeps } from '../../../src/adapters/mail/mailer.ts';
import type { StoredMail } from '../../../src/features/delivery/ports.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import { type MailServer, smtpAnswer, startMailServer } from '../../support/mail-server.ts';

const MAIL: StoredMail = {
  id: '0b5e7c1e-0000-4000-8000-000000000001',
  to: ['Admin <admin@example.com>', 'boss@example.com'],
  subject: 'Usage today',
  text: 'Hello\n',
  html: '<p>Hello</p>',
  attachment: { fileName: 'usage.csv', contentType: 'text/csv; charset=utf-8', content: 'rank,user\r\n1,Семья\r\n' },
  createdAt: Date.UTC(2026, 10, 20, 13, 15),
  giveUpAt: 0,
};
const DEADLINES = { connectMs: 2000, idleMs: 2000, totalMs: 4000 };
const NEVER = new AbortController().signal;

describe('mailer', () => {
  let server: MailServer;
  let mailer: Mailer;

  async function start(
    options: SMTPServerOptions = {},
    change: Partial<MailerDeps['smtp']> = {},
    deadlines = DEADLINES,
  ) {
    server = await startMailServer(options);
    mailer = createMailer({ ...server.settings(change), deadlines });
  }

  afterEach(async () => {
    mailer.close();
    await server.stop();
  });

  function failure(promise: Promise<unknown>): Promise<TroubleError> {
    return promise.then(
      () => assert.fail('it should have failed'),
      (error: unknown) => {
        assert.ok(error instanceof TroubleError, String(error));
        return error;
      },
    );
  }

  it('sends text, HTML and the file to everyone under the id’s Message-ID', async () => {
    await start();
    assert.deepEqual(await mailer.send(MAIL, NEVER), []);
    const [received] = server.received;
    assert.deepEqual(received?.envelopeTo, ['admin@example.com', 'boss@example.com']);
    assert.equal(received?.envelopeFrom, 'netsentinel@example.com');
    const mail = await received?.parse();
    assert.equal(mail?.subject, 'Usage today');
    assert.equal(mail?.messageId, `<${MAIL.id}@example.com>`);
    assert.equal(mail?.date, '2026-11-20T13:15:00.000Z');
    assert.equal(mail?.text?.trim(), 'Hello');
    assert.equal(mail?.html?.trim(), '<p>Hello</p>');
    assert.equal(mail?.attachments[0]?.filename, 'usage.csv');
    assert.equal(new TextDecoder().decode(mail?.attachments[0]?.content as ArrayBuffer), MAIL.attachment?.content);
    assert.equal(mail?.headers.find(({ key }) => key === 'auto-submitted')?.value, 'auto-generated');
  });

  it('keeps the connection for the next mail', async () => {
    await start();
    await mailer.send(MAIL, NEVER);
    await mailer.send({ ...MAIL, id: 'another' }, NEVER);
    assert.equal(server.received.length, 2);
    assert.equal(server.connections, 1);
  });

  it('lets no line break in a subject become a header', async () => {
    await start();
    await mailer.send({ ...MAIL, subject: 'Quota: bob\r\nBcc: eve@example.com\r\n\r\nbody \u202Eevil' }, NEVER);
    const mail = await server.received[0]?.parse();
    assert.equal(mail?.subject, 'Quota: bob��Bcc: eve@example.com����body �evil');
    assert.equal(mail?.bcc, undefined);
    assert.deepEqual(server.received[0]?.envelopeTo.length, 2);
  });

  for (const [step, code, permanent] of [
    ['RCPT', 450, false],
    ['RCPT', 550, true],
    ['DATA', 452, false],
    ['DATA', 554, true],
  ] as const) {
    it(`gives a ${code} to ${step} as a ${permanent ? 'permanent' : 'passing'} refusal of each addressee`, async () => {
      await start(
        step === 'RCPT'
          ? { onRcptTo: (_address, _session, done) => done(smtpAnswer(code, 'not here')) }
          : {
              onData: (stream, _session, done) =>
                void stream.resume().on('end', () => done(smtpAnswer(code, 'not here'))),
            },
      );
      const refusals = await mailer.send(MAIL, NEVER);
      assert.deepEqual(
        refusals.map(({ address, permanent: isPermanent }) => [address, isPermanent]),
        MAIL.to.map((address) => [address, permanent]),
      );
      assert.match(refusals[0]?.reason ?? '', new RegExp(`${code}.*not here`));
    });
  }

  it('names the one addressee that was refused, as the configuration writes him', async () => {
    await start({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('admin') ? smtpAnswer(550, 'no such user') : null),
    });
    const refusals = await mailer.send(MAIL, NEVER);
    assert.deepEqual(refusals, [{ address: 'Admin <admin@example.com>', permanent: true, reason: '550 no such user' }]);
    assert.deepEqual(server.received[0]?.envelopeTo, ['boss@example.com']);
  });

  it('tells the addressees apart when all are refused for different reasons', async () => {
    await start({
      onRcptTo: ({ address }, _session, done) => done(smtpAnswer(address.startsWith('admin') ? 550 : 450, 'no')),
    });
    assert.deepEqual(
      (await mailer.send(MAIL, NEVER)).map(({ permanent }) => permanent),
      [true, false],
    );
  });

  for (const code of [451, 553]) {
    it(`takes a ${code} to MAIL as trouble with the sender, not with the mail`, async () => {
      await start({ onMailFrom: (_address, _session, done) => done(smtpAnswer(code, 'who are you')) });
      const { code: trouble, message } = await failure(mailer.send(MAIL, NEVER));
      assert.equal(trouble, 'MAIL_SENDER_REFUSED');
      assert.match(message, /who are you/);
    });
  }

  for (const code of [421, 554]) {
    it(`takes a ${code} instead of the greeting as trouble`, async () => {
      await start({ onConnect: (_session, done) => done(smtpAnswer(code, 'closed')) });
      const { code: trouble } = await failure(mailer.send(MAIL, NEVER));
      assert.match(trouble, /^MAIL_SERVER_/);
    });
  }

  const password = { reveal: () => 's3cret-Passw0rd' };

  it('logs in', async () => {
    let login: string | undefined;
    await start(
      {
        authOptional: false,
        onAuth(auth, _session, done) {
          login = `${auth.username} ${auth.password}`;
          done(null, { user: 'netsentinel' });
        },
      },
      { username: 'netsentinel', password },
    );
    assert.deepEqual(await mailer.send(MAIL, NEVER), []);
    assert.equal(login, 'netsentinel s3cret-Passw0rd');
  });

  it('takes a 535 as trouble with the login, and never shows the password', async () => {
    await start(
      { authOptional: false, onAuth: (_auth, _session, done) => done(smtpAnswer(535, 'bad credentials')) },
      { username: 'netsentinel', password },
    );
    const trouble = await failure(mailer.send(MAIL, NEVER));
    assert.equal(trouble.code, 'MAIL_LOGIN_REFUSED');
    assert.doesNotMatch(`${trouble.message} ${trouble.advice} ${JSON.stringify(trouble.cause)}`, /s3cret|czNjcmV0/);
    assert.equal((await failure(mailer.verify())).code, 'MAIL_LOGIN_REFUSED');
  });

  it('does not send without the login that is configured when the server offers none', async () => {
    await start({ disabledCommands: ['AUTH', 'STARTTLS'] }, { username: 'netsentinel', password });
    await failure(mailer.send(MAIL, NEVER));
    assert.equal(server.received.length, 0);
  });

  it('sends without a login where none is configured, though the server offers one', async () => {
    await start();
    assert.deepEqual(await mailer.send(MAIL, NEVER), []);
  });

  it('uses STARTTLS and refuses a certificate it cannot trust', async () => {
    await start({ disabledCommands: [] });
    assert.equal((await failure(mailer.send(MAIL, NEVER))).code, 'MAIL_TLS_FAILED');
    assert.equal(server.received.length, 0);
  });

  it('takes any certificate only when told to', async () => {
    let secure = false;
    await start(
      {
        disabledCommands: [],
        onMailFrom(_address, session, done) {
          secure = session.secure;
          done();
        },
      },
      { tls: { required: true, insecure: true } },
    );
    assert.deepEqual(await mailer.send(MAIL, NEVER), []);
    assert.equal(secure, true);
  });

  it('speaks TLS from the start when told to', async () => {
    await start({ secure: true }, { secure: true, tls: { required: true, insecure: true } });
    assert.deepEqual(await mailer.send(MAIL, NEVER), []);
  });

  it('sends nothing in clear text when TLS is required', async () => {
    await start({}, { tls: { required: true, insecure: true } });
    assert.equal((await failure(mailer.send(MAIL, NEVER))).code, 'MAIL_TLS_FAILED');
    assert.equal(server.received.length, 0);
  });

  it('tells TLS on the wrong port from a server that is away', async () => {
    await start({}, { secure: true });
    assert.equal((await failure(mailer.send(MAIL, NEVER))).code, 'MAIL_TLS_FAILED');
  });

  it('verifies without sending', async () => {
    await start();
    await mailer.verify();
    assert.equal(server.received.length, 0);
  });

  it('gives trouble when nobody listens', async () => {
    await start();
    await server.stop();
    assert.equal((await failure(mailer.send(MAIL, NEVER))).code, 'MAIL_SERVER_UNREACHABLE');
  });

  it('sends once more by itself neither a mail whose connection broke in DATA nor one after it', async () => {
    let tries = 0;
    await start({
      onData(stream) {
        tries += 1;
        stream.resume().on('end', () => server.breakConnections());
      },
    });
    const { code } = await failure(mailer.send(MAIL, NEVER));
    assert.equal(code, 'MAIL_SERVER_UNREACHABLE');
    assert.equal(tries, 1);
  });
});

describe('mailer with a server that does not answer', () => {
  async function withSilentServer(greet: string | null, run: (port: number) => Promise<void>) {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      if (greet !== null) socket.write(greet);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    try {
      await run(typeof address === 'object' && address !== null ? address.port : 0);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  }

  const settings = (port: number) => ({
    from: 'a@example.com',
    smtp: { host: '127.0.0.1', port, secure: false, tls: { required: false, insecure: false } },
  });

  for (const [name, greet, deadlines] of [
    ['greets late', null, { connectMs: 50, idleMs: 10_000, totalMs: 10_000 }],
    ['falls silent after its greeting', '220 hello\r\n', { connectMs: 10_000, idleMs: 50, totalMs: 10_000 }],
    ['is slow over all', null, { connectMs: 10_000, idleMs: 10_000, totalMs: 50 }],
  ] as const) {
    it(`gives up on one that ${name}`, async () => {
      await withSilentServer(greet, async (port) => {
        const mailer = createMailer({ ...settings(port), deadlines });
        await assert.rejects(mailer.send(MAIL, NEVER), {
          name: 'TroubleError',
          code: /^MAIL_(TIMED_OUT|SERVER_UNREACHABLE)$/,
        });
        mailer.close();
      });
    });
  }

  it('breaks off when aborted', async () => {
    await withSilentServer(null, async (port) => {
      const mailer = createMailer(settings(port));
      const aborter = new AbortController();
      const sending = mailer.send(MAIL, aborter.signal);
      aborter.abort();
      await assert.rejects(sending, { code: 'MAIL_TIMED_OUT', message: /the worker stopped/ });
      mailer.close();
    });
  });
});

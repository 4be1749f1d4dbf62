import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, it, type TestContext } from 'node:test';
import type { SMTPServerOptions } from 'smtp-server';
import { createMailer, type Mail, type Mailer, type MailerDeps } from '../../../../src/notices/channels/mail/mailer.ts';
import { TroubleError } from '../../../../src/runtime/errors.ts';
import { type MailServer, smtpAnswer, startMailServer } from '../../../support/mail-server.ts';
import { startTokenServer, type TokenAnswer } from '../../../support/token-server.ts';

const MAIL: Mail = {
  id: '0b5e7c1e-0000-4000-8000-000000000001',
  answers: null,
  to: ['Admin <admin@example.com>', 'boss@example.com'],
  subject: 'Usage today',
  text: 'Hello\n',
  html: '<p>Hello</p>',
  attachment: { fileName: 'usage.csv', contentType: 'text/csv; charset=utf-8', content: 'rank,user\r\n1,Семья\r\n' },
  createdAt: Date.UTC(2026, 10, 20, 13, 15),
};
const DEADLINES = { connectMs: 2000, idleMs: 2000, totalMs: 4000 };
/** Has signed no mail server's certificate. */
const OTHER_CA = readFileSync(new URL('../../../fixtures/tls/ca.crt', import.meta.url), 'utf8');
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

  const password = { reveal: () => 's3cret-Passw0rd' };

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

  it('names the one addressee that was refused, as the configuration writes them', async () => {
    await start({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('admin') ? smtpAnswer(550, 'no such user') : null),
    });
    const refusals = await mailer.send(MAIL, NEVER);
    assert.deepEqual(refusals, [{ address: 'Admin <admin@example.com>', permanent: true, reason: '550 no such user' }]);
    assert.deepEqual(server.received[0]?.envelopeTo, ['boss@example.com']);
  });

  it('knows them by their domain in capitals or other letters, one refused or all', async () => {
    const to = ['admin@Example.COM', 'Büro <buero@Bücher.example>'];
    for (const refused of [['buero'], ['admin', 'buero']]) {
      await start({
        onRcptTo: ({ address }, _session, done) =>
          done(
            refused.some((name) => address.startsWith(name))
              ? smtpAnswer(address.startsWith('b') ? 450 : 550, 'no')
              : null,
          ),
      });
      assert.deepEqual(
        (await mailer.send({ ...MAIL, to }, NEVER)).map(({ address, permanent }) => [address, permanent]),
        refused.length === 1
          ? [[to[1], false]]
          : [
              [to[0], true],
              [to[1], false],
            ],
      );
      await server.stop();
    }
  });

  it('keeps the addressees apart when all are refused for different reasons', async () => {
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

  for (const [said, advice] of [
    ['5.7.139 Authentication unsuccessful, basic authentication is disabled.', /oauth2.*authenticated SMTP/],
    ['5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.', /oauth2/],
    ['5.7.9 Application-specific password required.', /app password.*oauth2/],
    ['5.7.8 Username and Password not accepted.', /mail\.smtp\.username and mail\.smtp\.password/],
  ] as const) {
    it(`advises what works after a 535 ${said}`, async () => {
      await start(
        { authOptional: false, onAuth: (_auth, _session, done) => done(smtpAnswer(535, said)) },
        { username: 'netsentinel', password },
      );
      const trouble = await failure(mailer.verify());
      assert.equal(trouble.code, 'MAIL_LOGIN_REFUSED');
      assert.match(trouble.advice, advice);
    });
  }

  for (const code of [421, 454]) {
    it(`takes a ${code} to the login for a server that is busy, not for a wrong password`, async () => {
      await start(
        { authOptional: false, onAuth: (_auth, _session, done) => done(smtpAnswer(code, 'try later')) },
        { username: 'netsentinel', password },
      );
      assert.equal((await failure(mailer.verify())).code, 'MAIL_SERVER_BUSY');
    });
  }

  it('does not send without the login that is configured when the server offers none', async () => {
    await start({ disabledCommands: ['AUTH', 'STARTTLS'] }, { username: 'netsentinel', password });
    await failure(mailer.send(MAIL, NEVER));
    assert.equal(server.received.length, 0);
  });

  it('sends without a login where none is configured, though the server offers one', async () => {
    await start();
    assert.deepEqual(await mailer.send(MAIL, NEVER), []);
  });

  for (const [name, change] of [
    ['encryption is required', { tls: { required: true, insecure: false } }],
    ['an authority is named', { tls: { required: false, insecure: false, ca: OTHER_CA } }],
    ['there is a login', { username: 'netsentinel', password }],
    ['TLS is spoken from the start', { secure: true }],
  ] as const) {
    it(`refuses a certificate it cannot trust where ${name}, and says which options decide`, async () => {
      await start({ disabledCommands: [], secure: 'secure' in change }, change);
      const trouble = await failure(mailer.send(MAIL, NEVER));
      assert.equal(trouble.code, 'MAIL_TLS_FAILED');
      assert.match(trouble.advice, /mail\.smtp\.tls\.ca.*mail\.smtp\.tls\.insecure/);
      assert.equal(server.received.length, 0);
    });
  }

  it('uses STARTTLS with a local server that made its own certificate, where clear text would do and nobody logs in', async () => {
    let secure = false;
    await start({
      disabledCommands: [],
      onMailFrom(_address, session, done) {
        secure = session.secure;
        done();
      },
    });
    assert.deepEqual(await mailer.send(MAIL, NEVER), []);
    assert.equal(secure, true);
  });

  it('accepts any certificate only when configured', async () => {
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

  it('speaks TLS from the start when configured', async () => {
    await start({ secure: true }, { secure: true, tls: { required: true, insecure: true } });
    assert.deepEqual(await mailer.send(MAIL, NEVER), []);
  });

  it('sends nothing in clear text when TLS is required', async () => {
    await start({}, { tls: { required: true, insecure: true } });
    assert.equal((await failure(mailer.send(MAIL, NEVER))).code, 'MAIL_TLS_FAILED');
    assert.equal(server.received.length, 0);
  });

  it('distinguishes TLS on the wrong port from a server that is away', async () => {
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

describe('mailer with OAuth2', () => {
  const username = 'alerts@example.com';

  async function setUp(t: TestContext, good: string, answers: readonly TokenAnswer[]) {
    const tokens = await startTokenServer(() => answers[tokens.asked.length - 1] ?? { status: 500, body: '' });
    const seen: string[] = [];
    const server = await startMailServer({
      authOptional: false,
      authMethods: ['XOAUTH2'],
      onAuth({ username: user, accessToken, method }, _session, done) {
        seen.push(`${method} ${user} ${accessToken}`);
        done(null, accessToken === good ? { user } : { data: { status: '400', schemes: 'bearer', scope: 'mail' } });
      },
    });
    const oauth2 = {
      tokenUrl: tokens.url,
      clientId: 'client-1',
      clientSecret: { reveal: () => 'client-secret-1' },
      refreshToken: { reveal: () => 'refresh-1' },
    };
    const mailer = createMailer({ ...server.settings({ username, oauth2 }), deadlines: DEADLINES });
    t.after(async () => {
      mailer.close();
      await Promise.all([server.stop(), tokens.stop()]);
    });
    return { mailer, server, tokens, seen };
  }

  const granted = (token: string): TokenAnswer => ({ body: { access_token: token, expires_in: 3600 } });

  it('logs in by XOAUTH2 with a token of the token server', async (t) => {
    const { mailer, server, seen } = await setUp(t, 'access-1', [granted('access-1')]);
    await mailer.verify();
    assert.deepEqual(await mailer.send(MAIL, NEVER), []);
    assert.equal(server.received.length, 1);
    assert.deepEqual([...new Set(seen)], [`XOAUTH2 ${username} access-1`]);
  });

  it('asks for another token when the server refuses the first', async (t) => {
    const { mailer, seen } = await setUp(t, 'access-2', [granted('access-1'), granted('access-2')]);
    assert.deepEqual(await mailer.send(MAIL, NEVER), []);
    assert.deepEqual(seen, [`XOAUTH2 ${username} access-1`, `XOAUTH2 ${username} access-2`]);
  });

  it('takes a token that the server refuses twice for trouble with the login, and advises on the token', async (t) => {
    const { mailer } = await setUp(t, 'another', [granted('access-1'), granted('access-2')]);
    await assert.rejects(mailer.send(MAIL, NEVER), {
      name: 'TroubleError',
      code: 'MAIL_LOGIN_REFUSED',
      advice: /access token/,
    });
  });

  it('gives the trouble with the token server as it is, and sends once that is over', async (t) => {
    const refusal = { status: 400, body: { error: 'invalid_grant' } };
    const { mailer, server } = await setUp(t, 'access-3', [refusal, { status: 503, body: '' }, granted('access-3')]);
    await assert.rejects(mailer.verify(), { name: 'TroubleError', code: 'MAIL_TOKEN_REFUSED' });
    await assert.rejects(mailer.send(MAIL, NEVER), { name: 'TroubleError', code: 'MAIL_TOKEN_UNAVAILABLE' });
    assert.deepEqual(await mailer.send(MAIL, NEVER), []);
    assert.equal(server.received.length, 1);
  });
});

describe('mailer and the greeting', () => {
  /** A server that answers the greeting of the client with `answer`, and remembers it. */
  async function greeted(t: TestContext, answer: string, change: { from?: string; ehloName?: string } = {}) {
    const said: string[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.write('220 mail.example.com ESMTP\r\n');
      socket.on('data', (data) => {
        said.push(data.toString().trim());
        socket.write(`${answer}\r\n`);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { from = 'NetSentinel <netsentinel@example.com>', ...name } = change;
    const tls = { required: false, insecure: false };
    const smtp = { host: '127.0.0.1', port, secure: false, tls, ...name };
    const mailer = createMailer({ from, smtp, deadlines: DEADLINES });
    t.after(() => {
      mailer.close();
      server.close();
    });
    return { said, trouble: await mailer.verify().catch((error: unknown) => error) };
  }

  for (const [name, change, ehlo] of [
    ['the sender’s domain', {}, 'EHLO example.com'],
    ['the sender’s domain in ASCII', { from: 'a@bücher.example' }, 'EHLO xn--bcher-kva.example'],
    ['the sender’s address in brackets', { from: 'a@192.0.2.7' }, 'EHLO [192.0.2.7]'],
    ['the name that is configured', { ehloName: 'host.example.net' }, 'EHLO host.example.net'],
    ['the IPv6 address that is configured', { ehloName: '2001:db8::1' }, 'EHLO [IPv6:2001:db8::1]'],
  ] as const) {
    it(`names itself by ${name}`, async (t) => {
      const { said } = await greeted(t, '250 mail.example.com', change);
      assert.equal(said[0], ehlo);
    });
  }

  for (const [answer, code] of [
    ['421 4.7.0 Try again later, closing connection', 'MAIL_SERVER_BUSY'],
    ['450 4.7.1 try later', 'MAIL_SERVER_BUSY'],
    ['550 5.7.1 Helo command rejected: need fully-qualified hostname', 'MAIL_SERVER_REFUSED'],
  ] as const) {
    it(`distinguishes a server that answers EHLO with ${answer.slice(0, 3)} from one that is away`, async (t) => {
      const { trouble } = await greeted(t, answer);
      assert.ok(trouble instanceof TroubleError, String(trouble));
      assert.equal(trouble.code, code);
      assert.ok(trouble.message.endsWith(answer), trouble.message);
      assert.match(trouble.advice, /mail\.smtp\.ehloName/);
    });
  }
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

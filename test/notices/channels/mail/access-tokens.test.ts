import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { createAccessTokens, type OAuth2Settings } from '../../../../src/notices/channels/mail/access-tokens.ts';
import { TroubleError } from '../../../../src/runtime/errors.ts';
import { mask } from '../../../../src/runtime/mask.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { startTokenServer, type TokenAnswer } from '../../../support/token-server.ts';

const secret = (text: string) => ({ reveal: () => text });
const LOGIN = { clientId: 'client-1', clientSecret: secret('client-secret-1'), refreshToken: secret('refresh-1') };

async function setUp(t: TestContext, answers: readonly TokenAnswer[], login: Partial<OAuth2Settings> = LOGIN) {
  const server = await startTokenServer(() => answers[server.asked.length - 1] ?? { status: 500, body: 'no more' });
  t.after(() => server.stop());
  const clock = createManualClock(0);
  const settings = { tokenUrl: server.url, clientId: 'client-1', ...login };
  const tokens = createAccessTokens({ settings, clock, timeoutMs: 2000 });
  t.after(() => tokens.close());
  return { server, clock, tokens };
}

const token = (text: string, more: object = {}): TokenAnswer => ({
  body: { access_token: text, token_type: 'Bearer', expires_in: 3600, ...more },
});

async function troubleOf(promise: Promise<unknown>): Promise<TroubleError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof TroubleError, String(error));
    return error;
  }
  return assert.fail('it should have failed');
}

describe('access tokens', () => {
  it('are asked for with the refresh token, and kept until a minute before they end', async (t) => {
    const { server, clock, tokens } = await setUp(t, [token('access-1'), token('access-2')]);
    assert.equal((await tokens.get(false)).text, 'access-1');
    clock.advance(3539_000);
    assert.equal((await tokens.get(false)).text, 'access-1');
    assert.deepEqual(server.asked, [
      {
        grant_type: 'refresh_token',
        client_id: 'client-1',
        client_secret: 'client-secret-1',
        refresh_token: 'refresh-1',
      },
    ]);
    clock.advance(1_000);
    assert.equal((await tokens.get(false)).text, 'access-2');
  });

  it('are asked for anew when the mail server refused the last', async (t) => {
    const { tokens } = await setUp(t, [token('access-1'), token('access-2')]);
    await tokens.get(false);
    assert.equal((await tokens.get(true)).text, 'access-2');
  });

  it('are asked for once by two connections', async (t) => {
    const { server, tokens } = await setUp(t, [token('access-1')]);
    await Promise.all([tokens.get(false), tokens.get(false)]);
    assert.equal(server.asked.length, 1);
  });

  it('are asked for with the newest refresh token that was given', async (t) => {
    const { server, tokens } = await setUp(t, [token('access-1', { refresh_token: 'refresh-2' }), token('access-2')]);
    await tokens.get(false);
    await tokens.get(true);
    assert.equal(server.asked[1]?.['refresh_token'], 'refresh-2');
    assert.equal(mask('access-2 refresh-2'), '*** ***');
  });

  it('are asked for by the application itself where there is no refresh token', async (t) => {
    const { server, tokens } = await setUp(t, [token('access-1')], {
      clientSecret: secret('client-secret-1'),
      scope: 'https://outlook.office365.com/.default',
    });
    await tokens.get(false);
    assert.deepEqual(server.asked, [
      {
        grant_type: 'client_credentials',
        client_id: 'client-1',
        client_secret: 'client-secret-1',
        scope: 'https://outlook.office365.com/.default',
      },
    ]);
  });

  for (const [name, answer, code, message, advice] of [
    [
      'a refresh token that has expired',
      { status: 400, body: { error: 'invalid_grant', error_description: 'AADSTS700082: it\r\nhas expired' } },
      'MAIL_TOKEN_REFUSED',
      /invalid_grant: AADSTS700082: it has expired$/,
      /new one as docs\/mail\.md shows, and set mail\.smtp\.oauth2\.refreshToken/,
    ],
    [
      'a wrong client secret',
      { status: 401, body: { error: 'invalid_client' } },
      'MAIL_TOKEN_REFUSED',
      /invalid_client$/,
      /clientSecret/,
    ],
    ['any other refusal', { status: 400, body: { error: 'odd' } }, 'MAIL_TOKEN_REFUSED', /odd$/, /docs\/mail\.md/],
    ['a server in trouble', { status: 503, body: 'down' }, 'MAIL_TOKEN_UNAVAILABLE', /HTTP 503/, /are retried/],
    [
      'a server that is asked too often',
      { status: 429, body: '' },
      'MAIL_TOKEN_UNAVAILABLE',
      /HTTP 429/,
      /are retried/,
    ],
    ['a page that is no token endpoint', { status: 404, body: '<html>' }, 'MAIL_TOKEN_UNREADABLE', /404/, /tokenUrl/],
    ['an answer that is no JSON', { body: '<html>' }, 'MAIL_TOKEN_UNREADABLE', /no access token/, /tokenUrl/],
    ['an answer without a token', { body: { ok: true } }, 'MAIL_TOKEN_UNREADABLE', /no access token/, /tokenUrl/],
    [
      'a token that would end the line it is sent in',
      token('access\r\nRSET'),
      'MAIL_TOKEN_UNREADABLE',
      /no access token/,
      /tokenUrl/,
    ],
    ['an answer without end', { body: ' '.repeat(70_000) }, 'MAIL_TOKEN_UNREADABLE', /more than 64 KiB/, /tokenUrl/],
    [
      'a server that sends us elsewhere with our secrets',
      { status: 307, body: '', headers: { Location: 'http://127.0.0.1:9/' } },
      'MAIL_TOKEN_UNREADABLE',
      /HTTP 307/,
      /tokenUrl/,
    ],
  ] as const) {
    it(`are trouble with advice: ${name}`, async (t) => {
      const { tokens } = await setUp(t, [answer]);
      const trouble = await troubleOf(tokens.get(false));
      assert.equal(trouble.code, code);
      assert.match(trouble.message, message);
      assert.match(trouble.advice, advice);
    });
  }

  it('are trouble when the server quotes the secrets, which are not shown', async (t) => {
    const { tokens } = await setUp(t, [
      token('access-1', { refresh_token: 'refresh&2' }),
      {
        status: 400,
        body: { error: 'invalid_grant', error_description: 'no: refresh&2, refresh%262, access-1' },
      },
    ]);
    await tokens.get(false);
    assert.match((await troubleOf(tokens.get(true))).message, /no: \*\*\*, \*\*\*, \*\*\*$/);
  });

  it('are trouble when the server is away, and are asked for again', async (t) => {
    const { server, tokens } = await setUp(t, []);
    await server.stop();
    t.mock.method(server, 'stop', async () => {});
    const trouble = await troubleOf(tokens.get(false));
    assert.equal(trouble.code, 'MAIL_TOKEN_UNAVAILABLE');
    assert.match(trouble.message, /ECONNREFUSED/);
    assert.equal((await troubleOf(tokens.get(false))).code, 'MAIL_TOKEN_UNAVAILABLE');
  });

  it('are trouble when the server says nothing', async (t) => {
    const silent = createServer((socket) => socket.on('error', () => {}).resume());
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    t.after(() => silent.close());
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const settings = { tokenUrl: `http://127.0.0.1:${port}/`, ...LOGIN };
    const tokens = createAccessTokens({ settings, clock: createManualClock(0), timeoutMs: 50 });
    const { code, message } = await troubleOf(tokens.get(false));
    assert.equal(code, 'MAIL_TOKEN_UNAVAILABLE');
    assert.match(message, /did not answer in time/);
  });
});

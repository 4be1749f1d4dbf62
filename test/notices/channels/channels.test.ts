import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { createChannel } from '../../../src/notices/channels/create.ts';
import { fitWithPage } from '../../../src/notices/chat-text.ts';
import type { Letter } from '../../../src/notices/letter.ts';
import type { Answer, Channel } from '../../../src/notices/ports.ts';
import type { ChannelSettings } from '../../../src/notices/settings.ts';
import { Secret } from '../../../src/platform/config/secret.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import { keepSecret } from '../../../src/runtime/mask.ts';
import { type ChatServer, type Reply, startChatServer } from '../../support/chat-server.ts';
import { createMemoryLogger } from '../../support/memory-logger.ts';
import { noticeOf } from '../../support/notices.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const NEVER = new AbortController().signal;
const TOKEN = '123456:a-very-secret-token';
/** A part of an address, which nobody gave as a secret by itself. */
const HIDDEN_PART = 'B0-part-of-an-address';
const LETTER: Letter = {
  ...{ tone: 'alert', kicker: 'Down', title: 'tower is down', lead: 'tower does not answer.', meter: null },
  facts: [{ label: 'Since', value: '12:00' }],
  table: { head: ['Device', 'Reason', ''], rows: [['<!channel> *a* @everyone', 'dead', 'again']] },
  ...{ page: 'https://n.example.com/d/a_b', advice: 'Look:', commands: ['check'] },
};
const NOTICE = noticeOf('n1', {
  ...{
    createdAt: NOON,
    kind: 'device',
    event: 'device.down',
    devices: ['tower'],
    incident: 7,
    subject: 'tower <b> is down',
  },
  content: { letter: LETTER },
});

/** Every kind of channel: how the real one says yes, no for good, and that the login or the address is wrong. */
const KINDS: Record<string, { settings: (url: string) => ChannelSettings; yes: Reply; no: Reply; wrong: Reply }> = {
  telegram: {
    settings: (api) => ({ telegram: { token: new Secret(TOKEN), chats: ['-100'], api } }),
    yes: { status: 200, body: { ok: true, result: { message_id: 17 } } },
    no: { status: 403, body: { ok: false, error_code: 403, description: 'Forbidden: bot was blocked by the user' } },
    wrong: { status: 401, body: { ok: false, error_code: 401, description: `Unauthorized ${TOKEN}` } },
  },
  webhook: {
    settings: (url) => ({
      webhook: { url: new Secret(`${url}/${HIDDEN_PART}`), secret: new Secret('signs the body') },
    }),
    yes: { status: 204 },
    no: { status: 422, body: 'no such event' },
    wrong: { status: 404, body: `nothing at /${HIDDEN_PART}` },
  },
  slack: {
    settings: (url) => ({ slack: { url: new Secret(`${url}/services/${HIDDEN_PART}`) } }),
    yes: { status: 200, body: 'ok' },
    no: { status: 410, body: 'channel_is_archived' },
    wrong: { status: 404, body: `no_service ${HIDDEN_PART}` },
  },
  discord: {
    settings: (url) => ({ discord: { url: new Secret(`${url}/api/webhooks/1/${HIDDEN_PART}`) } }),
    yes: { status: 204 },
    no: { status: 400, body: { message: 'Cannot send an empty message', code: 50006 } },
    wrong: { status: 404, body: { message: `Unknown Webhook ${HIDDEN_PART}`, code: 10015 } },
  },
  ntfy: {
    settings: (url) => ({ ntfy: { url: new Secret(`${url}/net`), token: new Secret(TOKEN) } }),
    yes: { status: 200, body: { id: 'x', event: 'message' } },
    no: { status: 400, body: { code: 40009, error: 'invalid request: topic invalid' } },
    wrong: { status: 403, body: { code: 40301, error: `forbidden ${TOKEN}` } },
  },
  gotify: {
    settings: (url) => ({ gotify: { url: new Secret(url), token: new Secret(TOKEN) } }),
    yes: { status: 200, body: { id: 5 } },
    no: { status: 400, body: { error: 'Bad Request' } },
    wrong: { status: 401, body: { error: `Unauthorized ${TOKEN}` } },
  },
};

let server: ChatServer;
let logger: ReturnType<typeof createMemoryLogger>;

before(async () => {
  // As a worker does with each secret of its configuration.
  keepSecret(TOKEN);
  server = await startChatServer({ status: 500 });
});
after(() => server.stop());
beforeEach(() => {
  logger = createMemoryLogger();
  server.asked.splice(0);
});

function channelOf(kind: string, url = server.url, timeoutMs = 30_000): Channel {
  const deps = { name: 'ops', timeZone: 'UTC', timeoutMs, logger };
  return createChannel(deps, KINDS[kind]?.settings(url) ?? {});
}

function send(channel: Channel, notice = NOTICE, replyTo: string | null = null): Promise<Answer> {
  return channel.send(notice, channel.addresses.slice(0, 1), NEVER, replyTo);
}

/** The trouble that a send ends with. */
async function trouble(channel: Channel): Promise<TroubleError> {
  try {
    await send(channel);
  } catch (error) {
    assert.ok(error instanceof TroubleError, String(error));
    const said = JSON.stringify([error.message, error.advice, String(error.cause), error.stack]);
    assert.ok(!said.includes('very-secret') && !said.includes('part-of-an-address'), said);
    return error;
  }
  throw new Error('it was taken');
}

const bodies = () => server.asked.map(({ body }) => JSON.parse(body));

for (const [kind, { yes, no, wrong }] of Object.entries(KINDS)) {
  describe(`the channel to ${kind}`, () => {
    it('is done when the other side has taken the notice', async () => {
      server.answer(yes);
      assert.deepEqual((await send(channelOf(kind))).refused, []);
      assert.equal(server.asked.length, 1);
      const { body, headers } = server.asked[0] ?? { body: '', headers: {} };
      assert.equal(headers['content-type'], 'application/json');
      for (const part of ['tower does not answer', 'Fri 20 Nov, 12:00', 'Since', 'https://n.example.com/d/a_b']) {
        assert.ok(body.includes(part), `${part} in ${body}`);
      }
    });

    it('tells what is refused for good, and is not in trouble by it', async () => {
      server.answer(no);
      const channel = channelOf(kind);
      const { refused } = await send(channel);
      assert.deepEqual(
        refused.map(({ address, permanent }) => [address, permanent]),
        [[channel.addresses[0], true]],
      );
      assert.match(refused[0]?.reason ?? '', /^HTTP 4\d\d: \S/);
    });

    it('is in trouble with a wrong login or address, which shows no secret though the other side repeats it', async () => {
      server.answer(wrong);
      const { code, message } = await trouble(channelOf(kind));
      assert.equal(code, 'CHANNEL_LOGIN_REFUSED');
      assert.match(message, /^channel ops: HTTP 40\d: .*\*\*\*/);
    });

    it('waits for as long as the other side wants', async () => {
      server.answer({ status: 429, headers: { 'retry-after': '90' }, body: { parameters: { retry_after: 90 } } });
      const error = await trouble(channelOf(kind));
      assert.deepEqual([error.code, 'retryInMs' in error && error.retryInMs], ['CHANNEL_BUSY', 90_000]);
    });

    it('is in trouble while the other side is ill, silent, gone, or loses its answer', async () => {
      server.answer({ status: 502, body: '<html>Bad Gateway</html>' });
      assert.equal((await trouble(channelOf(kind))).code, 'CHANNEL_FAILED');
      server.answer('silence');
      assert.equal((await trouble(channelOf(kind, server.url, 100))).code, 'CHANNEL_TIMED_OUT');
      server.answer('lost answer');
      assert.equal((await trouble(channelOf(kind))).code, 'CHANNEL_UNREACHABLE');
      assert.equal((await trouble(channelOf(kind, 'http://127.0.0.1:1'))).code, 'CHANNEL_UNREACHABLE');
    });

    it('follows no redirect: another host would get the secrets too', async () => {
      const other = await startChatServer(yes);
      server.answer({ status: 307, headers: { location: `${other.url}/` } });
      assert.equal((await trouble(channelOf(kind))).code, 'CHANNEL_MOVED');
      assert.deepEqual(other.asked, []);
      await other.stop();
    });

    it('ends soon after it is aborted', async () => {
      server.answer('silence');
      const stop = new AbortController();
      const channel = channelOf(kind);
      const sent = channel.send(NOTICE, channel.addresses, stop.signal, null);
      stop.abort();
      await assert.rejects(sent, { code: 'CHANNEL_UNREACHABLE', message: 'channel ops: broken off' });
    });

    it('cuts what is too long at the end of a line and says so', async () => {
      server.answer(yes);
      const rows = Array.from({ length: 2000 }, (_, index) => [`router-${index}_ä`, 'dead']);
      await send(channelOf(kind), {
        ...NOTICE,
        content: { letter: { ...LETTER, table: { head: ['Device', 'Reason'], rows } } },
      });
      const body = server.asked[0]?.body ?? '';
      if (kind === 'webhook') return assert.ok(body.includes('router-1999_ä · Reason: dead'));
      assert.match(body, /… \d+ more lines/);
      const longest = { telegram: 4096, slack: 4000, discord: 2000, ntfy: 4096, gotify: 16_000 }[kind] ?? 0;
      const { text, content, message } = JSON.parse(body);
      const given: string = text ?? content ?? message;
      assert.ok(given.length > longest / 2 && given.length <= longest, String(given.length));
      if (kind === 'ntfy') assert.ok(Buffer.byteLength(given) <= longest);
    });

    it('takes no more than the other side does, whatever names are in the text and in the address of the page', async () => {
      server.answer(yes);
      // As a name of 255 letters has it in an address.
      const page = `https://n.example.com/u/${'%F0%9F%91%BE'.repeat(255)}/${'%22'.repeat(255)}`;
      const rows = Array.from({ length: 200 }, () => ['"*<&'.repeat(60), '👾'.repeat(100)]);
      await send(channelOf(kind), {
        ...NOTICE,
        subject: '"👾<'.repeat(80),
        content: { letter: { ...LETTER, page, table: { head: ['Device', 'Reason'], rows } } },
      });
      const body = server.asked[0]?.body ?? '';
      if (kind === 'webhook') return assert.ok(body.includes(page));
      const { text, content, message } = JSON.parse(body);
      const given: string = text ?? content ?? message;
      // Telegram counts what is left once its markup is read.
      const counted = kind === 'telegram' ? given.replace(/<\/?b>/g, '').replace(/&(lt|gt|amp);/g, '.') : given;
      const most = { telegram: 4096, slack: 4000, discord: 2000, ntfy: 4096, gotify: 16_000 }[kind] ?? 0;
      assert.ok(counted.length <= most && counted.length > most / 4, String(counted.length));
      if (kind === 'ntfy') assert.ok(Buffer.byteLength(body) <= 8192, String(Buffer.byteLength(body)));
    });
  });
}

describe('a message to Telegram', () => {
  it('is HTML in which no name is markup, to the topic of the chat', async () => {
    server.answer(KINDS['telegram']?.yes ?? 'silence');
    const channel = channelOf('telegram');
    const { messageId } = await channel.send(NOTICE, ['-100/7'], NEVER, null);
    assert.equal(messageId, '17');
    assert.equal(server.asked[0]?.path, `/bot${TOKEN}/sendMessage`);
    const [{ text, ...rest }] = bodies();
    assert.deepEqual(rest, {
      ...{ chat_id: '-100', message_thread_id: 7, parse_mode: 'HTML', link_preview_options: { is_disabled: true } },
    });
    assert.equal(
      text,
      '<b>🔴 tower &lt;b&gt; is down</b>\nFri 20 Nov, 12:00 (UTC)\n\ntower does not answer.\n\nSince: 12:00\n\n' +
        '&lt;!channel&gt; *a* @everyone · Reason: dead · again\n\nLook:\ncheck\n\nhttps://n.example.com/d/a_b',
    );
  });

  it('is a reply to the one that it follows up, also when that is gone', async () => {
    server.answer(KINDS['telegram']?.yes ?? 'silence');
    await send(channelOf('telegram'), NOTICE, '16');
    assert.deepEqual(bodies()[0].reply_parameters, { message_id: 16, allow_sending_without_reply: true });
  });

  it('follows a chat that has a new id, keeps that and logs it', async () => {
    const description = 'Bad Request: group chat was upgraded to a supergroup chat';
    server.answer(({ body }) =>
      JSON.parse(body).chat_id === '-100'
        ? { status: 400, body: { ok: false, description, parameters: { migrate_to_chat_id: -1009 } } }
        : { status: 200, body: { ok: true, result: { message_id: 3 } } },
    );
    const channel = channelOf('telegram');
    assert.deepEqual(await send(channel), { refused: [], messageId: '3' });
    assert.deepEqual(await send(channel), { refused: [], messageId: '3' });
    assert.deepEqual(
      bodies().map((body) => body.chat_id),
      ['-100', '-1009', '-1009'],
    );
    assert.deepEqual(
      logger.entries.map(({ fields }) => [fields['chat'], fields['movedTo']]),
      [['-100', -1009]],
    );
  });

  it('is refused for good where there is no such chat', async () => {
    server.answer({ status: 400, body: { ok: false, description: 'Bad Request: chat not found' } });
    const { refused } = await send(channelOf('telegram'));
    assert.deepEqual(refused, [{ address: '-100', permanent: true, reason: 'HTTP 400: Bad Request: chat not found' }]);
  });

  it('is not taken for sent when something else answers, such as the page of a hotspot', async () => {
    server.answer({ status: 200, body: '<html>Log in</html>' });
    assert.equal((await trouble(channelOf('telegram'))).code, 'CHANNEL_UNREADABLE');
  });

  it('is taken when Telegram says so, whatever else is odd about the answer', async () => {
    server.answer({ status: 200, body: { ok: true, result: { message_id: 'x' }, parameters: null, description: 7 } });
    assert.deepEqual(await send(channelOf('telegram')), { refused: [], messageId: null });
  });

  it('is not needed to see whether the token is good', async () => {
    server.answer({ status: 200, body: { ok: true, result: { username: 'net_bot' } } });
    assert.equal(await channelOf('telegram').examine?.(NEVER), 'login OK as @net_bot');
    assert.equal(server.asked[0]?.path, `/bot${TOKEN}/getMe`);
  });
});

describe('a message to a webhook', () => {
  it('is JSON that programs rely on, signed, and the same bytes in a retry', async () => {
    server.answer({ status: 503 });
    const channel = channelOf('webhook');
    await assert.rejects(send(channel));
    server.answer({ status: 200 });
    await send(channel);
    const [first, second] = server.asked;
    assert.equal(first?.body, second?.body);
    const { text, ...body } = bodies()[0];
    assert.deepEqual(Object.entries({ ...body, text: '' }), [
      ['id', 'n1'],
      ['event', 'device.down'],
      ['at', '2026-11-20T12:00:00.000Z'],
      ['kind', 'device'],
      ['tone', 'alert'],
      ['subject', 'tower <b> is down'],
      ['devices', ['tower']],
      ['incident', 7],
      ['text', ''],
    ]);
    assert.match(text, /^🔴 tower <b> is down\nFri 20 Nov, 12:00 \(UTC\)\n\ntower does not answer\./);
    const signature = createHmac('sha256', 'signs the body')
      .update(second?.body ?? '')
      .digest('hex');
    assert.equal(second?.headers['x-netsentinel-signature'], `sha256=${signature}`);
    assert.equal(second?.headers['x-netsentinel-id'], 'n1');
  });

  for (const [status, code] of [
    [401, 'CHANNEL_LOGIN_REFUSED'],
    [408, 'CHANNEL_FAILED'],
    [500, 'CHANNEL_FAILED'],
  ] as const) {
    it(`waits after HTTP ${status}`, async () => {
      server.answer({ status });
      assert.equal((await trouble(channelOf('webhook'))).code, code);
    });
  }

  it('is one minute late after 429 without a word, and an hour at most', async () => {
    const waits: unknown[] = [];
    for (const header of ['', 'Wed, 21 Oct 2026 07:28:00 GMT', '0', '999999']) {
      server.answer({ status: 429, headers: header === '' ? {} : { 'retry-after': header } });
      const error = await trouble(channelOf('webhook'));
      waits.push('retryInMs' in error && error.retryInMs);
    }
    assert.deepEqual(waits, [60_000, 60_000, 1000, 3_600_000]);
  });
});

describe('a message to other chats and phones', () => {
  it('calls nobody in Slack and is no markup there', async () => {
    server.answer({ status: 200, body: 'ok' });
    await send(channelOf('slack'));
    const [{ text, mrkdwn }] = bodies();
    assert.equal(mrkdwn, false);
    assert.ok(text.includes('&lt;!channel&gt; *a* @everyone') && !text.includes('<'));
  });

  it('calls nobody in Discord and is no markup there, and the address of the page still works', async () => {
    server.answer({ status: 204 });
    await send(channelOf('discord'));
    const [{ content, allowed_mentions }] = bodies();
    assert.deepEqual(allowed_mentions, { parse: [] });
    assert.ok(
      content.includes('\\<!channel\\> \\*a\\* \\@everyone') && content.endsWith('\n<https://n.example.com/d/a_b>'),
    );
  });

  it('rings at ntfy by how bad it is, with the token and the page', async () => {
    server.answer({ status: 200 });
    await send(channelOf('ntfy'));
    const { path, headers } = server.asked[0] ?? { path: '', headers: {} };
    const [{ topic, title, priority, click }] = bodies();
    assert.deepEqual([path, headers.authorization], ['/', `Bearer ${TOKEN}`]);
    assert.deepEqual([topic, title, priority], ['net', '🔴 tower <b> is down', 5]);
    assert.equal(click, 'https://n.example.com/d/a_b');
  });

  it('goes to Gotify below its path, with the token in a header', async () => {
    server.answer({ status: 200 });
    await send(channelOf('gotify', `${server.url}/push/`));
    assert.equal(server.asked[0]?.path, '/push/message');
    assert.equal(server.asked[0].headers['x-gotify-key'], TOKEN);
    assert.deepEqual([bodies()[0].title, bodies()[0].priority], ['🔴 tower <b> is down', 8]);
  });
});

describe('a text for a chat', () => {
  const line = fc.string({ maxLength: 300, unit: 'binary' }).filter((text) => !text.includes('\n'));

  it('is never longer than the channel takes, with the page or without', () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 40 }),
        fc.option(fc.string({ minLength: 1, maxLength: 4000 })),
        fc.integer({ min: 100, max: 5000 }),
        (lines, page, most) => {
          const given = fitWithPage(lines, page, most);
          assert.ok(given.join('\n').length <= most);
          const whole = page === null ? lines : [...lines, '', page];
          if (whole.join('\n').length <= most && (page?.length ?? 0) <= most / 2) assert.deepEqual(given, whole);
          if (page !== null && page.length <= most / 2) assert.equal(given.at(-1), page);
        },
      ),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { secret } from '../../src/define-config.ts';
import { ConfigError } from '../../src/platform/config/problems.ts';
import { parseConfig } from '../../src/settings.ts';

const BASE = {
  timeZone: 'UTC',
  routers: [{ name: 'edge-1', host: '192.0.2.1', username: 'api', password: 'pass' }],
};
const TOKEN = '123456:ABC-DEF_ghi';
const OPS = { telegram: { token: TOKEN, chats: ['-1001234567890', '-1001234567890/7', '@towers'] } };

function parse(given: object, env: Record<string, string> = {}) {
  return parseConfig({ ...BASE, ...given }, { env, folder: '/etc/netsentinel' }, 'config.ts');
}

/** `path: message` of each problem. */
function problems(given: object): string[] {
  try {
    parse(given);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

const problem = (channel: object) => problems({ channels: { x: channel } });

describe('channels in the configuration', () => {
  it('are taken as the documentation shows them', () => {
    const { channels, routes } = parse(
      {
        channels: {
          ops: { telegram: { token: secret('TELEGRAM_TOKEN'), chats: ['-1001234567890', '-1001234567890/7'] } },
          hook: { webhook: { url: secret('HOOK_URL'), secret: secret('HOOK_SECRET') } },
          chat: { slack: { url: 'https://hooks.slack.com/services/T0/B0/xyz' } },
          game: { discord: { url: 'https://discord.com/api/webhooks/1/xyz' } },
          phone: { ntfy: { url: 'https://ntfy.example/net', token: 'tk_1' } },
          push: { gotify: { url: 'https://push.example', token: 'A1' } },
        },
        routes: [{ kinds: ['device', 'healing'], tags: ['core'], to: ['ops', 'hook'] }],
      },
      { TELEGRAM_TOKEN: TOKEN, HOOK_URL: 'https://hook.example/a?key=b', HOOK_SECRET: 's' },
    );
    assert.equal(channels['ops']?.telegram?.api, 'https://api.telegram.org');
    assert.equal(channels['ops']?.telegram?.token.reveal(), TOKEN);
    assert.equal(channels['hook']?.webhook?.url.reveal(), 'https://hook.example/a?key=b');
    assert.deepEqual(routes, [{ kinds: ['device', 'healing'], tags: ['core'], to: ['ops', 'hook'] }]);
    assert.ok(!inspect(channels, { depth: 9 }).includes('xyz'));
  });

  it('are told what is wrong, at its path, without showing a secret', () => {
    const cases: [object, RegExp][] = [
      [{}, /^channels\.x: must have exactly one of telegram, webhook, slack, discord, ntfy, gotify$/],
      [{ ...OPS, slack: { url: 'https://a.example' } }, /^channels\.x: must have exactly one/],
      [{ telegram: { token: 'SECRET', chats: ['-1'] } }, /^channels\.x\.telegram\.token: must be the token of a bot/],
      [{ telegram: { token: TOKEN, chats: [] } }, /^channels\.x\.telegram\.chats: /],
      [
        { telegram: { token: TOKEN, chats: ['-100/'] } },
        /^channels\.x\.telegram\.chats\[0\]: must be the id of a chat/,
      ],
      [{ webhook: { url: 'ftp://SECRET.example' } }, /^channels\.x\.webhook\.url: must be an address/],
      [{ slack: { url: 'https://user:SECRET@a.example/' } }, /^channels\.x\.slack\.url: must be an address/],
      [{ ntfy: { url: 'https://ntfy.example/' } }, /^channels\.x\.ntfy\.url: must end with the topic/],
      [{ gotify: { url: 'https://push.example', token: 'SE CRET' } }, /^channels\.x\.gotify\.token: must be ASCII/],
      [{ gotify: { url: 'https://push.example' } }, /^channels\.x\.gotify\.token: is missing/],
    ];
    for (const [channel, expected] of cases) {
      const found = problem(channel);
      assert.equal(found.length, 1, inspect(found));
      assert.match(found[0] ?? '', expected);
      assert.doesNotMatch(found[0] ?? '', /SE ?CRET/);
    }
  });

  it('have names that are good in a database, and not mail, which is the section', () => {
    assert.match(problems({ channels: { 'a b': OPS } })[0] ?? '', /^channels.*a b.*: must be called by/);
    assert.match(
      problems({ channels: { mail: OPS } })[0] ?? '',
      /^channels\.mail: is always the name of the section mail/,
    );
  });
});

describe('routes in the configuration', () => {
  it('lead to a channel that there is', () => {
    const routes = [{ to: ['ops', 'nobody'] }, { kinds: ['quota'], to: ['mail'] }];
    assert.deepEqual(problems({ channels: { ops: OPS }, routes }), [
      "routes[0].to[1]: no channel has the name 'nobody'",
      'routes[1].to[0]: needs the section mail',
    ]);
  });

  it('know the kinds of notices', () => {
    assert.match(problems({ routes: [{ kinds: ['devices'], to: [] }] })[0] ?? '', /^routes\[0\]\.kinds\[0\]: /);
  });
});

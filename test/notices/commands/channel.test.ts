import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createChannelDesk } from '../../../src/notices/channel-desk.ts';
import { channelCommand } from '../../../src/notices/commands/channel.ts';
import type { Channel } from '../../../src/notices/ports.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import { runCommands } from '../../support/program.ts';

/** Takes what is sent to `good`, refuses `blocked`, and is in trouble at `dead`. */
const ops: Channel & { kind: string } = {
  ...{ name: 'ops', kind: 'telegram', addresses: ['good', 'blocked', 'dead'], isShared: false },
  async send(notice, [address = '']) {
    assert.deepEqual([notice.id, notice.event], ['n1', 'channel.test']);
    if (address === 'dead')
      throw new TroubleError('CHANNEL_UNREACHABLE', 'channel ops: ECONNREFUSED', 'Check the address.');
    const refused = address === 'blocked' ? [{ address, permanent: true, reason: 'HTTP 403: blocked\u001b[31m' }] : [];
    return { refused, messageId: null };
  },
};
const phone: Channel & { kind: string } = { ...ops, name: 'phone', kind: 'ntfy', addresses: ['good'] };

async function run(...args: string[]) {
  const channels = createChannelDesk({ channels: [ops, phone], now: () => 0, newId: () => 'n1' });
  return await runCommands(args, [channelCommand({ open: async () => ({ channels, close: async () => {} }) })]);
}

describe('channel', () => {
  it('lists the channels for people and programs', async () => {
    const { stdout } = await run('channel', 'list');
    for (const part of ['ops', 'telegram', 'good, blocked, dead', 'phone']) assert.ok(stdout.includes(part), stdout);
    assert.deepEqual(JSON.parse((await run('channel', 'list', '--format', 'json')).stdout), [
      { name: 'ops', kind: 'telegram', addresses: ['good', 'blocked', 'dead'] },
      { name: 'phone', kind: 'ntfy', addresses: ['good'] },
    ]);
    assert.match(
      (await run('channel', 'list', '--format', 'csv')).stdout,
      /^name,kind,addresses\r\nops,telegram,good blocked dead\r\n/,
    );
  });

  it('sends a test notice to each address, and says what failed and what to do', async () => {
    const { code, stdout } = await run('channel', 'test', 'ops');
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^sent +good\nFAILED +blocked: HTTP 403: blocked�\[31m\n +→ .*\nFAILED +dead: channel ops: ECONNREFUSED\n +→ Check the address\.\n$/,
    );
    assert.deepEqual(await run('channel', 'test', 'phone'), { code: 0, stdout: 'sent     good\n', stderr: '' });
  });

  it('names the channels there are where there is none of this name', async () => {
    const { code, stderr } = await run('channel', 'test', 'opps');
    assert.equal(code, 1);
    assert.match(stderr, /no channel has the name 'opps'[\s\S]*There are: ops, phone\./);
  });
});

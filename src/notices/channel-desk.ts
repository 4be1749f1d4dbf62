import { TroubleError } from '../runtime/errors.ts';
import { readableName } from '../runtime/format.ts';
import type { Notice } from './notice.ts';
import type { Channel, ChannelDesk, ChannelTest } from './ports.ts';

export interface ChannelDeskDeps {
  readonly channels: readonly (Channel & { readonly kind: string })[];
  readonly now: () => number;
  /** Random and unique texts. */
  readonly newId: () => string;
}

const WORTH_MS = 60_000;

export function createChannelDesk({ channels, now, newId }: ChannelDeskDeps): ChannelDesk {
  function find(name: string) {
    const channel = channels.find((each) => each.name === name);
    if (channel !== undefined) return channel;
    const known = channels.map((each) => each.name).join(', ');
    throw new TroubleError(
      'CHANNEL_UNKNOWN',
      `no channel has the name '${readableName(name)}'`,
      known === '' ? 'The configuration has neither mail nor channels.' : `There are: ${known}.`,
    );
  }

  async function testAt(channel: Channel, address: string, signal: AbortSignal): Promise<ChannelTest> {
    try {
      const { refused } = await channel.send(testNotice(newId(), now()), [address], signal, null);
      const [refusal] = refused;
      const advice = 'The channel refuses this address: see its answer, and docs/notices.md.';
      return { address, trouble: refusal === undefined ? null : { message: refusal.reason, advice } };
    } catch (error) {
      if (!(error instanceof TroubleError)) throw error;
      return { address, trouble: error };
    }
  }

  return {
    entries: channels.map(({ name, kind, addresses }) => ({ name, kind, addresses })),
    examine: async (name, signal) => (await find(name).examine?.(signal)) ?? null,
    async test(name, signal) {
      const channel = find(name);
      const results: ChannelTest[] = [];
      for (const address of channel.addresses) results.push(await testAt(channel, address, signal));
      return results;
    },
  };
}

function testNotice(id: string, now: number): Notice {
  const subject = 'Test notice of NetSentinel';
  return {
    ...{ id, kind: 'test', event: 'channel.test', devices: [], incident: null, answers: null, subject },
    content: {
      letter: {
        ...{ tone: 'good', kicker: 'Test', title: subject, lead: 'Notices of NetSentinel arrive here.' },
        ...{ meter: null, facts: [], table: null, advice: '', commands: [] },
      },
    },
    ...{ attachment: null, createdAt: now, worthUntil: now + WORTH_MS },
  };
}

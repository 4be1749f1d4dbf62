import { createChannel } from '../../src/notices/channels/create.ts';
import { createDelivery, LEASE_MS } from '../../src/notices/delivery.ts';
import type { ChannelSettings } from '../../src/notices/settings.ts';
import { createMovedAddresses } from '../../src/notices/store/moved-addresses.ts';
import { createOutbox } from '../../src/notices/store/outbox-store.ts';
import { Secret } from '../../src/platform/config/secret.ts';
import { openDatabase } from '../../src/platform/store/database.ts';
import { createJobStore } from '../../src/platform/store/job-store.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { createMemoryLogger } from './memory-logger.ts';

/**
 * A worker that delivers what is due by every kind of channel, all to one server, and dies by SIGKILL before it notes the result of its
 * n-th try (0: never): `notify-and-crash.ts DATABASE SERVER N RUN`. The leases of RUN workers before it are over.
 */
const [url = '', server = '', dieAt = '0', run = '0'] = process.argv.slice(2);

const at = (kind: string) => new Secret(`${server}/${kind}`);
const settings: Record<string, ChannelSettings> = {
  telegram: { telegram: { token: new Secret('1:a'), chats: ['-100'], api: `${server}/telegram` } },
  webhook: { webhook: { url: at('webhook'), secret: new Secret('signs') } },
  slack: { slack: { url: at('slack') } },
  discord: { discord: { url: at('discord') } },
  ntfy: { ntfy: { url: at('ntfy/topic') } },
  gotify: { gotify: { url: at('gotify'), token: new Secret('b') } },
};

const database = openDatabase({ url });
const clock = systemClock;
const logger = createMemoryLogger();
const later = { ...clock, now: () => clock.now() + Number(run) * LEASE_MS };
const moved = createMovedAddresses({ database, clock });
const outbox = createOutbox({ database, clock: later });
let tries = 0;
const delivery = createDelivery({
  outbox: {
    ...outbox,
    settle(claimed, outcomes) {
      tries += 1;
      if (tries === Number(dieAt)) process.kill(process.pid, 'SIGKILL');
      return outbox.settle(claimed, outcomes);
    },
  },
  channels: Object.entries(settings).map(([name, given]) =>
    createChannel({ name, moved, timeZone: 'UTC', timeoutMs: 5000, logger }, given),
  ),
  jobs: createJobStore({ database }),
  clock,
  logger,
  troubles: createTroubleLog({ logger, clock }),
  random: Math.random,
});
await delivery.deliverDue();
await database.close();

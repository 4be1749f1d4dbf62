import { createHealer } from '../../src/healing/healer.ts';
import { createLook } from '../../src/healing/look.ts';
import type { HealingBook } from '../../src/healing/ports.ts';
import { createOpenShell } from '../../src/healing/reader/open-shell.ts';
import { createHealingStore } from '../../src/healing/store/healing-store.ts';
import { createNoticeWriter } from '../../src/notices/store/notice-writer.ts';
import { Secret } from '../../src/platform/config/secret.ts';
import { createSshClient } from '../../src/platform/ssh/client.ts';
import { createHostKeyStore } from '../../src/platform/ssh/host-key-store.ts';
import { openDatabase } from '../../src/platform/store/database.ts';
import { deviceOf } from './devices.ts';
import { createTestProbe, HOUR, MINUTE, NIGHT, ruleOf } from './healing.ts';
import { createManualClock } from './manual-clock.ts';
import { createMemoryLogger } from './memory-logger.ts';

/**
 * A worker that finds the tower down and heals it by the switch, and dies by SIGKILL at a point: `heal-and-crash.ts DATABASE PORT POINT`.
 * `decided`: the attempt is written; `began`: right before the first command; `acted`: after the last one.
 */
const [url = '', port = '', point = ''] = process.argv.slice(2);
const die = async (at: string) => {
  if (at !== point) return;
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => {});
};

const database = openDatabase({ url });
const clock = createManualClock(NIGHT);
const probe = createTestProbe(clock, ['tower', 'tower-sw']);
probe.set('tower', 'down');
clock.advance(5 * MINUTE);
const devices = [
  deviceOf('tower', { tags: ['tower'] }),
  deviceOf('tower-sw', { host: '127.0.0.1', api: { ...deviceOf('tower-sw').api, port: Number(port) } }),
];
const stored = createHealingStore({ database, notices: createNoticeWriter({ database }), clock });
const book: HealingBook = {
  ...stored,
  async change(...given) {
    const changed = await stored.change(...given);
    await die('decided');
    return changed;
  },
  async begin(...given) {
    const isOurs = await stored.begin(...given);
    await die('began');
    return isOurs;
  },
  async end(...given) {
    await die('acted');
    return await stored.end(...given);
  },
};
const healer = createHealer({
  ...{ rules: [ruleOf({ limits: { times: 1, windowMs: HOUR, fleetPerHour: 3, atOnce: 1 } })], book, clock },
  ...{ holder: 'killed', logger: createMemoryLogger(), tell: () => [], record: async () => {}, onTold: () => {} },
  look: createLook({ probe, devices: () => devices, everyMs: 30_000 }),
  openShell: createOpenShell({
    named: (name) => devices.find((each) => each.name === name) ?? null,
    credentials: { healer: { username: 'healer', password: new Secret('healer-password-9') } },
    ssh: createSshClient({ hostKeys: createHostKeyStore({ database, clock }), clock }),
    clock,
  }),
  onBug(error) {
    throw error;
  },
});
await healer.pass();
await healer.settled();
await database.close();

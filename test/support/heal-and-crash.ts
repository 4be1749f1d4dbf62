import { openDatabase } from '../../src/platform/store/database.ts';
import { createTestProbe, HOUR, MINUTE, NIGHT, ruleOf } from './healing.ts';
import { createManualClock } from './manual-clock.ts';
import { createTowerHealer } from './tower-healer.ts';

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
const { healer } = createTowerHealer({
  ...{ database, clock, probe, switchPort: Number(port), holder: 'killed' },
  rules: [ruleOf({ limits: { times: 1, windowMs: HOUR, fleetPerHour: 3, atOnce: 1 } })],
  wrap: (stored) => ({
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
  }),
});
await healer.pass();
await healer.settled();
await database.close();

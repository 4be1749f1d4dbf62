import { createSimulatedRouter } from '../../../src/demo/simulated-router.ts';
import { systemClock } from '../../../src/runtime/clock.ts';

/**
 * One router in a process of its own that answers all connections: `health-router.ts INTERFACES [QUEUES]`. All of its queues move. Tells
 * its port to the parent process.
 */
const [interfaces, queues] = process.argv.slice(2).map(Number);
const MOVE_EVERY_MS = 5_000;
const UPTIME_MS = 9 * 86_400_000;

const router = createSimulatedRouter({
  ...{ clock: systemClock, version: '7.20.1', username: 'u', password: 'p', uptimeMs: UPTIME_MS },
});
const names = Array.from({ length: queues ?? 0 }, (_, index) => `customer-${index}`);
for (const name of names) router.addQueue({ name });
setInterval(() => {
  for (const name of names) router.move(name, 1_234n, 56_789n);
}, MOVE_EVERY_MS).unref();
router.setHealth({ wan: 'pppoe', address: '100.64.3.9', publicAddress: '203.0.113.50' });
router.setMenu(
  '/interface',
  Array.from({ length: interfaces ?? 0 }, (_, index) => ({
    '.id': `*${(index + 1).toString(16).toUpperCase()}`,
    name: index === 0 ? 'pppoe-out1' : `ether${index}`,
    type: index === 0 ? 'pppoe-out' : 'ether',
    ...{ running: 'true', disabled: 'false', dynamic: 'false', 'link-downs': '3' },
    ...{ 'rx-byte': '123042156517', 'tx-byte': '6520205850', 'last-link-up-time': '2026-11-20 06:30:04' },
  })),
);
process.send?.(await router.start());
process.on('disconnect', () => process.exit());

import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { createSimulatedRouter } from '../../src/demo/simulated-router.ts';
import { systemClock } from '../../src/runtime/clock.ts';

/**
 * A simulated router for a container of its own: the RouterOS API on 8728, and on 8080 what the test wants of it.
 * `password` is the API user's, told by the environment.
 */
const API_PORT = 8728;
const CONTROL_PORT = 8080;
const STEP_MS = 50;
const QUEUES = ['alice', 'bob', 'home/office', 'zoë'];
const PPPOE_USER = 'carol';

const router = createSimulatedRouter({
  clock: systemClock,
  version: '7.20.1',
  password: process.env['ROUTER_PASSWORD'] ?? '',
});
for (const name of QUEUES) router.addQueue({ name });
router.connectPppoe(PPPOE_USER);

let traffic: NodeJS.Timeout | null = null;
let step = 0n;

/** Another amount each time and for each queue, far below what a line can carry. */
function move(): void {
  step += 1n;
  for (const [index, name] of router.queueNames().entries()) {
    const amount = (step % 97n) + BigInt(index);
    router.move(name, 1_009n * amount + 1n, 65_537n * amount + 1n);
  }
}

function calm(): void {
  if (traffic !== null) clearInterval(traffic);
  traffic = null;
}

/** Bytes that a reader could have seen, by queue, as text: JSON has no integers of this size. */
function truth(): Record<string, { upload: string; download: string }> {
  const queues = [...router.truth()].map(([name, { moved, lost }]) => [
    name,
    {
      upload: String(moved.uploadBytes - lost.uploadBytes),
      download: String(moved.downloadBytes - lost.downloadBytes),
    },
  ]);
  return Object.fromEntries(queues);
}

const ORDERS: Readonly<Record<string, () => unknown>> = {
  '/traffic': () => {
    traffic ??= setInterval(move, STEP_MS);
  },
  '/calm': calm,
  '/reset': () => router.resetCounters('bob'),
  '/reconnect': () => router.reconnect(PPPOE_USER),
  '/reboot': () => router.reboot(1_000),
  '/stall': () => router.setFaults({ stall: 'inside-reply', command: '/queue/simple/print' }),
  '/heal': () => router.setFaults({}),
  '/truth': truth,
};

function obey(request: IncomingMessage, response: ServerResponse): void {
  const order = ORDERS[request.url ?? ''];
  response.statusCode = order === undefined ? 404 : 200;
  response.end(JSON.stringify(order?.() ?? null));
}

const { host, port } = await router.start();

/** The simulator listens on the loopback interface only. */
function forward(outside: Socket): void {
  const inside = connect({ host, port });
  for (const [socket, other] of [
    [outside, inside],
    [inside, outside],
  ] as const) {
    socket.setNoDelay(true);
    // Whatever ends one side, ends the other.
    socket.on('error', () => other.destroy());
    socket.on('close', () => other.destroy());
    socket.pipe(other);
  }
}

createServer(forward).listen(API_PORT);
createHttpServer(obey).listen(CONTROL_PORT);

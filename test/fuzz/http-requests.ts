import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { createReadyzRoute } from '../../src/devices/api/readyz.ts';
import { createHttpServer } from '../../src/platform/http/server.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createMemoryLogger } from '../support/memory-logger.ts';
import { createDice, type Dice, hostileText } from './random.ts';

/** The server closes what it cannot understand; what it waits for is cut off here. */
const PATIENCE_MS = 30;

/** Requests that are none, nearly or hostile: every answer is a status below 500, nothing is logged as a bug, and the server goes on. */
export async function fuzzHttpRequests({ seed, rounds }: { readonly seed: number; readonly rounds: number }) {
  const dice = createDice(seed);
  const logger = createMemoryLogger();
  const server = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    logger,
    clock: systemClock,
    probes: [
      createReadyzRoute({
        findReadiness: async () => ({
          isReady: true,
          reasons: [],
          routers: 1,
          freshRouters: 1,
          oldestMs: 0,
          heldSamples: 0,
        }),
      }),
    ],
    scrape: async () => ({ contentType: 'text/plain', text: 'netsentinel_up 1\n' }),
  });
  await server.start();
  try {
    const url = new URL(server.url() ?? '');
    const answers = new Map<string, number>();
    for (let round = 0; round < rounds; round += 1) {
      const request = requestOf(dice);
      const answer = await send(Number(url.port), request);
      const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'none';
      assert.ok(
        status === 'none' || Number(status) < 500,
        `${status} to ${JSON.stringify(request.toString('latin1'))}`,
      );
      assert.ok(!/^X-Injected/im.test(answer), 'a header was injected');
      answers.set(status, (answers.get(status) ?? 0) + 1);
    }
    assert.equal((await fetch(new URL('/healthz', url))).status, 200);
    assert.deepEqual(logger.errors(), []);
    return { rounds, answers: Object.fromEntries(answers) };
  } finally {
    await server.stop();
  }
}

function requestOf(dice: Dice): Buffer {
  if (dice.random() < 0.15) return dice.bytes(1 + dice.below(2_000));
  const method = dice.pick(['GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'BREW', '']);
  const path = dice.pick([
    '/healthz',
    '/readyz',
    '/metrics',
    '/',
    '/../..',
    '//',
    '/%',
    '/%00',
    `/${encodeURIComponent('😀')}`,
  ]);
  const query = dice.random() < 0.5 ? '' : `?${hostileText(dice).replaceAll(/\s/g, '+').slice(0, 9_000)}`;
  const headers = Array.from(
    { length: dice.below(4) },
    () =>
      `${dice.pick(['Host', 'Content-Length', 'Transfer-Encoding', 'Expect', 'X-A', 'Cookie', ''])}: ${hostileText(dice).slice(0, 20_000)}`,
  );
  const body = dice.random() < 0.3 ? hostileText(dice) : '';
  const text = [
    `${method} ${path}${query} HTTP/${dice.pick(['1.1', '1.1', '1.0', '2.0', '9'])}`,
    'Host: a',
    ...headers,
    '',
    body,
  ];
  return Buffer.from(text.join('\r\n'));
}

function send(port: number, request: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    // A server that hangs up on nonsense does right.
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

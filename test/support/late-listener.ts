import { connect, createServer } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import type { LateListenerData } from './late-address.ts';

/**
 * A thread that listens and then stands still, so that the system's queue of connections can be filled. When it is woken, it leads every
 * connection to the target.
 */
const { address, targetPort, isAwake }: LateListenerData = workerData;

const server = createServer((client) => {
  const upstream = connect(targetPort, '127.0.0.1');
  client.pipe(upstream).pipe(client);
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    one.on('error', () => {});
    one.on('close', () => other.destroy());
  }
});
server.listen({ host: address, port: 0, backlog: 1 }, () => {
  parentPort?.postMessage(server.address());
  Atomics.wait(isAwake, 0, 0);
});

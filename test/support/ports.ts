import { once } from 'node:events';
import { createServer } from 'node:net';

const MOST_TRIES = 5;
/** What MariaDB, Redis, sshd and rclone all say, since the system says it. */
const TAKEN = /address already in use/i;

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/**
 * Starts a server on a port that is free now. Another socket may still be faster: where the server's error says so, it is started on
 * another port.
 */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (tries === MOST_TRIES || !(error instanceof Error) || !TAKEN.test(error.message)) throw error;
    }
  }
}

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

const MOST_TRIES = 5;
/** What MariaDB, Redis, sshd and rclone all say, since the system says it. */
const TAKEN = /address already in use/i;

/**
 * Below those that the system gives to sockets that ask for none, connections among them: from 32768 on with Linux, from 49152 on with
 * macOS. A server that ends and comes back to its port would find it taken by one of those.
 */
const [FIRST_PORT, LAST_PORT] = [16_384, 32_767];

/** A port of 127.0.0.1 that nobody listens on now, and that the system gives to nobody who does not ask for it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch (error) {
    if (error instanceof Error && TAKEN.test(error.message)) return false;
    throw error;
  }
  probe.close();
  await once(probe, 'close');
  return true;
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

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Address } from '../../../src/demo/api-server.ts';

/** An API session of a worker with a router, as seen from the wire. Instants are Unix ms. */
export interface Session {
  /** The worker's own address: each has one (see `preload.ts`). */
  readonly address: string;
  readonly from: number;
  /** Infinity while it is open. */
  to: number;
  /** When it asked for the queues. */
  readonly polls: number[];
}

/** What stands between the workers and one router, and only watches. */
export interface WatchedLine {
  start(): Promise<Address>;
  stop(): Promise<void>;
  readonly sessions: readonly Session[];
}

const POLL = '/queue/simple/print';

export function createWatchedLine(router: Address): WatchedLine {
  const sessions: Session[] = [];
  const sockets = new Set<Socket>();
  let server: Server | null = null;

  function take(client: Socket): void {
    const session: Session = {
      ...{ address: client.remoteAddress ?? '', from: Date.now(), to: Number.POSITIVE_INFINITY },
      polls: [],
    };
    const upstream = connect({ ...router, noDelay: true });
    client.setNoDelay(true);
    // A router that refuses the connection has no session.
    upstream.once('connect', () => sessions.push(session));
    client.on('data', (chunk: Buffer) => {
      if (chunk.includes(POLL)) session.polls.push(Date.now());
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => client.write(chunk));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('end', () => other.end());
      // No reset: a socket that is half closed would never close then (libuv refuses to reset it).
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        session.to = Math.min(session.to, Date.now());
        other.destroySoon();
      });
    }
  }

  return {
    sessions,
    async start() {
      server = createServer({ allowHalfOpen: true }, take).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      return { host: '127.0.0.1', port: address.port };
    },
    async stop() {
      const gone = [...sockets].map((socket) => once(socket, 'close'));
      for (const socket of sockets) socket.destroy();
      await Promise.all(gone);
      const ended = server;
      if (ended !== null) await new Promise((resolve) => ended.close(resolve));
    },
  };
}

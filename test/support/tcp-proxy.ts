import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A line to a server that can be led elsewhere, as a failover does it, or fall silent. */
export interface TcpProxy {
  readonly port: number;
  /** New connections go there; those that stand stay where they are. */
  leadTo(port: number): void;
  /** From now on nothing passes, in either direction, and nothing is closed. */
  fallSilent(): void;
  /** The same, and the server loses its connections: as when a node of a cluster is gone, and the others go on without it. */
  vanish(): void;
  /** New connections are refused, those that stand are cut. */
  stop(): Promise<void>;
  /** Takes connections again, on the same port. */
  start(): Promise<void>;
}

export async function startTcpProxy(port: number): Promise<TcpProxy> {
  let target = port;
  let isSilent = false;
  let own = 0;
  const clients = new Set<Socket>();
  const upstreams = new Set<Socket>();
  let server: Server | null = null;

  function take(client: Socket): void {
    clients.add(client);
    const upstream = connect(target, '127.0.0.1');
    upstreams.add(upstream);
    client.on('data', (chunk: Buffer) => !isSilent && upstream.write(chunk));
    upstream.on('data', (chunk: Buffer) => !isSilent && client.write(chunk));
    for (const one of [client, upstream]) {
      one.on('end', () => !isSilent && one.end());
      one.on('error', () => {});
    }
    client.on('close', () => {
      clients.delete(client);
      upstream.destroy();
    });
    upstream.on('close', () => {
      upstreams.delete(upstream);
      if (!isSilent) client.destroy();
    });
  }

  async function start(): Promise<void> {
    isSilent = false;
    // A silent server answers nothing, not even a client that closes its half.
    server = createServer({ allowHalfOpen: true }, take).listen(own, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    own = address.port;
  }

  async function stop(): Promise<void> {
    const ended = server;
    server = null;
    for (const client of clients) client.destroy();
    if (ended !== null) await new Promise((resolve) => ended.close(resolve));
  }

  await start();
  return {
    get port() {
      return own;
    },
    leadTo(next) {
      target = next;
    },
    fallSilent() {
      isSilent = true;
    },
    vanish() {
      isSilent = true;
      for (const upstream of upstreams) upstream.destroy();
    },
    stop,
    start,
  };
}

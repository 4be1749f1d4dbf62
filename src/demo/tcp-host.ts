import { createServer, type Socket } from 'node:net';
import type { Address } from './api-server.ts';

/** Something that takes connections on a loopback port and says nothing: a switch, or a gateway beside the devices. */
export interface TcpHost {
  start(): Promise<Address>;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

export function createTcpHost(): TcpHost {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Peers may disconnect at any moment.
    socket.on('error', () => undefined);
    socket.end();
  });
  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, HOST, () => {
          const address = server.address();
          if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
          resolve({ host: HOST, port: address.port });
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        if (server.listening) server.close(() => resolve());
        else resolve();
      }),
  };
}

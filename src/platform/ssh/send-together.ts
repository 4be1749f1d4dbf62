import type { Writable } from 'node:stream';

/**
 * What is written to the socket in one turn leaves by one call of the system. The library writes each packet of SSH in three parts, and a
 * socket that does not wait sends each part by itself: three calls, three segments of TCP and three wake-ups of the other side.
 */
export function sendTogether(socket: Writable): void {
  const write: (chunk: Uint8Array) => boolean = socket.write.bind(socket);
  let isWaiting = false;
  const send = () => {
    isWaiting = false;
    socket.uncork();
  };
  Object.assign(socket, {
    write(chunk: Uint8Array): boolean {
      if (!isWaiting) {
        isWaiting = true;
        socket.cork();
        process.nextTick(send);
      }
      return write(chunk);
    },
  });
}

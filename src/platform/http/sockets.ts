import { type IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';

/** A WebSocket of a browser, as long as it is open; afterwards everything does nothing. */
export interface BrowserSocket {
  /** Bytes are sent as a binary frame, a text as a text frame. `sent` is called when the network has taken it, or never will. */
  send(data: Uint8Array | string, sent: () => void): void;
  /** Takes no more of what the browser sends; it has to wait. */
  pause(): void;
  resume(): void;
  /** A sign of life, for the proxies between. */
  ping(): void;
  /** Says why (RFC 6455, 7.4; at most 123 bytes), after all that was sent before; a browser that does not read is cut off after 2 s. */
  close(code: number, reason: string): void;
}

/** What a browser does. */
export interface SocketListener {
  bytes(bytes: Buffer): void;
  text(text: string): void;
  /** It is closed, by either side; `code` as the one that closed it said. Nothing comes after it. */
  closed(code: number): void;
}

/** A request for a WebSocket, until its route accepts or refuses it. */
interface Upgrade {
  readonly socket: Socket;
  readonly head: Buffer;
  accepted(socket: WebSocket): void;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>();

/** For a browser that does not read any more. */
const CLOSE_TIMEOUT_MS = 2_000;
const GOING_AWAY = 1001;
const TOO_LARGE = 1009;

/** Whether a request is to become a WebSocket; all others are answered as usual, whatever they want to upgrade to. */
export function wantsSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * Sends requests for a WebSocket the way of all requests: what the route and its right refuse is answered as usual, before the
 * connection becomes one; whoever does not read the answer for `silenceMs` is cut off. When the server closes, those that are still open
 * are told.
 */
export function routeUpgrades(server: FastifyInstance, { silenceMs }: { readonly silenceMs: number }): void {
  const undecided = new Set<Socket>();
  const open = new Set<WebSocket>();
  server.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!(socket instanceof Socket)) {
      socket.destroy();
      return;
    }
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    try {
      response.assignSocket(socket);
    } catch {
      // The request before it on this connection has no answer yet; browsers wait for that.
      socket.destroy();
      return;
    }
    const cutOff = () => socket.destroy();
    undecided.add(socket);
    socket.once('close', () => undecided.delete(socket));
    // Node leaves the connection to us with all its timeouts.
    socket.setTimeout(silenceMs, cutOff);
    upgrades.set(request, {
      ...{ socket, head },
      accepted(made) {
        undecided.delete(socket);
        socket.off('timeout', cutOff);
        open.add(made);
        made.once('close', () => open.delete(made));
      },
    });
    response.once('finish', () => socket.destroySoon());
    server.routing(request, response);
  });
  server.addHook('preClose', async () => {
    for (const socket of undecided) socket.destroy();
    for (const socket of open) socket.close(GOING_AWAY, 'the worker stops');
  });
}

/**
 * Makes a WebSocket of the request, or answers that nothing else is here. Whoever accepts has checked everything: browsers send cookies
 * to the sockets of any site. `open` gives who listens. A frame above `mostBytes` closes it with 1009. `false`: whoever asked has gone, or
 * does not speak as the protocol wants it; that is answered.
 */
export async function acceptSocket(
  request: FastifyRequest,
  reply: FastifyReply,
  options: { readonly mostBytes: number; readonly open: (socket: BrowserSocket) => SocketListener },
): Promise<boolean> {
  const upgrade = upgrades.get(request.raw);
  if (upgrade === undefined) throw new Error('no socket was asked for');
  const { WebSocketServer } = await import('ws');
  const server = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: options.mostBytes },
    ...{ closeTimeout: CLOSE_TIMEOUT_MS },
  });
  reply.hijack();
  reply.raw.detachSocket(upgrade.socket);
  let isMade = false;
  server.handleUpgrade(request.raw, upgrade.socket, upgrade.head, (socket) => {
    isMade = true;
    upgrade.accepted(socket);
    listen(socket, options.open);
  });
  return isMade;
}

/** Whether this request can become a WebSocket. */
export function isUpgrade({ raw }: FastifyRequest): boolean {
  return upgrades.has(raw);
}

function listen(socket: WebSocket, open: (socket: BrowserSocket) => SocketListener): void {
  let ownCode: number | null = null;
  const isOpen = () => socket.readyState === socket.OPEN;
  const listener = open({
    send(data, sent) {
      socket.send(data, { binary: typeof data !== 'string' }, () => sent());
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    ping() {
      if (isOpen()) socket.ping();
    },
    close(code, reason) {
      if (!isOpen()) return;
      ownCode = code;
      // Else the answer of the browser would not be read.
      socket.resume();
      socket.close(code, reason);
    },
  });
  socket.on('message', (data, isBinary) => {
    // Never anything else, as long as the type of what is received is not changed.
    if (!Buffer.isBuffer(data)) return;
    if (isBinary) listener.bytes(data);
    else listener.text(data.toString('utf8'));
  });
  socket.on('error', (error) => {
    if ('code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') ownCode = TOO_LARGE;
  });
  socket.on('close', (code) => listener.closed(ownCode ?? code));
}

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a chat, a webhook's receiver or a push server was asked. */
export interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** How it answers: with this, with nothing for ever, or with a broken connection once it has taken what was sent. */
export type Reply =
  | { readonly status: number; readonly body?: string | object; readonly headers?: Readonly<Record<string, string>> }
  | 'silence'
  | 'lost answer';

export interface ChatServer {
  readonly url: string;
  /** All requests that were read to their end, in their order. */
  readonly asked: Asked[];
  /** What it answers from now on. */
  answer(reply: Reply | ((asked: Asked) => Reply)): void;
  stop(): Promise<void>;
}

/** An HTTP server on a port of its own that answers as the test says. */
export async function startChatServer(first: Reply | ((asked: Asked) => Reply)): Promise<ChatServer> {
  let reply = first;
  const asked: Asked[] = [];
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const one = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() };
    asked.push(one);
    const answer = typeof reply === 'function' ? reply(one) : reply;
    if (answer === 'silence') return;
    if (answer === 'lost answer') return request.socket.destroy();
    const { status, body = '', headers = {} } = answer;
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    answer: (next) => {
      reply = next;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

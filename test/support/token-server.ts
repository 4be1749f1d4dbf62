import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A token endpoint (RFC 6749) on a free port of 127.0.0.1, in clear text. */
export interface TokenServer {
  readonly url: string;
  /** The forms it was sent so far. */
  readonly asked: readonly Readonly<Record<string, string>>[];
  stop(): Promise<void>;
}

export interface TokenAnswer {
  readonly status?: number;
  readonly body: string | object;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function startTokenServer(answer: (form: Record<string, string>) => TokenAnswer): Promise<TokenServer> {
  const asked: Record<string, string>[] = [];
  const server = createServer((request, response) => {
    void text(request).then((sent) => {
      const form = Object.fromEntries(new URLSearchParams(sent));
      asked.push(form);
      const { status = 200, body, headers = {} } = answer(form);
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/token`,
    asked,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

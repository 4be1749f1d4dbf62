import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { readableName } from '../runtime/format.ts';

/** A message that has arrived. */
export interface ChatMessage {
  /** Its first line, as it is shown. */
  readonly title: string;
  readonly isReply: boolean;
}

/** A chat server, as that of Telegram, that keeps nothing and sends nothing on. */
export interface ChatSink {
  /** In place of `https://api.telegram.org`. */
  readonly url: string;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const MOST_BYTES = 64 * 1024;
const message = z.object({
  text: z.string().max(4096 * 4),
  parse_mode: z.literal('HTML'),
  reply_parameters: z.object({ message_id: z.int() }).optional(),
});

/** Starts a chat server on a free port of this machine. It calls `onMessage` for each message that it takes. */
export async function startChatSink({ onMessage }: { onMessage: (message: ChatMessage) => void }): Promise<ChatSink> {
  let count = 0;

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const given = await bodyOf(request);
    const parsed = message.safeParse(given);
    if (request.method !== 'POST' || !request.url?.endsWith('/sendMessage') || !parsed.success) {
      return answer(response, 400, { ok: false, description: 'Bad Request' });
    }
    const { text, reply_parameters } = parsed.data;
    count += 1;
    answer(response, 200, { ok: true, result: { message_id: count } });
    onMessage({ title: titleOf(text), isReply: reply_parameters !== undefined });
  }

  const server = createServer((request, response) => {
    // A client that disconnects early is fine here.
    take(request, response).catch(() => response.destroy());
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** `null` for what is no JSON or too long. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) return null;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return null;
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** The first line, without markup. */
function titleOf(html: string): string {
  const [line = ''] = html.split('\n', 1);
  const text = line
    .replace(/<\/?b>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
  return readableName(text);
}

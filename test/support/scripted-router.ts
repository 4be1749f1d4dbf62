import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** The router's end of one API connection, under the test's control: bytes in, bytes out, nothing clever between. */
export interface ScriptedConnection {
  readonly socket: Socket;
  /** Words of the next sentence of the client; rejects when it hangs up first. */
  nextSentence(): Promise<string[]>;
  /** Sends sentences, each a list of words, in one write. A Buffer word goes out as it is. */
  send(...sentences: readonly (readonly (string | Buffer)[])[]): void;
  sendRaw(bytes: Uint8Array): void;
  /** Answers the login that comes first with `!done`. */
  acceptLogin(): Promise<void>;
}

export interface ScriptedRouter {
  readonly host: string;
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Resolves when no connection is open. */
  allClosed(): Promise<void>;
  close(): Promise<void>;
}

/** Words on the wire; written apart from the client's own encoder, so that a mistake there cannot hide here. */
export function wireSentence(words: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat([...words.map(wireWord), Buffer.from([0])]);
}

export function wireWord(word: string | Buffer): Buffer {
  const body = typeof word === 'string' ? Buffer.from(word) : word;
  const length = body.length;
  let head: number[];
  if (length <= 0x7f) {
    head = [length];
  } else if (length <= 0x3fff) {
    head = [0x80 + (length >> 8), length & 0xff];
  } else if (length <= 0x1fffff) {
    head = [0xc0 + (length >> 16), (length >> 8) & 0xff, length & 0xff];
  } else if (length <= 0xfffffff) {
    head = [0xe0 + (length >> 24), (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff];
  } else {
    throw new RangeError('no test sends words of 256 MiB');
  }
  return Buffer.concat([Buffer.from(head), body]);
}

/** The tag of a client's sentence, as a word to be sent back. */
export function tagWord(sentence: readonly string[]): string {
  return sentence.find((word) => word.startsWith('.tag=')) ?? '';
}

/** Reads sentences of words below 16 KiB, which is all that clients send. */
function createSentenceQueue(socket: Socket): () => Promise<string[]> {
  let bytes = Buffer.alloc(0);
  let words: string[] = [];
  const sentences: string[][] = [];
  const waiting: PromiseWithResolvers<string[]>[] = [];
  let isOver = false;
  function deliver(): void {
    while (sentences.length > 0 && waiting.length > 0) {
      waiting.shift()?.resolve(sentences.shift() ?? []);
    }
    while (isOver && waiting.length > 0) {
      waiting.shift()?.reject(new Error('the client hung up'));
    }
  }
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const first = bytes[0];
      const second = bytes[1] ?? 0;
      const head = first !== undefined && first >= 0x80 ? 2 : 1;
      const length = first !== undefined && first >= 0x80 ? (first - 0x80) * 256 + second : (first ?? 0);
      if (bytes.length < head || bytes.length < head + length) {
        break;
      }
      const word = bytes.toString('utf8', head, head + length);
      bytes = bytes.subarray(head + length);
      if (length > 0) {
        words.push(word);
      } else {
        sentences.push(words);
        words = [];
      }
    }
    deliver();
  });
  socket.on('close', () => {
    isOver = true;
    deliver();
  });
  return () => {
    const next = Promise.withResolvers<string[]>();
    waiting.push(next);
    deliver();
    return next.promise;
  };
}

/**
 * Listens on a port of its own and runs `script` for each connection. A script ends quietly when the client hangs up; any other
 * error in it is thrown by `close`, so that a test cannot pass over it.
 */
export async function startScriptedRouter(
  script: (connection: ScriptedConnection, index: number) => Promise<void> | void,
  options: { readonly tls?: TlsOptions; readonly host?: string } = {},
): Promise<ScriptedRouter> {
  const host = options.host ?? '127.0.0.1';
  const sockets = new Set<Socket>();
  const errors: unknown[] = [];
  let accepted = 0;
  let closed = Promise.withResolvers<void>();

  function onConnection(socket: Socket): void {
    const index = accepted;
    accepted += 1;
    // A client that breaks off is part of many tests.
    socket.on('error', () => {});
    const nextSentence = createSentenceQueue(socket);
    const connection: ScriptedConnection = {
      socket,
      nextSentence,
      send: (...sentences) => socket.write(Buffer.concat(sentences.map(wireSentence))),
      sendRaw: (bytes) => socket.write(bytes),
      async acceptLogin() {
        await nextSentence();
        connection.send(['!done']);
      },
    };
    Promise.resolve(script(connection, index)).catch((error: unknown) => {
      if (!(error instanceof Error && error.message === 'the client hung up')) {
        errors.push(error);
      }
    });
  }

  /** Counts TCP connections, also those whose TLS handshake fails. */
  function track(socket: Socket): void {
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) {
        closed.resolve();
        closed = Promise.withResolvers<void>();
      }
    });
  }

  let server: Server;
  if (options.tls === undefined) {
    server = createServer({ noDelay: true }, (socket) => {
      track(socket);
      onConnection(socket);
    });
  } else {
    server = createTlsServer(options.tls, onConnection);
    server.on('connection', track);
    server.on('tlsClientError', () => {});
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    host,
    port,
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
    allClosed: () => (sockets.size === 0 ? Promise.resolve() : closed.promise),
    async close() {
      for (const socket of sockets) {
        socket.destroy();
      }
      // A second call finds it closed already, which is no harm.
      await new Promise<void>((resolve) => server.close(() => resolve()));
      if (errors.length > 0) {
        throw new AggregateError(errors, 'a script of the router failed');
      }
    },
  };
}

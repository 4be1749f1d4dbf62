import { once } from 'node:events';
import { connect } from 'node:net';
import { encodeSentence } from '../../src/platform/routeros/sentence.ts';
import { createSentenceDecoder } from '../../src/platform/routeros/sentence-scanner.ts';

/** A bare API connection that shows every sentence as it came; for tests of the simulator. */
export interface RawApiClient {
  send(...words: string[]): void;
  /** The next sentence; rejects when the connection ends first. */
  next(): Promise<string[]>;
  /** Sentences up to the one that begins with `!done` or `!fatal`, that one included. */
  reply(...words: string[]): Promise<string[][]>;
  /** Resolves with how the connection ended: cleanly or by an error code. */
  readonly ended: Promise<string>;
  /** Bytes received so far. */
  received(): Buffer;
  close(): void;
}

export async function connectRawApi(port: number): Promise<RawApiClient> {
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  const sentences: string[][] = [];
  const bytes: Buffer[] = [];
  let wake = () => {};
  let over: string | null = null;
  const ended = new Promise<string>((resolve) => {
    let how = 'FIN';
    socket.on('error', (error: NodeJS.ErrnoException) => {
      how = error.code ?? error.message;
    });
    socket.on('close', () => {
      over = how;
      wake();
      resolve(how);
    });
  });
  const decoder = createSentenceDecoder({ onSentence: (words) => sentences.push(words) });
  socket.on('data', (chunk: Buffer) => {
    bytes.push(chunk);
    decoder.push(chunk);
    wake();
  });

  async function next(): Promise<string[]> {
    for (;;) {
      const sentence = sentences.shift();
      if (sentence !== undefined) return sentence;
      if (over !== null) throw new Error(`the connection ended: ${over}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  function send(...words: string[]): void {
    socket.write(encodeSentence(words));
  }

  return {
    send,
    next,
    async reply(...words) {
      send(...words);
      const got: string[][] = [];
      for (;;) {
        const sentence = await next();
        got.push(sentence);
        if (sentence[0] === '!done' || sentence[0] === '!fatal') return got;
      }
    },
    ended,
    received: () => Buffer.concat(bytes),
    close: () => socket.destroy(),
  };
}

import { createServer, type Server, type Socket } from 'node:net';
import { createSentenceDecoder } from '../platform/routeros/sentence-scanner.ts';
import { createLogin, type LoginResult } from './login.ts';
import { type Answer, type Command, parseCommand } from './menu.ts';
import { createReplyEncoder, type ReplyEncoder } from './reply-encoder.ts';
import type { VersionTraits } from './router-versions.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Simulated network faults. Durations are in real time, because the sockets are real. */
export interface WireFaults {
  /** Time until each reply, as over a long line. */
  readonly latencyMs?: number;
  /** Every reply leaves in pieces of this many bytes. */
  readonly chunkBytes?: number;
  /** Connections are reset as soon as they are made. */
  readonly rejectConnections?: boolean;
  /** Says nothing more: to a login, to a command, to either, or in the middle of a sentence of a command's reply. */
  readonly stall?: 'login' | 'before-reply' | 'mute' | 'inside-reply';
  /** Ends the connection in the middle of a sentence of a command's reply. */
  readonly cut?: 'fin' | 'rst';
  /** Answers a command with `!fatal`, this reason, and the end of the connection. */
  readonly fatal?: string;
  /** Answers a command with these bytes. */
  readonly garbage?: Uint8Array;
  /** Restricts `stall`, `cut`, `fatal` and `garbage` to one command, e.g. `/queue/simple/print`. */
  readonly command?: string;
}

export interface ApiActivity {
  readonly openConnections: number;
  readonly logins: number;
  /** Lists of rows, of any menu, that left whole. */
  readonly listsServed: number;
}

export interface ApiServerDeps {
  readonly traits: VersionTraits;
  /** The password of a user; `undefined`: there is no such user. */
  readonly passwordOf: (username: string) => string | undefined;
  /** Whether connections are taken now; else they are reset. */
  readonly accepts: () => boolean;
  readonly answer: (command: Command, user: string) => Answer;
  /** The router's charset; default UTF-8. */
  readonly encodeText?: (text: string) => Uint8Array;
}

/** The RouterOS API over plain TCP on the loopback interface. */
export interface ApiServer {
  listen(port: number): Promise<Address>;
  close(): Promise<void>;
  dropConnections(): void;
  setFaults(faults: WireFaults): void;
  activity(): ApiActivity;
}

const HOST = '127.0.0.1';

interface Connection {
  readonly socket: Socket;
  readonly login: (words: readonly string[]) => LoginResult;
  readonly encoder: ReplyEncoder;
  /** Replies that are still under way to the client. */
  readonly delays: Set<NodeJS.Timeout>;
  /** Who is logged in; `null`: nobody yet. */
  user: string | null;
  /** Replies leave one after the other. */
  outgoing: Promise<void>;
}

interface Request {
  readonly command: string;
  readonly words: readonly string[];
  readonly tag: string | null;
}

/** Bytes to be sent, and what is done when they have left whole. */
interface Response {
  readonly bytes: Uint8Array;
  readonly onSent: (socket: Socket) => void;
}

const keep = () => undefined;
const end = (socket: Socket) => {
  socket.end();
};
const reset = (socket: Socket) => {
  socket.resetAndDestroy();
};

export function createApiServer(deps: ApiServerDeps): ApiServer {
  const encodeText = deps.encodeText ?? ((text: string) => Buffer.from(text, 'utf8'));
  const connections = new Set<Connection>();
  let faults: WireFaults = {};
  let server: Server | null = null;
  let logins = 0;
  let listsServed = 0;

  function accept(socket: Socket): void {
    // Peers may disconnect at any moment; `close` follows and cleans up.
    socket.on('error', () => undefined);
    if (faults.rejectConnections || !deps.accepts()) {
      socket.resetAndDestroy();
      return;
    }
    socket.setNoDelay(true);
    const connection: Connection = {
      socket,
      login: createLogin({ ...deps, encodeText }),
      encoder: createReplyEncoder({ encodeText, sendsEmpty: deps.traits.sendsEmpty }),
      delays: new Set(),
      user: null,
      outgoing: Promise.resolve(),
    };
    connections.add(connection);
    socket.on('close', () => {
      for (const delay of connection.delays) clearTimeout(delay);
      connections.delete(connection);
    });
    const decoder = createSentenceDecoder({ onSentence: (words) => receive(connection, parseRequest(words)) });
    socket.on('data', (chunk: Buffer) => {
      try {
        decoder.push(chunk);
      } catch {
        // What is no sentence gets no answer, as on a router.
        socket.destroy();
      }
    });
  }

  function receive(connection: Connection, request: Request): void {
    if (faults.latencyMs === undefined) {
      respond(connection, request);
      return;
    }
    const delay = setTimeout(() => {
      connection.delays.delete(delay);
      respond(connection, request);
    }, faults.latencyMs);
    connection.delays.add(delay);
  }

  function respond(connection: Connection, request: Request): void {
    const response = responseTo(connection, request);
    if (response === null) return;
    const { bytes, onSent } = response;
    const pieceBytes = faults.chunkBytes ?? Math.max(bytes.length, 1);
    connection.outgoing = connection.outgoing.then(async () => {
      if (await write(connection.socket, bytes, pieceBytes)) onSent(connection.socket);
    });
  }

  /** `null` is silence. */
  function responseTo(connection: Connection, request: Request): Response | null {
    const { encoder } = connection;
    if (faults.stall === 'mute') return null;
    if (request.command === '/login') return faults.stall === 'login' ? null : loginResponse(connection, request);
    if (connection.user === null) return { bytes: encoder.fatal('not logged in'), onSent: end };
    if (request.command === '/quit') return { bytes: encoder.fatal('session terminated on request'), onSent: end };
    const concerned = faults.command === undefined || faults.command === request.command;
    return commandResponse(connection.user, encoder, request, concerned ? faults : {});
  }

  function loginResponse(connection: Connection, request: Request): Response {
    const { user, sentences } = connection.login(request.words);
    if (user !== null) {
      connection.user = user;
      logins += 1;
    }
    return { bytes: connection.encoder.sentences(request.tag, sentences), onSent: keep };
  }

  function commandResponse(
    user: string,
    encoder: ReplyEncoder,
    request: Request,
    { stall, fatal, garbage, cut }: WireFaults,
  ): Response | null {
    if (stall === 'before-reply') return null;
    if (fatal !== undefined) return { bytes: encoder.fatal(fatal), onSent: end };
    if (garbage !== undefined) return { bytes: garbage, onSent: keep };

    const answer = deps.answer(parseCommand(request.command, request.words), user);
    const reply = encoder.answer(request.tag, answer);
    if (stall === 'inside-reply') return { bytes: beginningOf(reply), onSent: keep };
    if (cut !== undefined) return { bytes: beginningOf(reply), onSent: cut === 'fin' ? end : reset };
    return { bytes: reply, onSent: answer.kind === 'rows' ? () => noteServed(answer.served) : keep };
  }

  function noteServed(served: (() => void) | undefined): void {
    listsServed += 1;
    served?.();
  }

  function dropConnections(): void {
    for (const { socket } of connections) socket.destroy();
  }

  return {
    async listen(port) {
      const listening = createServer(accept);
      await new Promise<void>((resolve, reject) => {
        listening.once('error', reject);
        listening.listen({ host: HOST, port }, resolve);
      });
      server = listening;
      const address = listening.address();
      if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
      return { host: HOST, port: address.port };
    },
    async close() {
      const listening = server;
      if (listening === null) return;
      server = null;
      const closed = new Promise((resolve) => listening.close(resolve));
      dropConnections();
      await closed;
    },
    dropConnections,
    setFaults(next) {
      faults = next;
    },
    activity: () => ({ openConnections: connections.size, logins, listsServed }),
  };
}

function parseRequest(words: readonly string[]): Request {
  const [command = '', ...rest] = words;
  const tagWord = rest.find((word) => word.startsWith('.tag='));
  return {
    command,
    words: rest.filter((word) => word !== tagWord),
    tag: tagWord === undefined ? null : tagWord.slice('.tag='.length),
  };
}

/** Some of a reply, ending inside a sentence. */
function beginningOf(reply: Buffer): Buffer {
  const half = reply.length >> 1;
  // Only a sentence's last byte is a zero with the end behind it, and the byte before that one is none.
  return reply.subarray(0, reply[half - 1] === 0 ? half - 1 : half);
}

/** Writes in pieces, each when the one before has left; `false` when the connection ended first. */
async function write(socket: Socket, bytes: Uint8Array, pieceBytes: number): Promise<boolean> {
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    if (!socket.writable) return false;
    const piece = bytes.subarray(start, start + pieceBytes);
    const failure = await new Promise<Error | null | undefined>((resolve) => socket.write(piece, resolve));
    if (failure) return false;
  }
  return true;
}

import { connect as connectTcp } from 'node:net';
import { TLSSocket } from 'node:tls';
import { replaceUnsafe } from '../../runtime/clean-text.ts';
import type { Clock } from '../../runtime/clock.ts';
import {
  closedTrouble,
  protocolTrouble,
  type RouterTrap,
  socketTrouble,
  timeoutTrouble,
  tlsClosedTrouble,
  trapTrouble,
} from './errors.ts';
import { createReplyMeter, processReplies, type ReplyMemory } from './reply-bounds.ts';
import { encodeSentence, type Sentence } from './sentence.ts';
import { createSentenceScanner } from './sentence-scanner.ts';
import { checkPeer, openTlsSocket, peerOf, type RouterTls, type TlsPeer } from './tls.ts';

export interface SessionOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: false | RouterTls;
  /** Removed from all texts of the router, in case it repeats it. */
  readonly password: string;
  /** Code page of all text, a label of the WHATWG Encoding standard; unless given UTF-8, and windows-1252 for what is not that. */
  readonly encoding?: string | undefined;
  readonly clock: Clock;
  /** Of a longer value only so much is read; 16 MiB, the longest word, unless given. */
  readonly keptWordBytes?: number | undefined;
  /** What the replies of all routers may take together; the one of the process unless given. */
  readonly replies?: ReplyMemory | undefined;
  /** The longest silence of the router while a command waits for it, ms. */
  readonly idleTimeoutMs: number;
}

export interface CommandOptions<T> {
  /** Turns a row into what is kept of it, the moment it arrives; the row itself cannot be kept. */
  readonly toResult: (row: Sentence) => T;
  /** For the whole reply, ms. */
  readonly totalTimeoutMs: number;
}

export interface CommandReply<T> {
  readonly rows: T[];
  /** What came with `!done` as `=ret=`. */
  readonly ret: string | undefined;
}

/** Sentences over one connection, each reply given to its command. A session ends only through `fail`, which settles all commands. */
export interface Session {
  /** Why the session has ended, `null` while it is open. */
  readonly failure: Error | null;
  /** `null` without TLS, and until it is `opened`. */
  readonly peer: TlsPeer | null;
  /** So many have come, of any command. */
  readonly receivedBytes: number;
  /** Resolves when TCP, and with it TLS, stands and the peer is the right one. */
  readonly opened: Promise<void>;
  /** One command at a time may go without a tag: the login, so that the plainest imitation of a router understands it. */
  send<T>(
    words: readonly string[],
    tagging: 'tagged' | 'untagged',
    options: CommandOptions<T>,
  ): Promise<CommandReply<T>>;
  fail(error: Error): void;
}

/** A command on its way; the type of its results is known only to the closures. */
interface Pending {
  readonly command: string;
  trap: RouterTrap | null;
  rows(): number;
  addRow(row: Sentence): void;
  finish(ret: string | undefined): void;
  reject(error: Error): void;
}

const NO_TAG = '';
const TAG_WORD = '.tag=';

/** Finds a peer that vanished while the session rests between two polls. */
const KEEP_ALIVE_AFTER_MS = 30_000;

/** Node gives each address of a name only a fraction of a second before it tries the next; a satellite link needs longer. */
const ADDRESS_ATTEMPT_MS = 2_000;

const MAX_QUOTED_LENGTH = 200;

/** Read from one router in one turn of the event loop, so that others and timers are not delayed: Node may deliver 2 MiB at once. */
const BYTES_A_TURN = 128 * 1024;

/** Starts to connect. Throws a `TroubleError` only when the TLS settings cannot be used; all else goes through `fail`. */
export function openSession(options: SessionOptions): Session {
  const { clock, host, port, tls } = options;
  const where = `${host}:${port}`;
  const pending = new Map<string, Pending>();
  const opened = Promise.withResolvers<void>();
  let isOpen = false;
  let peer: TlsPeer | null = null;
  let receivedBytes = 0;
  let failure: Error | null = null;
  let lastTag = 0;
  let cancelIdleDeadline = (): void => {};

  const socket =
    tls === false
      ? connectTcp({ host, port, autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS })
      : openTlsSocket({ host, port, tls, addressAttemptMs: ADDRESS_ATTEMPT_MS });
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_AFTER_MS);

  function fail(error: Error): void {
    if (failure !== null) {
      return;
    }
    failure = error;
    cancelIdleDeadline();
    meter.reset();
    socket.destroy();
    for (const command of pending.values()) {
      command.reject(error);
    }
    pending.clear();
    opened.reject(error);
  }

  /** Texts of the router go into logs and terminals: they are cleaned, shortened and without the password. */
  function quote(text: string): string {
    const safe = options.password === '' ? text : text.replaceAll(options.password, '***');
    return replaceUnsafe(safe.slice(0, MAX_QUOTED_LENGTH), () => ' ');
  }

  function watchSilence(): void {
    cancelIdleDeadline();
    cancelIdleDeadline =
      pending.size === 0
        ? () => {}
        : clock.after(options.idleTimeoutMs, () => {
            const [command] = pending.values();
            fail(timeoutTrouble(command?.command ?? '', options.idleTimeoutMs));
          });
  }

  function takeTrap(command: Pending, row: Sentence): void {
    const category = Number(row.get('category') ?? Number.NaN);
    command.trap ??= {
      message: quote(row.get('message') ?? 'without a reason'),
      category: Number.isInteger(category) ? category : null,
    };
  }

  function finish(tag: string, command: Pending, ret: string | undefined): void {
    pending.delete(tag);
    if (pending.size === 0) {
      meter.reset();
    }
    if (command.trap === null) {
      command.finish(ret);
    } else {
      command.reject(trapTrouble(command.command, command.trap));
    }
  }

  function takeReply(sentence: Sentence): void {
    if (failure !== null) {
      return;
    }
    const reply = sentence.head;
    if (reply === '!fatal') {
      const reason = sentence.words().filter((word) => word !== reply && !word.startsWith(TAG_WORD));
      fail(closedTrouble(`the router ended the session: ${quote(reason.join(' '))}`));
      return;
    }
    const tag = sentence.after(TAG_WORD) ?? NO_TAG;
    const command = pending.get(tag);
    if (command === undefined) {
      throw protocolTrouble(`it sent ${quote(reply)} for an unknown command tag`);
    }
    switch (reply) {
      case '!re':
        meter.row(sentence.byteLength, command.rows());
        command.addRow(sentence);
        break;
      case '!empty':
        break;
      case '!trap':
        takeTrap(command, sentence);
        break;
      case '!done':
        finish(tag, command, sentence.get('ret'));
        break;
      default:
        throw protocolTrouble(`it sent an unknown reply ${quote(reply)}`);
    }
  }

  const decoder = createSentenceScanner({
    onSentence: takeReply,
    encoding: options.encoding,
    keptWordBytes: options.keptWordBytes,
  });
  const meter = createReplyMeter((options.replies ?? processReplies).open(fail));

  let bytesOfTurn = 0;
  function giveWay(bytes: number): void {
    bytesOfTurn += bytes;
    if (bytesOfTurn >= BYTES_A_TURN) {
      bytesOfTurn = 0;
      socket.pause();
      setImmediate(() => socket.resume());
    }
  }

  /** Runs what a socket event calls for: nothing may throw into the event loop. */
  function guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      fail(error instanceof Error ? error : new Error('not an Error was thrown', { cause: error }));
    }
  }

  socket.on('data', (chunk: Buffer) =>
    guarded(() => {
      receivedBytes += chunk.length;
      decoder.push(chunk);
      if (failure === null) {
        meter.received(chunk.length);
        watchSilence();
        giveWay(chunk.length);
      }
    }),
  );
  socket.once(tls === false ? 'connect' : 'secureConnect', () =>
    guarded(() => {
      if (tls !== false && socket instanceof TLSSocket) {
        checkPeer(socket, tls);
        peer = peerOf(socket);
      }
      isOpen = true;
      opened.resolve();
    }),
  );
  const failClosed = (): void =>
    fail(tls !== false && !isOpen ? tlsClosedTrouble(where) : closedTrouble(`${where} closed the connection`));
  socket.once('end', failClosed);
  socket.once('close', failClosed);
  // Stays for good: a socket may report an error after it was destroyed, and without a listener that ends the process.
  socket.on('error', (error) => {
    const trouble = socketTrouble(error, where);
    fail(trouble.code === 'ROUTER_CLOSED' && tls !== false && !isOpen ? tlsClosedTrouble(where, error) : trouble);
  });

  return {
    get failure() {
      return failure;
    },
    get peer() {
      return peer;
    },
    get receivedBytes() {
      return receivedBytes;
    },
    opened: opened.promise,
    fail,
    send<T>(words: readonly string[], tagging: 'tagged' | 'untagged', command: CommandOptions<T>) {
      if (failure !== null) {
        return Promise.reject(failure);
      }
      const { promise, resolve, reject } = Promise.withResolvers<CommandReply<T>>();
      const name = words[0] ?? '';
      const rows: T[] = [];
      const cancelTotalDeadline = clock.after(command.totalTimeoutMs, () =>
        fail(timeoutTrouble(name, command.totalTimeoutMs)),
      );
      lastTag += 1;
      const tag = tagging === 'untagged' ? NO_TAG : String(lastTag);
      pending.set(tag, {
        command: name,
        trap: null,
        rows: () => rows.length,
        addRow: (row) => rows.push(command.toResult(row)),
        finish(ret) {
          cancelTotalDeadline();
          resolve({ rows, ret });
        },
        reject(error) {
          cancelTotalDeadline();
          reject(error);
        },
      });
      socket.write(encodeSentence(tag === NO_TAG ? words : [...words, TAG_WORD + tag]));
      watchSilence();
      return promise;
    },
  };
}

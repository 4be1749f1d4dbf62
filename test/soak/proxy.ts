import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Stands between the worker and its database, and does what networks do. */
export interface Proxy {
  readonly port: number;
  /** Ends every connection and takes no new one until `heal`. */
  cut(): void;
  /** Keeps every connection and passes nothing on, until `heal` ends them. */
  stall(): void;
  /** Transactions begin late, on each connection by another time, until `heal`: who read a router first need not be first to lock its books. */
  slow(random: () => number): void;
  heal(): void;
  /** The next commit reaches the database; its answer reaches nobody. */
  loseNextAnswer(): void;
  /** Called as the next commit has been passed on. */
  onNextCommit(call: () => void): void;
  stop(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  isDeaf: boolean;
  /** A transaction begins so much later. */
  delayMs: number;
  passed: Promise<void>;
}

/** On MySQL's wire each is a packet of a few bytes. */
function isCommit(chunk: Buffer): boolean {
  return chunk.length < 32 && /commit/i.test(chunk.toString('latin1'));
}

function isBegin(chunk: Buffer): boolean {
  return chunk.length < 32 && /begin|start transaction/i.test(chunk.toString('latin1'));
}

const ANSWER_LOST_MS = 100;
const LONGEST_DELAY_MS = 600;

export async function startProxy(targetPort: number): Promise<Proxy> {
  const pairs = new Set<Pair>();
  let mode: 'open' | 'cut' | 'stalled' = 'open';
  let losesAnswer = false;
  let delay = () => 0;
  let commitCall: (() => void) | null = null;

  function end(pair: Pair): void {
    pair.client.destroy();
    pair.server.destroy();
    pairs.delete(pair);
  }

  function passOn(pair: Pair, chunk: Buffer): void {
    if (pair.server.destroyed) return;
    pair.server.write(chunk);
    if (!isCommit(chunk)) return;
    if (losesAnswer) {
      losesAnswer = false;
      pair.isDeaf = true;
      setTimeout(() => end(pair), ANSWER_LOST_MS);
    }
    const call = commitCall;
    commitCall = null;
    call?.();
  }

  const listener = createServer((client) => {
    if (mode === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const pair: Pair = {
      client,
      server: connect(targetPort, '127.0.0.1'),
      isDeaf: false,
      delayMs: delay(),
      passed: Promise.resolve(),
    };
    pairs.add(pair);
    client.setNoDelay(true);
    pair.server.setNoDelay(true);
    for (const socket of [client, pair.server]) {
      // Whatever ends one side ends the other; that is all there is to say.
      socket.on('error', () => {});
      socket.on('close', () => end(pair));
    }
    client.on('data', (chunk: Buffer) => {
      if (mode === 'stalled') return;
      const isSlow = pair.delayMs > 0 && isBegin(chunk);
      pair.passed = pair.passed.then(() => (isSlow ? sleep(pair.delayMs) : undefined)).then(() => passOn(pair, chunk));
    });
    pair.server.on('data', (chunk: Buffer) => {
      if (mode !== 'stalled' && !pair.isDeaf) client.write(chunk);
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');

  function endAll(): void {
    for (const pair of pairs) end(pair);
  }

  return {
    port: address.port,
    cut() {
      mode = 'cut';
      endAll();
    },
    stall() {
      mode = 'stalled';
    },
    slow(random) {
      delay = () => Math.round(random() * LONGEST_DELAY_MS);
      for (const pair of pairs) pair.delayMs = delay();
    },
    heal() {
      delay = () => 0;
      for (const pair of pairs) pair.delayMs = 0;
      // What was swallowed is missing in the middle of these conversations.
      if (mode === 'stalled') endAll();
      mode = 'open';
    },
    loseNextAnswer() {
      losesAnswer = true;
    },
    onNextCommit(call) {
      commitCall = call;
    },
    async stop() {
      endAll();
      listener.close();
      await once(listener, 'close');
    },
  };
}

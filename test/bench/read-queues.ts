import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RouterOSAPI } from 'node-routeros';
import { createQueueReader } from '../../src/adapters/routeros/queue-reader.ts';
import type { QueueReader } from '../../src/features/usage/ports.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { wireSentence } from '../support/scripted-router.ts';
import { type BenchRow, measure } from './harness.ts';

const PROPLIST = '=.proplist=.id,name,target,parent,bytes,dynamic,comment';

export async function startChild<Message>(
  file: string,
  args: readonly (string | number)[],
): Promise<[ChildProcess, Message]> {
  // As npm's scripts and the image run it: what was compiled before is not compiled again.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'netsentinel-bench-cache') };
  const child = fork(join(import.meta.dirname, 'children', file), args.map(String), { env });
  const [message] = await once(child, 'message');
  return [child, message];
}

export async function startQueueServer(
  queues: number,
  latencyMs: number,
  mode: 'still' | 'moving' = 'still',
): Promise<{ port: number; stop(): void }> {
  const [child, { port }] = await startChild<{ port: number }>('queue-server.ts', [queues, latencyMs, mode]);
  return { port, stop: () => child.disconnect() };
}

export function openReader(port: number, name = 'bench'): QueueReader {
  const quiet = (): void => {};
  return createQueueReader({
    target: { name, host: '127.0.0.1', port, tls: false, username: 'u', password: 'p', timeoutMs: 60_000 },
    clock: systemClock,
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    readerId: 'bench',
  });
}

/** The least a program can do: cut the stream into words and put each row's words into an object. */
export function readMinimally(socket: Socket): Promise<Record<string, string>[]> {
  return new Promise((resolve) => {
    const rows: Record<string, string>[] = [];
    let rest: Buffer = Buffer.alloc(0);
    let words: string[] = [];
    function onData(chunk: Buffer): void {
      const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      for (;;) {
        let length = data[at] ?? -1;
        let start = at + 1;
        if (length >= 0x80) {
          length = ((length & 0x3f) << 8) | (data[start] ?? 0);
          start += 1;
        }
        if (length < 0 || start + length > data.length) {
          break;
        }
        at = start + length;
        if (length > 0) {
          words.push(data.toString('utf8', start, at));
          continue;
        }
        if (words[0] === '!done') {
          socket.off('data', onData);
          resolve(rows);
          return;
        }
        const row: Record<string, string> = {};
        for (const word of words) {
          const equals = word.indexOf('=', 1);
          row[word.slice(1, equals)] = word.slice(equals + 1);
        }
        rows.push(row);
        words = [];
      }
      rest = data.subarray(at);
    }
    socket.on('data', onData);
    socket.write(wireSentence(['/queue/simple/print', PROPLIST, '.tag=1']));
  });
}

function expectRows(rows: readonly unknown[], count: number): void {
  if (rows.length !== count) {
    throw new Error(`expected ${count} queues, read ${rows.length}`);
  }
}

async function compareReaders(queues: number): Promise<BenchRow[]> {
  const server = await startQueueServer(queues, 0);
  const signal = new AbortController().signal;
  const reader = openReader(server.port);
  const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true });
  const api = new RouterOSAPI({ host: '127.0.0.1', port: server.port, user: 'u', password: 'p', timeout: 60 });
  await api.connect();
  // The shorter the reading, the more of them it takes for a steady median.
  const rounds = queues > 10_000 ? 7 : 25;
  const candidates = {
    ours: async () => expectRows((await reader.read(signal)).queues, queues),
    minimal: async () => expectRows(await readMinimally(socket), queues),
    nodeRouteros: async () => expectRows(await api.write('/queue/simple/print', [PROPLIST]), queues),
  };
  const times = await measure(candidates, rounds);
  reader.close();
  socket.destroy();
  await api.close();
  server.stop();
  const isJudged = queues === 10_000;
  const [ours, minimal, other] = [
    `NetSentinel, ${queues} queues`,
    `minimal parser, ${queues} queues`,
    `node-routeros, ${queues} queues`,
  ];
  return [
    { name: minimal, medianMs: times.minimal },
    {
      name: ours,
      medianMs: times.ours,
      ratio: times.ours / times.minimal,
      against: 'minimal',
      ...(isJudged && { limit: 1.5 }),
    },
    { name: other, medianMs: times.nodeRouteros },
    {
      name: ours,
      medianMs: times.ours,
      ratio: times.ours / times.nodeRouteros,
      against: 'node-routeros',
      ...(isJudged && { limit: 1 / 3 }),
    },
  ];
}

async function peakMemory(): Promise<BenchRow> {
  const queues = 50_000;
  const server = await startQueueServer(queues, 0);
  const [, peak] = await startChild<{ maxRssKib: number; queues: number }>('memory-reader.ts', [server.port, 10]);
  server.stop();
  if (peak.queues !== queues) {
    throw new Error(`expected ${queues} queues, read ${peak.queues}`);
  }
  return { name: 'process reading 50000 queues, 10 polls', peakMib: peak.maxRssKib / 1024, limit: 256 };
}

/** One round over 1,000 routers, 32 at a time as by default: first with connecting, then over the connections kept. */
async function manyRouters(): Promise<BenchRow[]> {
  const server = await startQueueServer(100, 40);
  const readers = Array.from({ length: 1_000 }, (_, index) => openReader(server.port, `router-${index}`));
  async function readAll(): Promise<number> {
    const startedMs = performance.now();
    const waiting = readers.values();
    await Promise.all(
      Array.from({ length: 32 }, async () => {
        for (const reader of waiting) {
          expectRows((await reader.read(new AbortController().signal)).queues, 100);
        }
      }),
    );
    return performance.now() - startedMs;
  }
  const first = await readAll();
  const next = await readAll();
  for (const reader of readers) {
    reader.close();
  }
  server.stop();
  return [
    { name: '1000 routers of 100 queues, 40 ms away, first round', medianMs: first, limit: 10_000 },
    { name: '1000 routers of 100 queues, 40 ms away, next round', medianMs: next, limit: 10_000 },
  ];
}

export async function run(): Promise<BenchRow[]> {
  return [
    ...(await compareReaders(1_000)),
    ...(await compareReaders(10_000)),
    ...(await compareReaders(50_000)),
    await peakMemory(),
    ...(await manyRouters()),
  ];
}

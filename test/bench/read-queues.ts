import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { RouterOSAPI } from 'node-routeros';
import type { RouterTls } from '../../src/platform/routeros/tls.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { QueueReader } from '../../src/usage/ports.ts';
import { readerOf } from '../support/reader-of.ts';
import { wireSentence } from '../support/scripted-router.ts';
import { visitUntil } from '../support/visits.ts';
import { type BenchRow, compare, measure } from './harness.ts';

const HOST = '127.0.0.1';
const PROPLIST = '=.proplist=.id,name,target,parent,bytes,dynamic,comment';

export async function startChild<Message>(
  file: string,
  args: readonly (string | number)[],
  semiSpaceMib = 8,
): Promise<[ChildProcess, Message]> {
  // As npm's scripts and the image run it: what was compiled before is not compiled again.
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: join(tmpdir(), 'netsentinel-bench-cache'),
    NODE_OPTIONS: `--max-semi-space-size=${semiSpaceMib} ${process.env['NODE_OPTIONS'] ?? ''}`,
  };
  const child = fork(join(import.meta.dirname, 'children', file), args.map(String), { env });
  const stop = new AbortController();
  const ended = once(child, 'exit', { signal: stop.signal }).then(([code]) => {
    throw new Error(`${file} ended before it said anything, with exit code ${code}`);
  });
  const [message] = await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {});
  stop.abort();
  return [child, message];
}

/** The same with one that ends by itself: what it tells, once it has ended. */
export async function runChild<Message>(
  file: string,
  args: readonly (string | number)[],
  semiSpaceMib?: number,
): Promise<Message> {
  const [child, message] = await startChild<Message>(file, args, semiSpaceMib);
  if (child.exitCode === null) await once(child, 'exit');
  return message;
}

export async function startQueueServer(
  queues: number,
  latencyMs: number,
  ...modes: readonly ('moving' | 'tls')[]
): Promise<{ port: number; stop(): void }> {
  const [child, { port }] = await startChild<{ port: number }>('queue-server.ts', [queues, latencyMs, ...modes]);
  return { port, stop: () => child.disconnect() };
}

export function openReader(port: number, name = 'bench', tls: false | RouterTls = false): QueueReader {
  const quiet = (): void => {};
  return readerOf({
    target: { name, host: HOST, port, tls, username: 'u', password: 'p', timeoutMs: 60_000 },
    clock: systemClock,
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    readerId: 'bench',
  });
}

export function openSocket(port: number, tls: false | { readonly ca: string } = false): Socket {
  const socket = tls === false ? connectTcp({ host: HOST, port }) : connectTls({ host: HOST, port, ca: tls.ca });
  return socket.setNoDelay(true);
}

/** The least a program can do, over `openSocket`: cut the stream into words and put each row's words into an object. */
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

export function expectRows(rows: readonly unknown[], count: number): void {
  if (rows.length !== count) {
    throw new Error(`expected ${count} queues, read ${rows.length}`);
  }
}

/** All three read the same lists of the same server, over TLS with the same certificate. */
async function compareReaders(queues: number, tls: false | { readonly ca: string }): Promise<BenchRow[]> {
  const server = await startQueueServer(queues, 0, ...(tls === false ? [] : ['tls' as const]));
  const { port } = server;
  const reader = openReader(port, 'bench', tls);
  const socket = openSocket(port, tls);
  const login = { host: HOST, port, user: 'u', password: 'p', timeout: 60 };
  const api = new RouterOSAPI(tls === false ? login : { ...login, tls });
  await api.connect();
  // The shorter the reading, the more of them it takes for a steady median.
  const rounds = queues > 10_000 ? 7 : 25;
  const candidates = {
    ours: async () => expectRows((await reader.read(visitUntil())).queues, queues),
    minimal: async () => expectRows(await readMinimally(socket), queues),
    nodeRouteros: async () => expectRows(await api.write('/queue/simple/print', [PROPLIST]), queues),
  };
  const costs = await measure(candidates, rounds);
  reader.close();
  socket.destroy();
  await api.close();
  server.stop();
  const isJudged = queues === 10_000;
  return compare(`read ${queues} queues${tls === false ? '' : ', TLS'}`, costs.ours, [
    { against: 'a minimal parser', cost: costs.minimal, ...(isJudged && { limit: 1.5 }) },
    { against: 'node-routeros', cost: costs.nodeRouteros, ...(isJudged && { limit: 1 / 3 }) },
  ]);
}

async function peakMemory(): Promise<BenchRow> {
  const queues = 50_000;
  const server = await startQueueServer(queues, 0);
  const [, peak] = await startChild<{ peakMib: number; queues: number }>('memory-reader.ts', [server.port, 10]);
  server.stop();
  if (peak.queues !== queues) {
    throw new Error(`expected ${queues} queues, read ${peak.queues}`);
  }
  return { name: 'process reading 50000 queues, 10 polls', peakMib: peak.peakMib, limit: 256 };
}

export async function run(): Promise<BenchRow[]> {
  const ca = await readFile(join(import.meta.dirname, '../fixtures/tls/ca.crt'), 'utf8');
  const rows: BenchRow[] = [];
  for (const queues of [1_000, 10_000, 50_000]) {
    rows.push(...(await compareReaders(queues, false)), ...(await compareReaders(queues, { ca })));
  }
  return [...rows, await peakMemory()];
}

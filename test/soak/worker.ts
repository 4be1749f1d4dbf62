import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { HeldReading } from './growth.ts';
import { ADDRESS_VARIABLE, type Held, OFFSET_VARIABLE, type Order, SILENT_VARIABLE } from './preload.ts';

const PRELOAD = new URL('./preload.ts', import.meta.url).href;

/** A checkout of NetSentinel, by its `main.ts`. */
export interface Version {
  readonly main: string;
}

export const THIS_VERSION: Version = versionIn(fileURLToPath(new URL('../..', import.meta.url)));

export function versionIn(folder: string): Version {
  return { main: join(folder, 'src', 'main.ts') };
}

/** What a process used, at one instant. */
export interface UsageReading {
  readonly ageMs: number;
  readonly rssMib: number;
  readonly openFiles: number;
}

/** `netsentinel run` as a process, under the soak's clock. */
export interface Worker {
  readonly pid: number | undefined;
  readonly startedMs: number;
  tell(order: Order): void;
  kill(): void;
  /** SIGTERM. */
  end(): void;
  /** SIGSTOP. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  hasEnded(): boolean;
  /** Whether it had come as far as to take a signal. */
  hasBegun(): boolean;
  /** Lines it should not have logged: bugs, and whatever is no log line. */
  readonly complaints: readonly string[];
  /** The last ones, whatever they say. */
  readonly lastLines: readonly string[];
  /** How often each message of level `warn` came. */
  readonly warnings: ReadonlyMap<string, number>;
  readonly usage: readonly UsageReading[];
  readonly held: readonly HeldReading[];
}

const ERROR_LEVEL = 50;
const WARN_LEVEL = 40;
const LAST_LINES = 5;
/** From the migration that puts baselines into parts until it ends, a worker of an earlier version cannot book, and takes that for a bug. */
const MISSES_BASELINES = /no such table: baselines|baselines' doesn't exist/;
const LOOK_EVERY_MS = 1_000;

/** Brings the schema to where a version wants it. */
export async function migrateBy(version: Version, configFile: string): Promise<void> {
  await promisify(execFile)(process.execPath, [version.main, 'migrate', '--config', configFile]);
}

/** What `netsentinel workers` says of who polls what, by process. */
export async function askWorkers({ main }: Version, configFile: string): Promise<WorkerSaid[]> {
  const args = [main, 'workers', '--config', configFile, '--format', 'json'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return said.parse(JSON.parse(stdout));
}

export type WorkerSaid = z.output<typeof said>[number];

const said = z.array(
  z.object({
    pid: z.number(),
    state: z.enum(['active', 'leaving', 'lost']),
    shards: z.number(),
    routers: z.array(z.string()),
  }),
);

export function startWorker(
  { main }: Version,
  options: {
    readonly configFile: string;
    readonly databaseUrl: string;
    readonly offsetMs: number;
    readonly silentPorts: readonly number[];
    /** Where its connections come from. */
    readonly address?: string;
  },
): Worker {
  const { configFile, databaseUrl, offsetMs, silentPorts, address } = options;
  const child = spawn(process.execPath, ['--expose-gc', '--import', PRELOAD, main, 'run', '--config', configFile], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      DATABASE_URL: databaseUrl,
      [OFFSET_VARIABLE]: String(offsetMs),
      [SILENT_VARIABLE]: JSON.stringify(silentPorts),
      ...(address === undefined ? {} : { [ADDRESS_VARIABLE]: address }),
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const startedMs = performance.now();
  const complaints: string[] = [];
  const lastLines: string[] = [];
  const warnings = new Map<string, number>();
  const usage: UsageReading[] = [];
  const held: HeldReading[] = [];
  if (child.stderr === null) throw new Error('a pipe was asked for');
  const isEarlier = main !== THIS_VERSION.main;
  let hasBegun = false;
  createInterface({ input: child.stderr }).on('line', (line) => {
    hasBegun ||= line.includes('"worker started"');
    if (!(isEarlier && MISSES_BASELINES.test(line))) judgeLine(line, complaints, warnings);
    lastLines.push(line);
    if (lastLines.length > LAST_LINES) lastLines.shift();
  });
  // A worker that is killed takes its channel with it.
  child.on('error', () => {});
  child.on('message', (told: Held) => held.push({ ageMs: performance.now() - startedMs, ...told }));
  const timer = setInterval(() => {
    const reading = readUsage(child.pid, performance.now() - startedMs);
    if (reading !== null) usage.push(reading);
  }, LOOK_EVERY_MS);
  const exit = once(child, 'exit').then(([code, signal]) => {
    clearInterval(timer);
    return { code, signal };
  });
  return {
    ...{ pid: child.pid, startedMs },
    tell(order) {
      if (child.connected) child.send(order, () => {});
    },
    kill: () => void child.kill('SIGKILL'),
    end: () => void child.kill('SIGTERM'),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    exit,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    hasBegun: () => hasBegun,
    complaints,
    lastLines,
    warnings,
    usage,
    held,
  };
}

function judgeLine(line: string, complaints: string[], warnings: Map<string, number>): void {
  const entry = parseLine(line);
  if (entry === null) {
    if (!/ExperimentalWarning|--trace-warnings/.test(line)) complaints.push(line);
  } else if (entry.level >= ERROR_LEVEL) complaints.push(line);
  else if (entry.level >= WARN_LEVEL) {
    const said = [entry.msg, entry.code ?? ''].join(' ').trim();
    warnings.set(said, (warnings.get(said) ?? 0) + 1);
  }
}

function parseLine(line: string): { readonly level: number; readonly msg: string; readonly code?: string } | null {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** From /proc, where there is one. */
function readUsage(pid: number | undefined, ageMs: number): UsageReading | null {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (kib === undefined) return null;
    return { ageMs, rssMib: Number(kib) / 1024, openFiles: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    // It has just ended, or this system has no /proc.
    return null;
  }
}

import type { TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { createAudit } from '../../src/accounts/audit.ts';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import type { Base, SitePart } from '../../src/capability.ts';
import { createSshClient } from '../../src/platform/ssh/client.ts';
import { createHostKeyStore } from '../../src/platform/ssh/host-key-store.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { createTroubleLog } from '../../src/runtime/trouble-log.ts';
import { createTerminal, type Terminal } from '../../src/terminal/capability.ts';
import type { TerminalDevice } from '../../src/terminal/ports.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { freshSqlite, migrated } from './databases.ts';
import { KEY } from './inventory.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createMemoryLogger } from './memory-logger.ts';
import { EVENING, type ServedPages, servePages, TIME_ZONE } from './pages.ts';
import { CONSOLE_PASSWORD, CONSOLE_USER, type RouterConsole } from './router-console.ts';

export interface TerminalSite {
  readonly pages: ServedPages;
  readonly database: Database;
  readonly terminal: Terminal;
  /** Of terminals: their limits, and the timeout of a login. */
  readonly clock: ManualClock;
  readonly logger: ReturnType<typeof createMemoryLogger>;
}

/** A router whose terminal is the one of this console. */
export function consoleDevice(
  router: Pick<RouterConsole, 'port'>,
  change: Partial<TerminalDevice> = {},
): TerminalDevice {
  const password = { reveal: () => CONSOLE_PASSWORD };
  const login = { username: CONSOLE_USER, password, privateKey: null, passphrase: null };
  return { name: 'edge-1', host: '127.0.0.1', port: router.port, hostKey: null, legacy: false, login, ...change };
}

interface TerminalsOptions {
  readonly devices: readonly TerminalDevice[];
  readonly isRecorded?: boolean;
  readonly publicUrl?: string;
}

/** Terminals over a database, with their pages, without the server. */
export async function terminalsOn(
  database: Database,
  { devices, isRecorded = false, publicUrl }: TerminalsOptions,
): Promise<Omit<TerminalSite, 'pages' | 'database'> & { readonly part: SitePart }> {
  const clock = createManualClock(EVENING);
  const logger = createMemoryLogger();
  const base: Base = {
    ...{ database, clock, logger, registry: null, graceMs: 3_000 },
    ssh: createSshClient({ hostKeys: createHostKeyStore({ database, clock }), clock }),
    schema: { enter: () => {}, guard: (store) => store },
    jobs: { note: async () => {}, lastRuns: async () => [] },
    troubles: createTroubleLog({ logger, clock }),
    calendar: createCalendar(TIME_ZONE),
    onBug: (error) => logger.error({ err: error }, 'bug'),
  };
  const { record } = createAudit({ book: createAccountBooks({ database }).audit, clock });
  const config = {
    ...{ key: { reveal: () => KEY }, oldKeys: [], http: { terminal: true } },
    ...{ terminal: { record: isRecorded, days: 90 }, publicUrl },
  };
  const findDevice = async (name: string) => devices.find((each) => each.name === name) ?? null;
  const terminal = await createTerminal(base, config, { findDevice, record }, clock);
  return { terminal, clock, logger, part: (await terminal.site?.()) ?? {} };
}

/** A worker with terminals; several may share a database. */
export async function serveTerminals(
  t: TestContext,
  options: TerminalsOptions & { readonly on?: Database; readonly trustProxy?: boolean },
): Promise<TerminalSite> {
  const { database, drop } =
    options.on === undefined ? await migrated(freshSqlite) : { database: options.on, drop: async () => {} };
  const { part, ...made } = await terminalsOn(database, options);
  const { terminal, logger } = made;
  const accounts = { hasAccounts: true, password: null, more: [part] };
  const pages = await servePages(accounts, { on: database, trustProxy: options.trustProxy ?? false });
  t.after(async () => {
    for (const each of terminal.parts ?? []) await each.stop();
    await pages.close();
    await drop();
    t.assert.deepEqual([...pages.logger.errors(), ...logger.errors()], []);
  });
  return { ...made, pages, database };
}

/** Where a worker is reached. */
export interface Reached {
  readonly pages: Pick<ServedPages, 'url'>;
}

/** What a program that is a browser's end of a terminal has received. */
export interface TestSocket {
  readonly socket: WebSocket;
  /** Output, as text. */
  text(): string;
  /** Of output. */
  bytes(): number;
  readonly frames: readonly unknown[];
  type(text: string): void;
  say(frame: unknown): void;
  /** Waits until this is in the newest output. */
  seen(what: string | RegExp): Promise<void>;
  /** Waits for the end; its code and reason. */
  readonly closed: Promise<readonly [code: number, reason: string]>;
}

export async function ticketFor(
  { pages }: Reached,
  cookie: string,
  device = 'edge-1',
  body: unknown = { columns: 100, rows: 30 },
): Promise<Response> {
  return await fetch(`${pages.url}/api/v1/devices/${encodeURIComponent(device)}/terminal`, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify(body),
  });
}

export async function ticketOf(site: Reached, cookie: string, device?: string): Promise<string> {
  return JSON.parse(await (await ticketFor(site, cookie, device)).text()).ticket;
}

export interface Knock {
  readonly cookie?: string | undefined;
  readonly origin?: string | undefined;
  readonly device?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks for the socket; the status where it is refused. */
export async function knock(
  { pages }: Reached,
  ticket: string,
  { cookie, origin = pages.url, device = 'edge-1', headers = {} }: Knock,
): Promise<TestSocket | number> {
  const url = `${pages.url.replace('http', 'ws')}/api/v1/devices/${device}/terminal?ticket=${ticket}`;
  const socket = new WebSocket(url, {
    ...(origin === '' ? {} : { origin }),
    headers: { ...(cookie === undefined ? {} : { cookie }), ...headers },
  });
  return await new Promise((resolve, reject) => {
    const made = listenTo(socket);
    socket.once('open', () => resolve(made));
    socket.once('unexpected-response', (request, response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
    socket.once('error', reject);
  });
}

/** A ticket and its socket. */
export async function openSocket(site: Reached, cookie: string, device?: string): Promise<TestSocket> {
  const socket = await knock(site, await ticketOf(site, cookie, device), {
    cookie,
    ...(device === undefined ? {} : { device }),
  });
  if (typeof socket === 'number') throw new Error(`the socket is refused: ${socket}`);
  return socket;
}

/** Answers what a RouterOS asks of a terminal. */
export function answerQuestions({ type }: Pick<TestSocket, 'type'>): void {
  type('\x1b[?1;2c');
  type('\x1b[30;100R');
}

const RECENT_BYTES = 200_000;
/** Far longer than anything takes here, 25 MB on a busy machine too. */
export const MOST_WAIT_MS = 300_000;

function listenTo(socket: WebSocket): TestSocket {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const frames: unknown[] = [];
  const waiting = new Set<() => void>();
  let recent = '';
  const text = () => Buffer.concat(chunks).toString('utf8');
  socket.on('message', (data, isBinary) => {
    if (!Buffer.isBuffer(data)) throw new Error('not a buffer');
    bytes += isBinary ? data.length : 0;
    if (isBinary) {
      chunks.push(data);
      recent = (recent + data.toString('latin1')).slice(-RECENT_BYTES);
    } else frames.push(JSON.parse(data.toString('utf8')));
    for (const look of waiting) look();
  });
  return {
    socket,
    text,
    bytes: () => bytes,
    frames,
    type: (typed) => socket.send(Buffer.from(typed)),
    say: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    seen: (what) =>
      new Promise((resolve, reject) => {
        const tell = () => reject(new Error(`${what} was not seen within ${MOST_WAIT_MS / 1000} s`));
        AbortSignal.timeout(MOST_WAIT_MS).addEventListener('abort', tell);
        const look = () => {
          if (!(typeof what === 'string' ? recent.includes(what) : what.test(recent))) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    closed: new Promise((resolve) => socket.once('close', (code, reason) => resolve([code, reason.toString()]))),
  };
}

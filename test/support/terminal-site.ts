import type { TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { createAudit } from '../../src/accounts/audit.ts';
import { createAccountBooks } from '../../src/accounts/store/account-books.ts';
import type { Base } from '../../src/capability.ts';
import type { Database } from '../../src/platform/store/database.ts';
import { createTerminal, type Terminal } from '../../src/terminal/capability.ts';
import type { TerminalDevice } from '../../src/terminal/ports.ts';
import { createCalendar } from '../../src/usage/accounting/day.ts';
import { freshSqlite, migrated } from './databases.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createMemoryLogger } from './memory-logger.ts';
import { EVENING, type ServedPages, servePages, TIME_ZONE } from './pages.ts';
import { CONSOLE_PASSWORD, CONSOLE_USER, type RouterConsole } from './router-console.ts';

export const TEST_KEY = Buffer.alloc(32, 7).toString('base64');

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

/** A worker with terminals, over a database; several may share one. */
export async function serveTerminals(
  t: TestContext,
  options: {
    readonly devices: readonly TerminalDevice[];
    readonly isRecorded?: boolean;
    readonly on?: Database;
    readonly registry?: Base['registry'];
    readonly trustProxy?: boolean;
    readonly publicUrl?: string;
  },
): Promise<TerminalSite> {
  const { devices, isRecorded = false, trustProxy = false, publicUrl } = options;
  const fresh = options.on === undefined ? await migrated(freshSqlite) : null;
  const database = options.on ?? fresh?.database;
  if (database === undefined) throw new Error('there is no database');
  const clock = createManualClock(EVENING);
  const logger = createMemoryLogger();
  const base: Base = {
    ...{ database, clock, logger, registry: options.registry ?? null, graceMs: 3_000 },
    schema: { enter: () => {}, guard: (store) => store },
    jobs: { note: async () => {}, lastRuns: async () => [] },
    troubles: { begin: () => {}, end: () => {} } as unknown as Base['troubles'],
    calendar: createCalendar(TIME_ZONE),
    onBug: (error) => logger.error({ err: error }, 'bug'),
  };
  const { record } = createAudit({ book: createAccountBooks({ database }).audit, clock });
  const config = {
    ...{ key: { reveal: () => TEST_KEY }, oldKeys: [], http: { terminal: true } },
    ...{ terminal: { record: isRecorded, days: 90 }, publicUrl },
  };
  const findDevice = async (name: string) => devices.find((each) => each.name === name) ?? null;
  const terminal = await createTerminal(base, config, { findDevice, record }, clock);
  const part = (await terminal.site?.()) ?? {};
  const pages = await servePages({ hasAccounts: true, password: null, more: [part] }, { on: database, trustProxy });
  t.after(async () => {
    for (const each of terminal.parts ?? []) await each.stop();
    await pages.close();
    await fresh?.drop();
    t.assert.deepEqual([...pages.logger.errors(), ...logger.errors()], []);
  });
  return { pages, database, terminal, clock, logger };
}

/** What a program that is a browser's end of a terminal has received. */
export interface TestSocket {
  readonly socket: WebSocket;
  /** Output, as text. */
  text(): string;
  readonly frames: readonly unknown[];
  type(text: string): void;
  say(frame: unknown): void;
  /** Waits until the output has this. */
  seen(what: string | RegExp): Promise<string>;
  /** Waits for the end; its code and reason. */
  readonly closed: Promise<readonly [code: number, reason: string]>;
}

export async function ticketFor(
  { pages }: Pick<TerminalSite, 'pages'>,
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

export interface Knock {
  readonly cookie?: string | undefined;
  readonly origin?: string | undefined;
  readonly device?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks for the socket; the status where it is refused. */
export async function knock(
  { pages }: Pick<TerminalSite, 'pages'>,
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
export async function openSocket(
  site: Pick<TerminalSite, 'pages'>,
  cookie: string,
  device?: string,
): Promise<TestSocket> {
  const response = await ticketFor(site, cookie, device);
  const { ticket } = JSON.parse(await response.text());
  const socket = await knock(site, ticket, { cookie, ...(device === undefined ? {} : { device }) });
  if (typeof socket === 'number') throw new Error(`the socket is refused: ${socket}`);
  return socket;
}

/** Answers what a RouterOS asks of a terminal. */
export function answerQuestions({ type }: Pick<TestSocket, 'type'>): void {
  type('\x1b[?1;2c');
  type('\x1b[30;100R');
}

function listenTo(socket: WebSocket): TestSocket {
  const chunks: Buffer[] = [];
  const frames: unknown[] = [];
  const waiting = new Set<() => void>();
  const text = () => Buffer.concat(chunks).toString('utf8');
  socket.on('message', (data, isBinary) => {
    if (!Buffer.isBuffer(data)) throw new Error('not a buffer');
    if (isBinary) chunks.push(data);
    else frames.push(JSON.parse(data.toString('utf8')));
    for (const look of waiting) look();
  });
  return {
    socket,
    text,
    frames,
    type: (typed) => socket.send(Buffer.from(typed)),
    say: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    seen: (what) =>
      new Promise((resolve) => {
        const look = () => {
          const now = text();
          if (!(typeof what === 'string' ? now.includes(what) : what.test(now))) return;
          waiting.delete(look);
          resolve(now);
        };
        waiting.add(look);
        look();
      }),
    closed: new Promise((resolve) => socket.once('close', (code, reason) => resolve([code, reason.toString()]))),
  };
}

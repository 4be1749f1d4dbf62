import type { CommonRedisOptions, Redis } from 'ioredis';
import { TroubleError } from '../../runtime/errors.ts';
import { keepSecret } from '../../runtime/mask.ts';
import { parseRedisUrl, type RedisAddress } from './url.ts';

/** A connection to Redis or Valkey that is made when it is first needed, and comes back by itself. */
export interface RedisLink {
  /** Which server and database, without the login. */
  readonly place: string;
  readonly database: number;
  /** Connects; resolves when commands can be sent, or when the signal comes. */
  reached(signal: AbortSignal): Promise<void>;
  /**
   * Does something with the server. What goes wrong there rejects with a `TroubleError`: at once while there is no connection, and
   * after a time without an answer.
   */
  ask<Result>(work: (client: Redis) => Promise<Result>): Promise<Result>;
  /** A connection of its own, for what is heard from others: one that listens can do nothing else. */
  listener(): Promise<Redis>;
  /** What the server does when its memory is full; `null`: it does not say. */
  evictionPolicy(): Promise<string | null>;
  close(): Promise<void>;
}

const CONNECT_WITHIN_MS = 5_000;
/** A server that is stopped or swapping answers nothing: that is to be known before a lock has run out. */
const ANSWER_WITHIN_MS = 3_000;
const LONGEST_PAUSE_MS = 2_000;

/** Nothing is loaded and nothing connects before it is asked for. */
export function createRedisLink({ url }: { readonly url: string }): RedisLink {
  const address = parseRedisUrl(url);
  if (address === null) throw new Error('the configuration lets no other URL through');
  for (const secret of [address.password, address.writtenPassword]) if (secret !== null) keepSecret(secret);
  const options = optionsOf(address);
  const place = `${address.host}:${address.port}/${address.database}`;
  const connections: Redis[] = [];
  /** Connected, but not to the database of the URL: the library goes on with another one. */
  const misplaced = new WeakSet<Redis>();
  let lastError: unknown = null;
  let isClosed = false;
  let opening: Promise<Redis> | null = null;

  async function make(more: Pick<CommonRedisOptions, 'lazyConnect' | 'retryStrategy'> = {}): Promise<Redis> {
    const { Redis } = await import('ioredis');
    const client = new Redis({ ...options, ...more });
    client.on('connect', () => misplaced.delete(client));
    client.on('error', (error: unknown) => {
      lastError = error;
      if (isOfSelect(error)) misplaced.add(client);
    });
    client.on('ready', () => {
      if (!misplaced.has(client)) lastError = null;
    });
    connections.push(client);
    if (isClosed) client.disconnect();
    return client;
  }

  function open(): Promise<Redis> {
    opening ??= make();
    return opening;
  }

  /**
   * While the server is away only the first connection tries to come back, and this one follows it: a name server that is silent takes
   * seconds for each look-up, and Node makes two at a time. With both taken the database could not be reached either.
   */
  async function listener(): Promise<Redis> {
    const first = await open();
    const client = await make({
      lazyConnect: true,
      retryStrategy: (times) => (first.status === 'ready' ? pauseAfter(times) : null),
    });
    const follow = () => {
      if (!isClosed && (client.status === 'wait' || client.status === 'end')) client.connect().catch(() => {});
    };
    first.on('ready', follow);
    if (first.status === 'ready') follow();
    return client;
  }

  async function ask<Result>(work: (client: Redis) => Promise<Result>): Promise<Result> {
    const client = await open();
    if (client.status !== 'ready' || misplaced.has(client)) throw troubleOf(lastError, place);
    try {
      return await work(client);
    } catch (error) {
      throw troubleOf(error, place);
    }
  }

  return {
    ask,
    evictionPolicy: async () =>
      /^maxmemory_policy:(\S+)/m.exec(await ask((client) => client.info('memory')))?.[1] ?? null,
    place,
    database: address.database,
    listener,
    async reached(signal) {
      const client = await open();
      await new Promise<void>((resolve) => {
        if (client.status === 'ready' || signal.aborted) return resolve();
        const done = () => {
          client.off('ready', done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        client.on('ready', done);
        signal.addEventListener('abort', done, { once: true });
      });
    },
    async close() {
      isClosed = true;
      await opening;
      for (const each of connections) each.disconnect();
    },
  };
}

function pauseAfter(times: number): number {
  return Math.min(times * 200, LONGEST_PAUSE_MS);
}

function optionsOf({ host, port, username, password, database, hasTls }: RedisAddress) {
  return {
    ...{ host, port, db: database, connectTimeout: CONNECT_WITHIN_MS, commandTimeout: ANSWER_WITHIN_MS },
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(hasTls ? { tls: { servername: host } } : {}),
    // What waits for a connection would be done late, when it is no longer right.
    ...{ enableOfflineQueue: false, autoResendUnfulfilledCommands: false, maxRetriesPerRequest: null },
    autoResubscribe: false,
    retryStrategy: pauseAfter,
  };
}

const LOGIN_ERROR = /^(WRONGPASS|NOAUTH|NOPERM|ERR (invalid password|Client sent AUTH|AUTH ))/;
/** As the library says that it cannot read an answer. */
const FOREIGN_ANSWER = /^(Unknown RESP type|Protocol error)/;

/** What ails the connection; a fault of ours stays what it is. The error of the library has the command that failed with it, login and all: it goes no further. */
function troubleOf(error: unknown, place: string): unknown {
  if (error instanceof TroubleError || error instanceof TypeError || error instanceof RangeError) return error;
  const said = error instanceof Error ? error.message : '';
  if (isOfSelect(error)) {
    return new TroubleError(
      'REDIS_DATABASE_REFUSED',
      `Redis at ${place} does not give access to this database: ${said}`,
      'Correct the number at the end of the URL of workers.redis. Redis has the databases 0 to 15 if its configuration says nothing else.',
    );
  }
  if (LOGIN_ERROR.test(said)) {
    return new TroubleError(
      'REDIS_LOGIN_REFUSED',
      `Redis at ${place} refuses the login: ${said.startsWith('NOAUTH') ? 'it wants a password' : said}`,
      'Compare user and password in the URL of workers.redis with those of the server.',
    );
  }
  const reason = FOREIGN_ANSWER.test(said) ? 'what answers there is no Redis' : said;
  return new TroubleError(
    'REDIS_UNREACHABLE',
    `Redis at ${place} does not answer${reason === '' ? '' : `: ${reason}`}`,
    'Start Redis, or correct workers.redis (rediss:// for a server with TLS, else redis://). Each worker goes on with the routers it has, and joins the others by itself.',
  );
}

/** The library adds the command to the answer of the server. */
function isOfSelect(error: unknown): boolean {
  if (!(error instanceof Error) || !('command' in error)) return false;
  const { command } = error;
  return typeof command === 'object' && command !== null && 'name' in command && command.name === 'select';
}

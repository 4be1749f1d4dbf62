import type { Redis } from 'ioredis';
import { TroubleError } from '../../runtime/errors.ts';
import { keepSecret } from '../../runtime/mask.ts';
import { parseRedisUrl } from './url.ts';

/** A connection to Redis or Valkey that comes back by itself. */
export interface RedisLink {
  /** Commands fail at once while there is no connection, and after a time without an answer: to be used through `ask`. */
  readonly client: Redis;
  /** The same server, for what is heard from others: a connection that listens can do nothing else. */
  listener(): Redis;
  /** Which server and database, without the login. */
  readonly place: string;
  readonly database: number;
  /** Resolves when commands can be sent, or when the signal comes. */
  reached(signal: AbortSignal): Promise<void>;
  /** Does something with the server. What goes wrong there rejects with a `TroubleError`. */
  ask<Result>(work: (client: Redis) => Promise<Result>): Promise<Result>;
  close(): void;
}

const CONNECT_WITHIN_MS = 5_000;
/** A server that is stopped or swapping answers nothing: locks are to be known as lost before they are. */
const ANSWER_WITHIN_MS = 3_000;
const LONGEST_PAUSE_MS = 2_000;

/** Connects, which goes on until `close`; ioredis is loaded for it. */
export async function openRedis({ url }: { readonly url: string }): Promise<RedisLink> {
  const address = parseRedisUrl(url);
  if (address === null) throw new Error('the configuration lets no other URL through');
  for (const secret of [address.password, address.writtenPassword]) if (secret !== null) keepSecret(secret);
  const { Redis } = await import('ioredis');
  const { host, port, username, password, database, hasTls } = address;
  let lastError: unknown = null;
  let isClosed = false;

  function connect(): Redis {
    const client = new Redis({
      ...{ host, port, db: database, connectTimeout: CONNECT_WITHIN_MS, commandTimeout: ANSWER_WITHIN_MS },
      ...(username === null ? {} : { username }),
      ...(password === null ? {} : { password }),
      ...(hasTls ? { tls: { servername: host } } : {}),
      // What waits for a connection would be done late, when it is no longer right.
      ...{
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
        autoResubscribe: false,
        maxRetriesPerRequest: null,
      },
      retryStrategy: (times) => Math.min(times * 200, LONGEST_PAUSE_MS),
    });
    client.on('error', (error: unknown) => {
      lastError = error;
    });
    client.on('ready', () => {
      lastError = null;
    });
    return client;
  }

  const client = connect();
  const others: Redis[] = [];
  const place = `${host}:${port}/${database}`;
  return {
    client,
    place,
    database,
    listener() {
      const other = connect();
      others.push(other);
      return other;
    },
    reached(signal) {
      return new Promise((resolve) => {
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
    async ask(work) {
      if (client.status !== 'ready') throw troubleOf(lastError, place);
      try {
        return await work(client);
      } catch (error) {
        throw troubleOf(error, place);
      }
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      for (const each of [client, ...others]) each.disconnect();
    },
  };
}

const LOGIN_ERROR = /^(WRONGPASS|NOAUTH|NOPERM|ERR (invalid password|Client sent AUTH|AUTH ))/;

/** What ails the connection; a fault of ours stays what it is. */
function troubleOf(error: unknown, place: string): unknown {
  if (error instanceof TroubleError || error instanceof TypeError || error instanceof RangeError) return error;
  const said = error instanceof Error ? error.message : '';
  if (LOGIN_ERROR.test(said)) {
    return new TroubleError(
      'REDIS_LOGIN_REFUSED',
      `Redis at ${place} refuses the login: ${said}`,
      'Compare user and password in the URL of workers.redis with those of the server.',
      { cause: error },
    );
  }
  return new TroubleError(
    'REDIS_UNREACHABLE',
    `Redis at ${place} does not answer${said === '' ? '' : `: ${said}`}`,
    'Start Redis, or correct workers.redis. Each worker goes on with the routers it has, and joins the others by itself.',
    { cause: error },
  );
}

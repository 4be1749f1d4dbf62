import type { Socket } from 'node:net';
import type { MysqlPool, MysqlPoolConnection } from 'kysely';
import mysql, {
  type Connection,
  type ConnectionOptions,
  type PoolConnection,
  type TypeCastField,
  type TypeCastNext,
} from 'mysql2';
import type { Clock } from '../../runtime/clock.ts';
import type { DatabaseHost, MysqlUrl } from '../../runtime/database-url.ts';
import { messageOf } from '../../runtime/errors.ts';
import { isAway, mayTryElsewhere } from './errors.ts';
import { createMysqlHosts, type LookUpAll } from './mysql-hosts.ts';
import { createMysqlSession, type MysqlSession } from './mysql-session.ts';

type SqlValues = Extract<Parameters<typeof mysql.format>[1], readonly unknown[]>;

/** Until TCP, TLS and login stand; where another host may do it instead, less. */
const CONNECT_TIMEOUT_MS = 10_000;
const CONNECT_ONE_OF_MANY_MS = 5_000;
/** A server that has not greeted by then is gone. */
const ANSWER_WITHIN_MS = 5_000;
/** What the goodbye to a server may take. */
const END_WITHIN_MS = 3_000;
const MAX_CONNECTIONS = 10;

/** What belongs to one connection of mysql2, found by its configuration: each has a copy of its own. */
interface Line {
  readonly socket: Socket;
  readonly target: DatabaseHost;
  readonly turn: number;
  session: MysqlSession | null;
}

/**
 * A mysql2 pool in the shape that Kysely's MySQL dialect takes. Connects with the first statement; hosts, and the addresses of
 * a name, are tried in turn, beginning with the one that served last.
 */
export function createMysqlPool(address: MysqlUrl, clock: Clock, lookUpAll?: LookUpAll): MysqlPool {
  const hosts = createMysqlHosts(address.hosts, lookUpAll);
  const lines = new WeakMap<object, Line>();
  const sockets = new Set<Socket>();
  const options = connectionOptions(address, openStream);
  const pool = mysql.createPool({ ...options, connectionLimit: MAX_CONNECTIONS });

  /** mysql2 gives the connection's own copy of the configuration; TLS takes the server's name from it. */
  function openStream({ config }: { readonly config: { host?: string; port?: number } }): Socket {
    const line: Line = { ...hosts.open(), session: null };
    Object.assign(config, line.target);
    lines.set(config, line);
    sockets.add(line.socket);
    line.socket.once('close', () => sockets.delete(line.socket));
    return line.socket;
  }

  /** mysql2 only closes its half, and a silent server would keep the process running for a quarter of an hour. */
  function abandon(raw: Connection): void {
    raw.destroy();
    lines.get(raw.config)?.socket.destroy();
  }

  /** Whether the present server answers a new connection: a refusal is an answer too. */
  function answers(): Promise<boolean> {
    return new Promise((resolve) => {
      const probe = mysql.createConnection(options);
      const tell = (isAlive: boolean) => {
        cancel();
        abandon(probe);
        resolve(isAlive);
      };
      const cancel = clock.after(ANSWER_WITHIN_MS, () => tell(false));
      // What comes after the answer is of no interest.
      probe.on('error', () => {});
      probe.connect((error) => tell(error === null || !isAway(error)));
    });
  }

  function sessionOn(raw: PoolConnection, line: Line): MysqlSession {
    const isAlive = address.hosts.length === 1 ? null : async () => line.turn === hosts.turn && (await answers());
    return createMysqlSession({
      raw,
      clock,
      isAlive,
      abandon() {
        abandon(raw);
        hosts.leave(line.turn);
      },
    });
  }

  function acquire(done: (error: unknown, connection: MysqlPoolConnection | null) => void): void {
    const { turn } = hosts;
    pool.getConnection((error, raw) => {
      if (error) {
        if (mayTryElsewhere(error)) hosts.leave(turn);
        return done(error, null);
      }
      const line = lines.get(raw.config);
      if (line === undefined) return done(new Error('an unknown connection'), null);
      if (line.turn !== hosts.turn) {
        // Its host was left while it rested.
        abandon(raw);
        return acquire(done);
      }
      if (line.session !== null) return done(null, line.session);
      const session = sessionOn(raw, line);
      session.prepare((trouble) => {
        if (trouble) {
          abandon(raw);
          if (mayTryElsewhere(trouble)) hosts.leave(turn);
          return done(trouble, null);
        }
        line.session = session;
        done(null, session);
      });
    });
  }

  return {
    getConnection(done) {
      // Kysely looks at the connection only when there is no error.
      const answer = done as (error: unknown, connection: MysqlPoolConnection | null) => void;
      const failures: unknown[] = [];
      const tryOne = () =>
        acquire((error, connection) => {
          if (connection !== null) return answer(null, connection);
          failures.push(error);
          const isWorthMore = mayTryElsewhere(error) && failures.length < hosts.most;
          if (isWorthMore) return tryOne();
          answer(failures.length === 1 ? error : allFailed(failures), null);
        });
      tryOne();
    },
    end(done) {
      // A connection that breaks while it is being ended has ended; what is still to be sent is sent, but no answer is waited for.
      let isEnded = false;
      const finish = () => {
        if (isEnded) return;
        isEnded = true;
        cancel();
        for (const socket of sockets) socket.destroySoon();
        done(null);
      };
      // A server that is silent in the middle of a statement never lets mysql2 close the connection: a reload would wait for ever.
      const cancel = clock.after(END_WITHIN_MS, () => {
        for (const socket of sockets) socket.destroy();
        finish();
      });
      pool.end(finish);
    },
  };
}

/** The last error with the messages of all, because they are about one database. */
function allFailed(failures: readonly unknown[]): unknown {
  const last = failures.at(-1);
  if (!(last instanceof Error)) return last;
  const texts = failures.map((failure) => (failure instanceof Error ? messageOf(failure) : String(failure)));
  last.message = [...new Set(texts)].join('; ');
  return last;
}

function connectionOptions(
  address: MysqlUrl,
  stream: (opts: { readonly config: object }) => Socket,
): ConnectionOptions {
  const { user, password, database, tls, hosts } = address;
  return {
    user,
    password,
    database,
    ...(tls ? { ssl: {} } : {}),
    stream,
    connectTimeout: hosts.length > 1 ? CONNECT_ONE_OF_MANY_MS : CONNECT_TIMEOUT_MS,
    charset: 'utf8mb4',
    typeCast,
    // We prepare none; room for the 16,000 that mysql2 provides for would be half a megabyte a connection.
    maxPreparedStatements: 1,
    // A bulk statement comes complete: mysql2 would search half a megabyte for a placeholder.
    queryFormat: (sql, values: SqlValues) => (values.length === 0 ? sql : mysql.format(sql, values)),
  };
}

const INTEGERS = new Set(['TINY', 'SHORT', 'INT24', 'LONG', 'LONGLONG']);

/** Integers exact as bigint, doubles by the exact parser (mysql2's own is off in the last digit), bytes as the UTF-8 they are. */
function typeCast(field: TypeCastField, next: TypeCastNext): unknown {
  if (INTEGERS.has(field.type)) {
    const digits = field.string();
    return digits === null ? null : BigInt(digits);
  }
  switch (field.type) {
    case 'DOUBLE': {
      const digits = field.string();
      return digits === null ? null : Number(digits);
    }
    case 'DATE':
    case 'STRING':
    case 'VAR_STRING':
    case 'VARCHAR':
      return field.string('utf8');
    default:
      return next();
  }
}

import type { MysqlPool, MysqlPoolConnection, MysqlQueryResult, MysqlStreamOptions } from 'kysely';
import mysql, { type PoolConnection, type PoolOptions, type TypeCastField, type TypeCastNext } from 'mysql2';
import type { Clock } from '../../runtime/clock.ts';

export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly tls: boolean;
}

type SqlValues = Extract<Parameters<typeof mysql.format>[1], readonly unknown[]>;

const CONNECT_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 10;
/**
 * A server that vanished without closing its connections answers nothing; the system would notice after a quarter of an hour
 * only. Longer than any statement of ours needs, a migration of a large table included.
 */
const STATEMENT_TIMEOUT_MS = 300_000;

/**
 * What every session is set to. LibreNMS's server runs in local time. Strict: a value that does not fit is an error, never
 * cut. Lock waits are short because the transaction is tried again anyway.
 */
const SESSION = `SET time_zone = '+00:00', innodb_lock_wait_timeout = 5,
  sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE,NO_ZERO_IN_DATE'`;
/**
 * The lock on the router's row gives all the order that is needed; the stricter default would lock gaps between the rows of
 * different routers (deadlocks), and on newer MariaDB fail with error 1020.
 */
const ISOLATION = 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED';

/** A mysql2 pool in the shape that Kysely's MySQL dialect takes. Connects with the first statement. */
export function createMysqlPool(address: MysqlAddress, clock: Clock): MysqlPool {
  const pool = mysql.createPool(poolOptions(address));
  const prepared = new WeakMap<PoolConnection, MysqlPoolConnection>();

  function getConnection(done: (error: unknown, connection: MysqlPoolConnection) => void) {
    // Kysely looks at the connection only when there is no error.
    const fail = (error: unknown) => (done as (error: unknown) => void)(error);
    pool.getConnection((error, raw) => {
      if (error) return fail(error);
      const known = prepared.get(raw);
      if (known !== undefined) return done(null, known);
      const connection = withDeadline(raw, clock);
      prepareSession(raw, (trouble) => {
        if (trouble) {
          raw.destroy();
          return fail(trouble);
        }
        prepared.set(raw, connection);
        done(null, connection);
      });
    });
  }

  // A connection that breaks while it is being ended has ended.
  return { getConnection, end: (done) => pool.end(() => done(null)) };
}

function poolOptions(address: MysqlAddress): PoolOptions {
  const { tls, ...login } = address;
  return {
    ...login,
    ...(tls ? { ssl: {} } : {}),
    connectionLimit: MAX_CONNECTIONS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    charset: 'utf8mb4',
    enableKeepAlive: true,
    keepAliveInitialDelay: 30_000,
    typeCast,
    // We prepare none; room for the 16,000 that mysql2 provides for would be half a megabyte a connection.
    maxPreparedStatements: 1,
    // A bulk statement comes complete: mysql2 would search half a megabyte for a placeholder.
    queryFormat: (sql, values: SqlValues) => (values.length === 0 ? sql : mysql.format(sql, values)),
  };
}

function prepareSession(raw: PoolConnection, done: (error: unknown) => void) {
  raw.query(SESSION, (error) => {
    if (error) return done(error);
    raw.query(ISOLATION, (isolationError) => done(isolationError));
  });
}

function withDeadline(raw: PoolConnection, clock: Clock): MysqlPoolConnection {
  return {
    release: () => raw.release(),
    query(sql: string, parameters: unknown[], done?: (error: unknown, result: MysqlQueryResult) => void) {
      // mysql2's own timeout leaves its timer behind when the connection is lost, and the process would wait for it.
      const cancel = clock.after(STATEMENT_TIMEOUT_MS, () => {
        // Its transaction may still be open: nobody may get this connection from the pool and commit it.
        raw.destroy();
        done?.(Object.assign(new Error('the server did not answer in time'), { code: 'ETIMEDOUT' }), []);
      });
      const query = raw.query(sql, parameters, (error, result) => {
        cancel();
        done?.(error, result as MysqlQueryResult);
      });
      return { stream: (options: MysqlStreamOptions) => query.stream(options) };
    },
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

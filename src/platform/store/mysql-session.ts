import type { MysqlPoolConnection, MysqlQueryResult, MysqlStreamOptions } from 'kysely';
import type { PoolConnection } from 'mysql2';
import type { Clock } from '../../runtime/clock.ts';
import { mustLeave } from './errors.ts';

/**
 * A server that vanished without closing its connections answers nothing; the system would notice after a quarter of an hour
 * only. Longer than any statement here needs, including a migration of a large table.
 */
export const STATEMENT_TIMEOUT_MS = 300_000;
/** The same for the statements that set a session up: they touch no table. */
const SETUP_TIMEOUT_MS = 10_000;
/** So long a statement may take before its server is asked whether it still answers: a slow one does, a vanished one does not. */
export const ASK_AFTER_MS = 10_000;

/**
 * Settings of every session. They override the server's configuration and its `init_connect` wherever these would change what a
 * statement does. LibreNMS's server runs in local time. Strict: a value that does not fit is an error, never
 * cut. Lock waits are short because the transaction is tried again anyway. MySQL and MariaDB each skip the comments meant for the other.
 */
const SESSION = `SET NAMES utf8mb4, autocommit = 1, completion_type = 0, time_zone = '+00:00',
  sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_ZERO_DATE,NO_ZERO_IN_DATE',
  foreign_key_checks = 1, unique_checks = 1, sql_safe_updates = 0, sql_auto_is_null = 0, sql_big_selects = 1,
  sql_select_limit = 18446744073709551615, group_concat_max_len = 1048576, max_sort_length = 1024,
  innodb_lock_wait_timeout = 5, lock_wait_timeout = 60,
  wait_timeout = 28800, net_read_timeout = 60, net_write_timeout = 120
  /*M!100101 , max_statement_time = 0 */ /*M!100300 , idle_transaction_timeout = 0 */ /*!50708 , max_execution_time = 0 */`;
/**
 * The lock on the router's row gives all the order that is needed; the stricter default would lock gaps between the rows of
 * different routers (deadlocks), and on newer MariaDB fail with error 1020.
 */
const ISOLATION = 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE';

export interface MysqlSession extends MysqlPoolConnection {
  /** Sets the session up. */
  prepare(done: (error: unknown) => void): void;
}

/**
 * A connection whose statements end after five minutes at most. One that cannot serve any more (no answer, read-only, out of the cluster) is
 * destroyed by `abandon`: it must never be taken from the pool again. Where another server could serve, `isAlive` asks this one, on another
 * connection, while a statement takes long: a statement of one that is gone fails then, as with a connection that was lost.
 */
export function createMysqlSession(deps: {
  readonly raw: PoolConnection;
  readonly clock: Clock;
  readonly abandon: () => void;
  /** `null`: no other server has these data. */
  readonly isAlive: (() => Promise<boolean>) | null;
}): MysqlSession {
  const { raw, clock, abandon, isAlive } = deps;
  let isOver = false;

  function leave(): void {
    if (isOver) return;
    isOver = true;
    abandon();
  }

  /** Asks again and again whether the server is alive, and calls back once it is not. The function it gives ends this. */
  function watch(onGone: () => void): () => void {
    if (isAlive === null) return () => {};
    let isWatching = true;
    let cancel = clock.after(ASK_AFTER_MS, ask);
    function ask(): void {
      void isAlive?.().then((lives) => {
        if (!isWatching) return;
        if (lives) cancel = clock.after(ASK_AFTER_MS, ask);
        else onGone();
      });
    }
    return () => {
      isWatching = false;
      cancel();
    };
  }

  function query(
    sql: string,
    parameters: unknown[],
    timeoutMs: number,
    done: (error: unknown, result: MysqlQueryResult) => void,
  ) {
    let isSettled = false;
    // mysql2 may call back for a statement that was given up.
    const answer = (error: unknown, result: MysqlQueryResult) => {
      if (isSettled) return;
      isSettled = true;
      cancel();
      stopAsking();
      done(error, result);
    };
    const stopAsking = watch(() => {
      leave();
      answer(vanished(), []);
    });
    // mysql2's own timeout leaves its timer behind when the connection is lost, and the process would wait for it.
    const cancel = clock.after(timeoutMs, () => {
      // Its transaction may still be open: the next user of this connection must not commit it.
      leave();
      answer(timedOut(), []);
    });
    return raw.query(sql, parameters, (error, result) => {
      if (mustLeave(error)) leave();
      answer(error, result as MysqlQueryResult);
    });
  }

  return {
    release: () => raw.release(),
    query(sql: string, parameters: unknown[], done?: (error: unknown, result: MysqlQueryResult) => void) {
      // The server rolls back what a destroyed connection began. The error that led here is the one that counts.
      if (isOver && sql === 'rollback') {
        done?.(null, []);
        return { stream: nothing };
      }
      const running = query(sql, parameters, STATEMENT_TIMEOUT_MS, done ?? (() => {}));
      return { stream: (options: MysqlStreamOptions) => running.stream(options) };
    },
    prepare(done) {
      query(SESSION, [], SETUP_TIMEOUT_MS, (error) => {
        if (error) return done(error);
        query(ISOLATION, [], SETUP_TIMEOUT_MS, done);
      });
    },
  };
}

function timedOut(): Error {
  return Object.assign(new Error('the server did not answer in time'), { code: 'ETIMEDOUT' });
}

function vanished(): Error {
  return Object.assign(new Error('the server does not answer any more'), { code: 'PROTOCOL_CONNECTION_LOST' });
}

async function* nothing(): AsyncGenerator<never> {}

import { resolve } from 'node:path';
import { Kysely, MysqlDialect, SqliteDialect, type Transaction } from 'kysely';
import { type Clock, pause, systemClock } from '../../runtime/clock.ts';
import { parseMysqlUrl, placeOfMysql } from '../../runtime/database-url.ts';
import { TroubleError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { keepSecret } from '../../runtime/mask.ts';
import { databaseTrouble, withoutQuery } from './errors.ts';
import { createOddRowTeller, type OddRowTeller } from './odd-rows.ts';
import type { Schema } from './schema.ts';
import { createSqliteFile } from './sqlite-file.ts';

export type Queries = Kysely<Schema>;
export type DatabaseTransaction = Transaction<Schema>;

/**
 * An open database. Trouble comes as `TroubleError` with a code `DATABASE_…`; the same instance works again when the
 * database is back.
 */
export interface Database {
  readonly kind: 'mysql' | 'sqlite';
  /** `host:port/name`, `host:port,host:port/name` or the path of the file: for people, without user and password. */
  readonly place: string;
  /** Statements that may be repeated and that need not be one transaction. Called again after a lost connection. */
  read<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result>;
  /**
   * All or nothing. `work` is called again after a deadlock or a lost connection, so it may do nothing but use what it is given.
   * A connection lost while committing leaves open whether the first attempt counts: `work` must look.
   */
  transaction<Result>(work: (transaction: DatabaseTransaction) => Promise<Result>): Promise<Result>;
  /** Logs a row that is left out because of an invalid value. */
  readonly tellOddRow: OddRowTeller;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `sqlite:path` or `mysql://user:password@host:port/name`, the last with `?ssl=true` for TLS; several hosts with commas between. */
  readonly url: string;
  /** What a relative SQLite path is relative to; the working directory if absent. */
  readonly configDir?: string;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** Deadlocks and busy locks: the worst sum of the waits between is about 4 s. */
const MOST_ATTEMPTS = 12;
const FIRST_BACKOFF_MS = 10;
const LONGEST_BACKOFF_MS = 500;

/** Does no I/O: the first statement connects. Throws a `TroubleError` `DATABASE_URL_INVALID` that does not show the URL. */
export function openDatabase(options: DatabaseOptions): Database {
  const { clock = systemClock, logger } = options;
  const { kind, place, most, dialect } = parseUrl(options.url, options.configDir ?? '.', clock);
  const queries = new Kysely<Schema>({ dialect });

  async function persist<Result>(attempt: () => Promise<Result>): Promise<Result> {
    let reconnections = 0;
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await attempt();
      } catch (error) {
        const trouble = databaseTrouble(error, place);
        if (trouble === null) throw withoutQuery(error);
        const retry =
          (trouble.remedy === 'again' && attempts < MOST_ATTEMPTS) ||
          (trouble.remedy === 'reconnect' && reconnections < 1) ||
          (trouble.remedy === 'elsewhere' && reconnections < most);
        if (!retry) throw trouble.error;
        if (trouble.remedy !== 'again') reconnections += 1;
        logger?.debug({ database: place, code: trouble.error.code, attempts }, 'retrying database transaction');
        await pause(clock, backoffMs(attempts));
      }
    }
  }

  return {
    kind,
    place,
    read: (work) => persist(() => work(queries)),
    transaction: (work) => persist(() => queries.transaction().execute(work)),
    tellOddRow: createOddRowTeller(place, logger),
    close: () => queries.destroy(),
  };
}

/** Full jitter, so that transactions that collided do not collide again. */
function backoffMs(attempts: number): number {
  return Math.random() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempts);
}

function parseUrl(url: string, configDir: string, clock: Clock) {
  if (url.startsWith('sqlite:') && url.length > 'sqlite:'.length) {
    const path = resolve(configDir, url.slice('sqlite:'.length));
    return {
      kind: 'sqlite',
      place: path,
      most: 1,
      dialect: new SqliteDialect({ database: createSqliteFile(path) }),
    } as const;
  }
  const address = parseMysqlUrl(url);
  // The text may hold a password: nothing of it is quoted.
  if (address === null) throw invalidUrl();
  keepSecret(address.password);
  keepSecret(address.writtenPassword);
  // The driver takes a tenth of a second of CPU to load: only whoever connects pays.
  const pool = async () => (await import('./mysql-pool.ts')).createMysqlPool(address, clock);
  return {
    kind: 'mysql',
    place: placeOfMysql(address),
    most: address.hosts.length,
    dialect: new MysqlDialect({ pool }),
  } as const;
}

function invalidUrl(): TroubleError {
  return new TroubleError(
    'DATABASE_URL_INVALID',
    'the database URL is invalid',
    'Write sqlite:./path or mysql://user:password@host:port/name (several servers: host1:port,host2:port), with characters like @ / : % in a password percent-encoded.',
  );
}

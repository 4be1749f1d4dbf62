import { TroubleError } from '../../runtime/errors.ts';

/** What can be done about a failed statement: begin the transaction again, connect again, or nothing. */
export type Remedy = 'again' | 'reconnect' | 'none';

export interface DatabaseTrouble {
  readonly remedy: Remedy;
  readonly error: TroubleError;
}

interface Kind {
  readonly code: string;
  readonly remedy: Remedy;
  readonly says: string;
  readonly advice: string;
}

const CONFLICT: Kind = {
  code: 'DATABASE_BUSY',
  remedy: 'again',
  says: 'is locked by others',
  advice:
    'Nothing was written and the next poll catches up; if it goes on, look for a long transaction or a backup that locks tables.',
};
const AWAY: Kind = {
  code: 'DATABASE_UNAVAILABLE',
  remedy: 'none',
  says: 'cannot be reached',
  advice:
    'Check that it runs and that host, port and firewall let this machine in; for SQLite that the folder can be written and its disk has space left.',
};
const LOST: Kind = { ...AWAY, remedy: 'reconnect', says: 'closed the connection' };
const DENIED: Kind = {
  code: 'DATABASE_ACCESS_DENIED',
  remedy: 'none',
  says: 'refuses this user',
  advice: 'Check user and password in the configuration, and the grants as in sql/provision.sql.',
};
const UNKNOWN: Kind = {
  code: 'DATABASE_UNKNOWN',
  remedy: 'none',
  says: 'is not there',
  advice: 'Create the database and its user once, as sql/provision.sql does.',
};
const READ_ONLY: Kind = {
  code: 'DATABASE_READ_ONLY',
  remedy: 'none',
  says: 'cannot be written',
  advice:
    'Check that the server is not a replica or in read-only mode; for SQLite that file, folder and disk can be written.',
};
const FULL: Kind = {
  code: 'DATABASE_FULL',
  remedy: 'none',
  says: 'has no space left',
  advice: 'Free space on the disk of the database, or keep fewer days (`retention.days`).',
};
const DAMAGED: Kind = {
  code: 'DATABASE_DAMAGED',
  remedy: 'none',
  says: 'is damaged or no SQLite database',
  advice: 'Check the path; if it is the right file, restore it from a backup.',
};

/**
 * Numbers of MySQL, MariaDB and Galera.
 * 1020 is MariaDB's "record has changed since last read"; 1047 a Galera node that is not ready; 4031 a session closed while idle.
 */
const SERVER_KINDS: ReadonlyMap<number, Kind> = new Map([
  ...numbers([1205, 1213, 1020], CONFLICT),
  ...numbers([1053, 1079, 1152, 1158, 1159, 1160, 1161, 1927, 2006, 2013, 4031], LOST),
  ...numbers([1040, 1047, 1129, 1203], AWAY),
  ...numbers([1044, 1045, 1130, 1142, 1143, 1227, 1370, 1698], DENIED),
  ...numbers([1049], UNKNOWN),
  ...numbers([1290, 1792, 1836], READ_ONLY),
  ...numbers([3, 1021, 1114], FULL),
]);

/** Codes of Node's sockets and of mysql2 itself. */
const CLIENT_KINDS: ReadonlyMap<string, Kind> = new Map([
  ...numbers(['ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST'], LOST),
  ...numbers(
    [
      'ECONNREFUSED',
      'ECONNABORTED',
      'ETIMEDOUT',
      'EHOSTUNREACH',
      'EHOSTDOWN',
      'ENETUNREACH',
      'ENETDOWN',
      'ENOTFOUND',
      'EAI_AGAIN',
      'HANDSHAKE_NO_SSL_SUPPORT',
      'HANDSHAKE_SSL_ERROR',
    ],
    AWAY,
  ),
]);

/** SQLite's primary result codes (https://sqlite.org/rescode.html): the low byte of `errcode`. */
const SQLITE_KINDS: ReadonlyMap<number, Kind> = new Map([
  ...numbers([5, 6], CONFLICT),
  ...numbers([10, 14], AWAY),
  ...numbers([3, 8], READ_ONLY),
  ...numbers([13], FULL),
  ...numbers([11, 26], DAMAGED),
]);

function numbers<Key>(keys: readonly Key[], kind: Kind): [Key, Kind][] {
  return keys.map((key) => [key, kind]);
}

/**
 * Tells trouble that belongs to running a database from a bug: `null` for whatever is not known to be trouble.
 * `place` names the database without its user and password.
 */
export function databaseTrouble(error: unknown, place: string): DatabaseTrouble | null {
  if (!(error instanceof Error) || error instanceof TroubleError) return null;
  const kind = kindOf(error);
  if (kind === null) return null;
  return {
    remedy: kind.remedy,
    error: new TroubleError(
      kind.code,
      `the database ${place} ${kind.says}: ${withoutQuery(error).message}`,
      kind.advice,
      {
        cause: error,
      },
    ),
  };
}

/** mysql2 hangs the whole statement, some hundred kilobytes with names of users in it, on its errors: no log may get that. */
export function withoutQuery<Thrown>(error: Thrown): Thrown {
  if (error instanceof Error && 'sql' in error) delete error.sql;
  return error;
}

interface DriverError extends Error {
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly errcode?: unknown;
  readonly fatal?: unknown;
  readonly sqlState?: unknown;
}

function kindOf(error: DriverError): Kind | null {
  if (error.code === 'ERR_SQLITE_ERROR' && typeof error.errcode === 'number') {
    return SQLITE_KINDS.get(error.errcode & 0xff) ?? null;
  }
  if (typeof error.errno === 'number' && typeof error.sqlState === 'string') {
    return SERVER_KINDS.get(error.errno) ?? null;
  }
  if (typeof error.code === 'string') {
    const kind = CLIENT_KINDS.get(error.code);
    if (kind !== undefined) return kind;
  }
  // What was waiting for a connection when the worker closed the database: mysql2 gives it neither a code nor a class.
  if (error.message === 'Pool is closed.') return AWAY;
  // mysql2 gives no code when a statement meets a connection that has just died, only this mark.
  return error.fatal === true ? LOST : null;
}

import { messageOf, TroubleError } from '../../runtime/errors.ts';
import { AWAY, clientKind, LOST, type Remedy, serverKind, sqliteKind, type TroubleKind } from './error-kinds.ts';

/** Codes of trouble with the server, the user or the disk, not with single statements or rows. */
const ABOUT_ALL: ReadonlySet<string> = new Set([
  ...['DATABASE_UNAVAILABLE', 'DATABASE_ACCESS_DENIED', 'DATABASE_UNKNOWN', 'DATABASE_READ_ONLY', 'DATABASE_FULL'],
]);

export interface DatabaseTrouble {
  readonly remedy: Remedy;
  readonly error: TroubleError;
}

/**
 * The trouble that an error of a database means; `null` for bugs in our SQL and for errors that are not from a database.
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
      `the database ${place} ${kind.says}: ${messageOf(withoutQuery(error))}${numberOf(error)}`,
      kind.advice,
      {
        cause: error,
      },
    ),
  };
}

/** Whether the session that this error comes from cannot serve any more, though its connection stands. */
export function mustLeave(error: unknown): boolean {
  return error instanceof Error && kindOf(error)?.remedy === 'elsewhere';
}

/** Whether another host may do better than the one that this error comes from. */
export function mayTryElsewhere(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const kind = kindOf(error);
  return kind !== null && (kind.code === AWAY.code || kind.remedy === 'elsewhere');
}

/** Whether no server answered: neither with what was asked nor with a refusal. */
export function isAway(error: unknown): boolean {
  const kind = error instanceof Error ? kindOf(error) : null;
  return kind === AWAY || kind === LOST;
}

/** Whether a statement met somebody else's lock. */
export function isConflict(error: unknown): boolean {
  return error instanceof Error && kindOf(error)?.remedy === 'again';
}

/** Whether no other transaction would fare better now. */
export function isAboutAllStatements(error: unknown): boolean {
  return error instanceof TroubleError && ABOUT_ALL.has(error.code);
}

/** Whether a key or a column could not be made because there is one of its name: MySQL has no `IF NOT EXISTS` for them. */
export function isThereAlready(error: unknown): boolean {
  const cause = error instanceof TroubleError ? error.cause : error;
  return cause instanceof Error && isServerError(cause) && (cause.errno === 1060 || cause.errno === 1061);
}

/** Whether a statement named this table, which is not there. */
export function isMissingTable(error: unknown, table: string): boolean {
  // "Table 'database.table' doesn't exist", in the language of the server.
  return error instanceof Error && isServerError(error) && error.errno === 1146 && error.message.includes(`.${table}'`);
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
  readonly syscall?: unknown;
}

function isServerError(error: DriverError): error is DriverError & { readonly errno: number } {
  return typeof error.errno === 'number' && typeof error.sqlState === 'string';
}

/** What waits for a connection, or is tried again, when the worker closes the database: mysql2 and Kysely give it neither a code nor a class. */
const SAID_OF_CLOSED: readonly string[] = ['Pool is closed.', 'driver has already been destroyed'];

function kindOf(error: DriverError): TroubleKind | null {
  if (error instanceof AggregateError) return kindOfAttempts(error.errors);
  if (error.code === 'ERR_SQLITE_ERROR' && typeof error.errcode === 'number') return sqliteKind(error.errcode);
  if (isServerError(error)) return serverKind(error.errno, error.message);
  if (SAID_OF_CLOSED.includes(error.message)) return AWAY;
  // mysql2 gives no code for a statement on a connection that has just been lost, only this mark.
  return clientKind(error) ?? (error.fatal === true ? LOST : null);
}

/** A name whose addresses all failed: Node's error holds one error for each. */
function kindOfAttempts(errors: readonly unknown[]): TroubleKind | null {
  const [first] = errors;
  return first instanceof Error ? kindOf(first) : null;
}

function numberOf(error: DriverError): string {
  if (isServerError(error)) return ` (error ${error.errno})`;
  return typeof error.errcode === 'number' ? ` (code ${error.errcode})` : '';
}

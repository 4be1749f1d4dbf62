import type { pino } from 'pino';

/** What the house uses of the logger. Messages are static; what varies goes into the fields before them. */
export type Logger = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'>;

import { pino } from 'pino';
import pretty from 'pino-pretty';
import { maskDeep } from './mask.ts';

/** What the house uses of the logger. Messages are static; what varies goes into the fields before them. */
export type Logger = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'>;

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const STDERR = 2;

/**
 * Logs to stderr, for stdout is for data: lines for people when `isPretty` (a terminal), else JSON. It writes synchronously,
 * so nothing is lost when the process ends; there is one line per trouble, not per poll. Secrets in the fields are masked.
 */
export function createLogger(options: { readonly level: LogLevel; readonly isPretty: boolean }): Logger {
  const destination = options.isPretty
    ? pretty({ destination: STDERR, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' })
    : pino.destination({ dest: STDERR, sync: true });
  return pino(
    {
      level: options.level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        log: (fields) => Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, maskDeep(value)])),
      },
      serializers: { err: (error: Error) => maskDeep({ ...pino.stdSerializers.err(error) }) },
    },
    destination,
  );
}

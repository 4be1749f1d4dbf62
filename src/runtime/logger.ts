import { createRequire } from 'node:module';
import { pino } from 'pino';
import type { default as Pretty } from 'pino-pretty';
import { cleanLines, cleanText } from './clean-text.ts';
import { mask } from './mask.ts';

/** The methods of the logger that this program uses. Messages are static; what varies goes into the fields before them. */
export type Logger = Pick<pino.Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** One whose level may be changed while it is in use. */
export type LeveledLogger = Logger & Pick<pino.Logger, 'level'>;

/** Longer texts are cut; a stack gets more room. */
const LONGEST_TEXT = 2_000;
const LONGEST_STACK = 16_000;
/** Fields of fields, and entries of a list. */
const DEEPEST = 5;
const MOST_ENTRIES = 1_000;

/**
 * A value as it is logged: every text in it, however deep, is masked, cleaned by `cleanText` and cut to a maximum length. Names and
 * messages come from routers, servers and visitors, and a log is read on a terminal.
 */
function cleanValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cleanText(cut(mask(value), LONGEST_TEXT));
  if (value instanceof Error) return cleanError(value, depth);
  if (typeof value !== 'object' || value === null) return value;
  // Secrets, dates and URLs define by `toJSON` what is shown of them.
  if ('toJSON' in value && typeof value.toJSON === 'function') return cleanValue(value.toJSON(), depth);
  if (depth === 0) return '…';
  return Array.isArray(value)
    ? value.slice(0, MOST_ENTRIES).map((entry) => cleanValue(entry, depth - 1))
    : cleanFields(value, depth);
}

function cleanFields(fields: object, depth: number): Record<string, unknown> {
  const clean = Object.entries(fields).slice(0, MOST_ENTRIES);
  return Object.fromEntries(clean.map(([name, value]) => [cleanText(name), cleanValue(value, depth - 1)]));
}

/** A stack keeps its line breaks. */
function cleanError(error: Error, depth: number): unknown {
  const { stack, ...fields } = pino.stdSerializers.err(error);
  return { ...cleanFields(fields, depth), stack: cleanLines(cut(mask(stack), LONGEST_STACK)) };
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const STDERR = 2;

/** Only a terminal needs it, and it is many files: loaded then. */
const requireWhenNeeded = createRequire(import.meta.url);

function prettyStderr(): ReturnType<typeof Pretty> {
  const pretty: typeof Pretty = requireWhenNeeded('pino-pretty');
  return pretty({ destination: STDERR, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' });
}

/**
 * Logs to stderr, for stdout is for data: lines for people when `isPretty` (a terminal), else JSON. It writes synchronously,
 * so nothing is lost when the process ends; there is one line per trouble, not per poll. Every text among the fields is cleaned, and
 * secrets in it are masked.
 *
 * `copy` gets each line too, as JSON.
 */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly isPretty: boolean;
  readonly copy?: (line: string) => void;
}): LeveledLogger {
  const { copy } = options;
  const stderr = options.isPretty ? prettyStderr() : pino.destination({ dest: STDERR, sync: true });
  return pino(
    {
      level: options.level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { log: (fields) => cleanFields(fields, DEEPEST) },
      // What is clean already needs no serializer of pino's.
      serializers: { err: (error: unknown) => error },
    },
    copy === undefined
      ? stderr
      : {
          write(line: string) {
            stderr.write(line);
            copy(line);
          },
        },
  );
}

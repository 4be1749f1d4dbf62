import type { Logger } from '../../src/runtime/logger.ts';

/** What was logged, for tests that look at it. */
export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

/** A logger that keeps what it is given. An `error` is a bug of ours, so tests usually assert that there is none. */
export function createMemoryLogger(): Logger & {
  readonly entries: readonly LogEntry[];
  errors(): readonly LogEntry[];
} {
  const entries: LogEntry[] = [];
  const keep =
    (level: LogEntry['level']) =>
    (...args: readonly unknown[]) => {
      const [first, second] = args;
      const fields = typeof first === 'object' && first !== null ? { ...first } : {};
      entries.push({ level, fields, message: String(typeof first === 'string' ? first : second) });
    };
  return {
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    entries,
    errors: () => entries.filter(({ level }) => level === 'error'),
  };
}

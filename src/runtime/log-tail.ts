/** A line of the log as it is kept in memory: JSON, masked. */
export interface TailLine {
  /** Grows by one from line to line. */
  readonly id: number;
  readonly text: string;
}

/** The last lines of the log, for people who look at it while it is written. */
export interface LogTail {
  /** Every number of this process is larger, every one of a process before is smaller. */
  readonly beginId: number;
  /** Whether lines are kept; those that were are forgotten when they no longer are. */
  use(isUsed: boolean): void;
  /** Takes a line with its line break. */
  write(line: string): void;
  /** Those that are kept, the oldest first. */
  lines(): readonly TailLine[];
  /** Calls back after each line, until the returned function is called. The listener must not log. */
  follow(listener: () => void): () => void;
}

export const MOST_LINES = 2_000;
const MOST_CHARACTERS = 2 * 1024 * 1024;
/** Of one line; of a longer one only the message is kept. */
const LONGEST_LINE = 32 * 1024;

/**
 * Numbers begin with the time at which the process did, so that they grow over restarts too: whoever asks for what came after a line of the process
 * before gets everything of this one.
 */
export function createLogTail({ startedAt }: { readonly startedAt: number }): LogTail {
  const listeners = new Set<() => void>();
  let lines: TailLine[] = [];
  let characters = 0;
  const beginId = startedAt * 1000;
  let lastId = beginId;
  let isUsed = false;

  return {
    beginId,
    use(next) {
      isUsed = next;
      if (isUsed) return;
      lines = [];
      characters = 0;
    },
    write(line) {
      if (!isUsed) return;
      lastId += 1;
      const text = shortened(line.trimEnd());
      lines.push({ id: lastId, text });
      characters += text.length;
      while (lines.length > MOST_LINES || characters > MOST_CHARACTERS) characters -= lines.shift()?.text.length ?? 0;
      for (const listener of listeners) listener();
    },
    lines: () => lines,
    follow(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function shortened(text: string): string {
  if (text.length <= LONGEST_LINE) return text;
  const { level, time, msg }: Record<string, unknown> = JSON.parse(text);
  return JSON.stringify({ level, time, note: 'too long to be shown here', msg });
}

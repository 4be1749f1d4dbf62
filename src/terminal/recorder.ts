import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { castOutput, castResize } from './cast.ts';
import type { Recording, RecordingBook, TerminalSize } from './ports.ts';

/** Keeps what a terminal shows. */
export interface Recorder {
  /** To be called before all others. A terminal that never shows anything has no recording. */
  begin(size: TerminalSize, listener: RecorderListener): void;
  output(bytes: Uint8Array): void;
  resize(size: TerminalSize): void;
  /** So much waits to be kept that the device has to wait. */
  isBehind(): boolean;
  /** Keeps the rest. Rejects with a `TroubleError` where that is not possible. */
  finish(outcome: string): Promise<void>;
}

export interface RecorderListener {
  /** It is no more behind, perhaps. */
  hasRoom(): void;
  /** What follows cannot be kept. */
  failed(error: unknown): void;
}

export interface RecorderDeps {
  readonly about: Pick<Recording, 'id' | 'device' | 'who'>;
  readonly book: Pick<RecordingBook, 'begin' | 'add' | 'end'>;
  readonly clock: Clock;
  /** Of output and new sizes. Nothing is to be done that is not recorded: what is more fails. */
  readonly mostBytes: number;
}

/** Characters that are kept together; also what is lost at most when the worker is killed … */
const PART_CHARACTERS = 64 * 1024;
/** … or what came within this time. */
const KEPT_EVERY_MS = 5_000;
const BEHIND_CHARACTERS = 1024 * 1024;

const NOBODY: RecorderListener = { hasRoom: () => {}, failed: () => {} };

/** Output alone: what is typed is not recorded. A device shows what is typed, but no password. */
export function createRecorder({ about, book, clock, mostBytes }: RecorderDeps): Recorder {
  const { id } = about;
  const decoder = new StringDecoder('utf8');
  let listener = NOBODY;
  let beginning: Pick<Recording, 'size' | 'startedAt'> | null = null;
  let startMs = 0;
  let waiting = '';
  let outputBytes = 0;
  let resizeBytes = 0;
  let parts = 0;
  let keeping: Promise<void> | null = null;
  let cancelKeep: (() => void) | null = null;

  const atMs = () => clock.monotonicMs() - startMs;

  function add(line: string): void {
    if (beginning === null) return;
    waiting += line;
    if (waiting.length >= PART_CHARACTERS) keepSoon();
    else cancelKeep ??= clock.after(KEPT_EVERY_MS, keepSoon);
  }

  function keepSoon(): void {
    cancelKeep?.();
    cancelKeep = null;
    keeping ??= keep().then(
      () => {
        keeping = null;
        listener.hasRoom();
      },
      (error) => listener.failed(error),
    );
  }

  function refuseMore(): void {
    if (outputBytes + resizeBytes > mostBytes) listener.failed(tooLong());
  }

  /** What could not be kept goes on waiting. */
  async function keep(): Promise<void> {
    while (waiting !== '' && beginning !== null) {
      const lines = waiting;
      if (parts === 0) await book.begin({ ...about, ...beginning });
      await book.add(id, parts, lines, { durationMs: Math.round(atMs()), outputBytes });
      parts += 1;
      waiting = waiting.slice(lines.length);
    }
  }

  return {
    begin(size, next) {
      listener = next;
      startMs = clock.monotonicMs();
      beginning = { size, startedAt: clock.now() };
    },
    output(bytes) {
      outputBytes += bytes.length;
      const text = decoder.write(Buffer.from(bytes));
      if (text !== '') add(castOutput(atMs(), text));
      refuseMore();
    },
    resize(size) {
      const line = castResize(atMs(), size);
      resizeBytes += line.length;
      add(line);
      refuseMore();
    },
    isBehind: () => waiting.length > BEHIND_CHARACTERS,
    async finish(outcome) {
      listener = NOBODY;
      cancelKeep?.();
      await keeping;
      await keep();
      if (parts > 0) await book.end(id, outcome);
    },
  };
}

function tooLong(): TroubleError {
  return new TroubleError(
    'TERMINAL_RECORDING_FULL',
    'the recording of this terminal has reached its limit of 64 MB',
    'Open a new terminal: it has a recording of its own.',
  );
}

import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { UsageError } from '../usage-error.ts';

/** Somebody at a terminal. */
export interface Questions {
  say(text: string): void;
  /** The answer without blanks around it. Rejects with a `UsageError` when the person ends the program (Ctrl-C, Ctrl-D). */
  ask(question: string): Promise<string>;
  /** The same without showing what is typed; blanks are part of the answer. */
  askSecret(question: string): Promise<string>;
  close(): void;
}

/** Asks at a terminal. `close` gives the terminal back. */
export function createTerminalQuestions(input: ReadStream, output: WriteStream): Questions {
  let isHidden = false;
  const shown = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!isHidden) output.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input, output: shown, terminal: true, historySize: 0 });
  let refuse: (error: Error) => void = () => {};
  lines.on('SIGINT', () => lines.close());
  lines.on('close', () => refuse(new UsageError('ended; nothing was written')));

  function next(question: string, hides: boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      refuse = reject;
      lines.question(question, (answer) => {
        if (hides) {
          isHidden = false;
          output.write('\n');
        }
        resolve(answer);
      });
      isHidden = hides;
    });
  }

  return {
    say: (text) => void output.write(`${text}\n`),
    ask: async (question) => (await next(question, false)).trim(),
    askSecret: (question) => next(question, true),
    close() {
      refuse = () => {};
      lines.close();
    },
  };
}

import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Output } from './render/screen.ts';
import { UsageError } from './usage-error.ts';

/** Standard input: a terminal, a pipe or a file. */
export type Input = Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };

export interface SecretInput {
  /** Its content is the secret, one line end at its end left out; absent: it is asked for at a terminal, else standard input is read. */
  readonly file: string | undefined;
  /** What a terminal shows, e.g. `Password of ann`. It is asked twice, for nobody sees what they type. */
  readonly question: string;
  readonly stdin: Input;
  readonly stderr: Output;
}

const LONGEST_BYTES = 16 * 1024;
const TOO_LONG = 'the secret is longer than 16 KiB';

/**
 * A secret for a command: never an argument, because every process of the machine can see those. Rejects with a `UsageError` that shows
 * nothing of what was given, not even the name of the file: it may be the secret in the wrong place.
 */
export async function readSecretInput({ file, question, stdin, stderr }: SecretInput): Promise<string> {
  if (file !== undefined) return await readSecretOf(file);
  if (stdin.isTTY !== true) return withoutLineEnd(await readAll(stdin));
  const first = await askUnseen(`${question}: `, stdin, stderr);
  if ((await askUnseen('Again: ', stdin, stderr)) !== first) throw new UsageError('the two are not the same');
  return first;
}

async function readSecretOf(file: string): Promise<string> {
  try {
    await using handle = await open(file, 'r');
    // As a stream, without a place in the file: it may be a pipe, which has none and gives a part at a time.
    return withoutLineEnd(await readAll(handle.createReadStream({ autoClose: false })));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new UsageError(`the file with the secret cannot be read (${String(error.code)})`);
  }
}

async function readAll(stdin: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const piece = Buffer.from(chunk);
    bytes += piece.length;
    if (bytes > LONGEST_BYTES) throw new UsageError(TOO_LONG);
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString();
}

function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

/** Reads a line of a terminal that does not show what is typed. */
async function askUnseen(question: string, stdin: Input, stderr: Output): Promise<string> {
  stderr.write(question);
  stdin.setRawMode?.(true);
  try {
    return await readLine(stdin);
  } finally {
    stdin.setRawMode?.(false);
    stdin.pause();
    stderr.write('\n');
  }
}

const ENTER = /[\r\n\u0004]/;
const CANCEL = '\u0003';
const RUB_OUT = /[\b\u007f]/;

function readLine(stdin: Input): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const decoder = new TextDecoder();
  let typed: string[] = [];
  const hear = (chunk: Buffer | string) => {
    for (const character of typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })) {
      if (character === CANCEL) return reject(new UsageError('cancelled'));
      if (ENTER.test(character)) return resolve(typed.join(''));
      typed = RUB_OUT.test(character) ? typed.slice(0, -1) : [...typed, character];
    }
  };
  const end = () => reject(new UsageError('cancelled'));
  stdin.on('data', hear).once('end', end).resume();
  return promise.finally(() => stdin.off('data', hear).off('end', end));
}

import { readFile } from 'node:fs/promises';
import type { ReadStream } from 'node:tty';
import { keepSecret } from '../../runtime/mask.ts';
import type { Output } from './render/screen.ts';
import { UsageError } from './usage-error.ts';

/** Gives a secret that is not on the command line, where every process of the machine could read it. */
export interface SecretInput {
  /** From a file, without its last line break; `-` is standard input. Rejects with a `UsageError`. */
  fromFile(file: string): Promise<string>;
  /** Asked for on a terminal, without showing it; else standard input. */
  ask(prompt: string): Promise<string>;
}

const LARGEST_BYTES = 65_536;

export function createSecretInput(deps: {
  readonly stdin: NodeJS.ReadStream | ReadStream;
  readonly stderr: Output;
}): SecretInput {
  const { stdin, stderr } = deps;
  return {
    async fromFile(file) {
      const text = file === '-' ? await readAll(stdin) : await readSecretFile(file);
      return take(text, file === '-' ? 'standard input' : 'the file');
    },
    async ask(prompt) {
      if (stdin.isTTY !== true) return take(await readAll(stdin), 'standard input');
      stderr.write(`${prompt}: `);
      try {
        return take(await readHidden(stdin), 'what was typed');
      } finally {
        stderr.write('\n');
      }
    },
  };
}

function take(text: string, from: string): string {
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '') throw new UsageError(`${from} has no secret in it`);
  keepSecret(secret);
  return secret;
}

async function readSecretFile(file: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    if (bytes.length > LARGEST_BYTES) throw new UsageError('the file is too large for a secret');
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // The name is not repeated: it may be the password itself.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    throw new UsageError(`the file with the secret cannot be read (${code})`);
  }
}

async function readAll(stdin: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > LARGEST_BYTES) throw new UsageError('standard input is too long for a secret');
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** One line of a terminal, which is kept from echoing it. */
function readHidden(stdin: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const end = (finish: () => void) => {
      stdin.off('data', take).setRawMode(false).pause();
      finish();
    };
    const take = (data: Buffer) => {
      for (const character of data.toString('utf8')) {
        if (character === '\r' || character === '\n') return end(() => resolve(text));
        if (character === '\u0003' || character === '\u0004')
          return end(() => reject(new UsageError('nothing was entered')));
        if (character === '\u007f' || character === '\b') text = [...text].slice(0, -1).join('');
        else text += character;
      }
    };
    stdin.setRawMode(true).resume().on('data', take);
  });
}

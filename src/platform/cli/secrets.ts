import { keepSecret } from '../../runtime/mask.ts';
import type { Output } from './render/screen.ts';
import { type Input, readSecretInput } from './secret-input.ts';
import { UsageError } from './usage-error.ts';

/** Gives secrets for commands, none of them empty, which from then on are masked in every text. Rejects with a `UsageError`. */
export interface Secrets {
  /** From a file, without its last line break; `-` is standard input. */
  fromFile(file: string): Promise<string>;
  /** Asked for on a terminal, without showing it; else standard input. */
  ask(question: string): Promise<string>;
}

export function createSecrets({ stdin, stderr }: { readonly stdin: Input; readonly stderr: Output }): Secrets {
  async function read(file: string | undefined, question: string): Promise<string> {
    const secret = await readSecretInput({ file, question, stdin, stderr });
    if (secret === '') throw new UsageError('the secret is empty');
    keepSecret(secret);
    return secret;
  }
  return {
    fromFile: (file) => read(file === '-' ? undefined : file, 'Password'),
    ask: (question) => read(undefined, question),
  };
}

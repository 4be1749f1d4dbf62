import { formatCount } from '../../runtime/format.ts';
import { makeKey } from '../../runtime/vault.ts';
import { type AddCommand, type Open, printFrom } from './frame.ts';
import { hideArguments } from './hide-arguments.ts';

/** What `key rotate` does. */
export interface KeyBooks {
  /** Encrypts all stored secrets with the present key; gives how many were encrypted anew. */
  rotateKey(): Promise<number>;
}

/** `key new` and `key rotate`. */
export function keyCommand({ open }: { readonly open: Open<KeyBooks> }): AddCommand {
  return (program, frame) => {
    const key = hideArguments(
      program.command('key').description('Make a key for the secrets in the database, or change it'),
    );
    key
      .command('new')
      .description('Print a new random key, and nothing else')
      .action(() => void frame.stdout.write(`${makeKey()}\n`));
    key
      .command('rotate')
      .description('Encrypt all stored secrets with the present key; the former one must be in oldKeys')
      .action(() =>
        printFrom(open, frame, async ({ rotateKey }) => {
          const count = await rotateKey();
          return count === 0
            ? 'Done: every stored secret is encrypted with the present key.\n'
            : `Done: ${formatCount(count, 'secret was', 'secrets were')} encrypted with the present key. oldKeys can be removed.\n`;
        }),
      );
  };
}

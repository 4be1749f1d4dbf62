import type { Command } from 'commander';

/**
 * For a command that people give passwords to: an argument at the wrong place may be one, so no message repeats what was typed. To be
 * called before subcommands are added, which take it over.
 */
export function hideArguments(command: Command): Command {
  return command.configureOutput({ outputError: (text, write) => write(withoutArguments(text)) });
}

/** Messages of commander that quote the command line. */
function withoutArguments(text: string): string {
  if (/^error: unknown option/.test(text)) return 'error: unknown option\n';
  if (/^error: unknown command/.test(text)) return 'error: unknown command\n';
  return text.replace(/ argument '.*' is invalid.*/s, ' is invalid\n');
}

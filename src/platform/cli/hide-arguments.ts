import type { Command } from 'commander';
import { cleanLines } from '../../runtime/clean-text.ts';

const NOT_SHOWN = '(not shown: it may be a secret)';

/**
 * Errors of this command and of those below it do not repeat what was typed: a password may have been given as an argument by mistake, and
 * what a terminal or a log shows stays there. To be called before commands below it are added.
 */
export function hideArguments(command: Command): Command {
  return command.configureOutput({
    ...command.configureOutput(),
    outputError: (text, write) => write(cleanLines(hideQuoted(text))),
  });
}

/**
 * The same for the whole command line, where an option may be too far to the left (`--password=… user add`): of an option that is not known
 * only the name is repeated. To be called when all commands are there: they have their own way.
 */
export function hideValues(program: Command): Command {
  return program.configureOutput({
    ...program.configureOutput(),
    outputError: (text, write) => write(cleanLines(hideValue(text))),
  });
}

function hideValue(text: string): string {
  return text
    .replace(/^(error: unknown option '--[\w-]+)=.*$/s, "$1'\n")
    .replace(/^(error: unknown option) '-[^-].*$/s, `$1 ${NOT_SHOWN}\n`);
}

/** Commander quotes what was given after these words; what is behind the quotes is about the option itself. */
function hideQuoted(text: string): string {
  return text
    .replace(/^(error: unknown (?:option|command)) '.*$/s, `$1 ${NOT_SHOWN}\n`)
    .replace(/ argument(?: value)? '.*' is invalid\./s, ` argument ${NOT_SHOWN} is invalid.`);
}

import { basename } from 'node:path';

/** How this process was started. */
export interface Start {
  /** As `process.argv`. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What people type for `netsentinel`, where the process cannot find out, as in a container. */
const COMMAND_VARIABLE = 'NETSENTINEL_COMMAND';
/** A command in a service's container, `docker compose -f FILE exec SERVICE netsentinel`. */
const IN_SERVICE = /^(?<compose>.+) exec (?<service>\S+) netsentinel$/;

/**
 * What people type before the name of a command: what the environment says (the image does), `netsentinel` where it was installed under
 * that name, else the script of a checkout.
 */
export function commandNameOf({ argv, env }: Start): string {
  const stated = env[COMMAND_VARIABLE]?.trim();
  if (stated) return stated;
  return basename(argv[1] ?? '') === 'netsentinel' ? 'netsentinel' : 'npm run -s netsentinel --';
}

/** A command as the reader can type it, for advices, mails and pages: `check` → `npm run -s netsentinel -- check`. */
export function asTyped(command: string, start: Start = process): string {
  return `${commandNameOf(start)} ${command}${configOption(start.argv)}`;
}

/** What starts the worker: in a container that is there, `run` would start a second one beside it. */
export function startCommand(start: Start = process): string {
  const service = IN_SERVICE.exec(commandNameOf(start))?.groups;
  return service === undefined ? asTyped('run', start) : `${service['compose']} up --detach`;
}

/** A command that is run while the worker is stopped: a container that is stopped cannot be reached into, another one is made. */
export function asTypedAlone(command: string, start: Start = process): string {
  const service = IN_SERVICE.exec(commandNameOf(start))?.groups;
  if (service === undefined) return asTyped(command, start);
  return `${service['compose']} run --rm ${service['service']} ${command}${configOption(start.argv)}`;
}

/** The configuration that this process was given: another command has to be given it too. */
function configOption(argv: readonly string[]): string {
  const index = argv.findIndex((argument) => argument === '--config' || argument.startsWith('--config='));
  if (index === -1) return '';
  const given = argv[index] ?? '';
  const file = given === '--config' ? argv[index + 1] : given.slice('--config='.length);
  return file ? ` --config ${quoted(file)}` : '';
}

/** The text quoted as one word for a shell. */
export function quoted(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

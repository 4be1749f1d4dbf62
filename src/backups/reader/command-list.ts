import { readFile } from 'node:fs/promises';
import { type CommandList, readCommandList } from '../routeros/command-list.ts';

/** The commands of RouterOS that come with the program. */
export async function readCommands(): Promise<CommandList> {
  return readCommandList(await readFile(new URL('../routeros/commands.txt', import.meta.url), 'utf8'));
}

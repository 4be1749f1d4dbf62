import type { BackupDevice, CommandOutput, DeviceShell } from '../../src/backups/ports.ts';
import { TroubleError } from '../../src/runtime/errors.ts';
import { exportText } from './exports.ts';

/** How a RouterOS answers in memory; each may be replaced for a fault. */
export interface ShellAnswers {
  readonly version?: string;
  readonly text?: () => string;
  readonly history?: string;
  /** What it answers to `:put [VALUE]`; by default as a router on which all is well. */
  readonly values?: (value: string) => string;
  /** What becomes of the whole output of the export, with the line that proves its end. */
  readonly cut?: (output: string, tries: number) => { readonly output: string; readonly end?: CommandOutput['end'] };
  /** Code of the trouble of logging in, by the number of the try. */
  readonly refuse?: (tries: number) => string | null;
  /** Called when it is logged in. */
  readonly onOpen?: () => Promise<void>;
}

/** A RouterOS without a network: what runs a backup sees of one. */
export function createRouterShell(
  answers: ShellAnswers = {},
): DeviceShell & { readonly commands: readonly string[]; readonly isOpen: () => boolean } {
  const { version = '7.20.8 (stable)', text = exportText, history = '' } = answers;
  const commands: string[] = [];
  let tries = 0;
  let open = 0;
  return {
    commands,
    isOpen: () => open > 0,
    async open() {
      tries += 1;
      const code = answers.refuse?.(tries) ?? null;
      if (code !== null) throw new TroubleError(code, 'no login', 'Do something.');
      open += 1;
      await answers.onOpen?.();
      return {
        async run(command) {
          commands.push(command);
          if (command === ':put [/system resource get version]') return whole(`${version}\r\n`);
          if (command.startsWith('/system history')) return whole(history);
          const [, value] = /^:put \[(.*)\]$/.exec(command) ?? [];
          if (value !== undefined) return whole(`${(answers.values ?? usualValue)(value)}\r\n`);
          const [, nonce = ''] = /^\/export.*; :put "ns-end-(\w+)"$/.exec(command) ?? [];
          const output = `${text()}ns-end-${nonce}\r\n`;
          const { output: sent, end = 'closed' } = answers.cut?.(output, tries) ?? { output };
          return { ...whole(sent), end };
        },
        close: () => {
          open -= 1;
        },
      };
    },
  };
}

/** On which nothing is wrong. */
export function usualValue(value: string): string {
  if (value.startsWith('/user group get')) return 'ssh;read;sensitive;!local;!write';
  if (value.endsWith('free-hdd-space')) return '83886080';
  return value.endsWith('strong-crypto') ? 'true' : 'bad command name';
}

function whole(text: string): CommandOutput {
  return { bytes: Buffer.from(text, 'latin1'), end: 'closed' };
}

export function aDevice(name: string, shell: DeviceShell, given: Partial<BackupDevice> = {}): BackupDevice {
  return { name, model: 'routeros', tags: [], shell, binary: null, ...given };
}

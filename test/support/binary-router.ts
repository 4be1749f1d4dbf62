import type { BinaryAccess, CommandOutput, DeviceShell } from '../../src/backups/ports.ts';
import {
  CommandFailure,
  commandsOf,
  createRouterFiles,
  type FileFaults,
  type RouterFiles,
} from '../../src/demo/router-files.ts';
import { TroubleError } from '../../src/runtime/errors.ts';

export const BINARY_PASSWORD = 'Pass;"$?word-77';

export interface BinaryRouterFaults extends FileFaults {
  /** How the line that begins so ends, instead of `closed`; after `times` of them all is well. */
  readonly cut?: {
    readonly line: string;
    readonly end: Exclude<CommandOutput['end'], 'closed'>;
    readonly times?: number;
  };
  readonly refusesLogin?: boolean;
  /** What becomes of the file on its way. */
  readonly read?: (bytes: Buffer) => { readonly bytes: Buffer; readonly end: 'whole' | 'refused' | 'lost' | 'idle' };
}

/** A RouterOS in memory, as far as binary backups see one. */
export function createBinaryRouter(faults: BinaryRouterFaults = {}): {
  readonly shell: DeviceShell;
  readonly binary: BinaryAccess;
  readonly files: RouterFiles;
  readonly commands: readonly string[];
  /** Sessions that are open. */
  open(): number;
} {
  const files = createRouterFiles(() => faults);
  const commands: string[] = [];
  let open = 0;
  let cuts = 0;

  function answer(line: string): string {
    let said = '';
    for (const part of commandsOf(line)) {
      const [, text] = /^:put "(.*)"$/.exec(part) ?? [];
      try {
        said += text === undefined ? files.run(part) : `${text}\r\n`;
      } catch (error) {
        if (error instanceof CommandFailure) return `${said}${error.message}\r\n`;
        throw error;
      }
    }
    return said;
  }

  function enter(): void {
    if (faults.refusesLogin) throw new TroubleError('SSH_LOGIN_FAILED', 'no login', 'Do something.');
    open += 1;
  }
  const close = () => {
    open -= 1;
  };
  return {
    files,
    commands,
    open: () => open,
    shell: {
      async open() {
        enter();
        return {
          async run(command, _limits, signal) {
            signal.throwIfAborted();
            commands.push(command);
            const { cut } = faults;
            const bytes = Buffer.from(answer(command), 'latin1');
            if (cut === undefined || !command.startsWith(cut.line) || cuts >= (cut.times ?? 1))
              return { bytes, end: 'closed' };
            cuts += 1;
            return { bytes: Buffer.alloc(0), end: cut.end };
          },
          close,
        };
      },
    },
    binary: {
      password: { reveal: () => BINARY_PASSWORD },
      files: {
        async open() {
          enter();
          return {
            async read(path) {
              const bytes = files.read(path);
              if (bytes === null) return { bytes: Buffer.alloc(0), end: 'missing' };
              return faults.read?.(bytes) ?? { bytes, end: 'whole' };
            },
            close,
          };
        },
      },
    },
  };
}

import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto';

/** What is wrong with the files of a router. */
export interface FileFaults {
  /** Bytes; default 80 MiB. */
  readonly freeFlash?: number;
  readonly freeMemory?: number;
  /** Whether there is a folder `flash`, so that all else lies in memory. */
  readonly hasFlashFolder?: boolean;
  /** The user lacks the policies: a backup is not saved, and the router repeats the command in its error. */
  readonly refusesToSave?: boolean;
  readonly refusesToRemove?: boolean;
  /** It says that it saved, and there is no file. */
  readonly savesNothing?: boolean;
  /** The file grows at each look, and never settles. */
  readonly growsForever?: boolean;
  /** As of a version that ignores the password. */
  readonly savesOpenly?: boolean;
  /** Another program saves by the same name, with a password of its own. */
  readonly savesWithPassword?: string;
  /** A byte of the file is another one than was written. */
  readonly spoilsFile?: boolean;
  /** What the file holds, before it is encrypted. */
  readonly content?: Buffer;
}

/** The files of a router, as commands and SFTP see them. */
export interface RouterFiles {
  /** What a command about files and space answers; `null`: it is about something else. Throws a `CommandFailure`. */
  run(command: string): string | null;
  names(): readonly string[];
  read(name: string): Buffer | null;
  /** Puts a file there, as somebody else may do. */
  put(name: string, bytes: Buffer): void;
}

/** A command that ends the line it stands in. Its message is what the router says. */
export class CommandFailure extends Error {}

const FREE_BYTES = 83_886_080;
const FIND = '\\[/file find where name="([^"]+)"\\]';
const REMOVE = new RegExp(`^/file remove ${FIND}$`);
const COUNT = new RegExp(`^:put \\[:len ${FIND}\\]$`);
const SIZE = new RegExp(`^:put \\[/file get ${FIND} size\\]$`);
const SAVE = /^\/system backup save name="([^"]+)" password="((?:[^"\\]|\\.)*)" encryption=aes-sha256$/;

/** Whether a router of this age knows a command about files and space. */
export function isAboutFiles(command: string, isOld: boolean): boolean {
  if (/^:put \[\/system resource get (free-hdd-space|free-memory)\]$/.test(command)) return true;
  return [REMOVE, COUNT, SIZE, ...(isOld ? [] : [SAVE])].some((form) => form.test(command));
}

export function createRouterFiles(faults: () => FileFaults): RouterFiles {
  const files = new Map<string, Buffer>();
  /** How often a file was looked at since it was saved: it is whole at the second look. */
  let looks = 0;

  function save(name: string, password: string): string {
    const { refusesToSave, savesNothing, savesOpenly, savesWithPassword, spoilsFile, content } = faults();
    if (refusesToSave) throw new CommandFailure(`not enough permissions (9): save name=${name} password=${password}`);
    const made = backupFile(content ?? randomBytes(40_000), savesOpenly ? null : (savesWithPassword ?? password));
    if (spoilsFile) made[made.length - 5] = (made[made.length - 5] ?? 0) ^ 1;
    if (!savesNothing) files.set(`${name}.backup`, made);
    looks = 0;
    return 'Saving system configuration\r\nConfiguration backup saved\r\n';
  }

  function remove(name: string): string {
    if (faults().refusesToRemove) throw new CommandFailure('not enough permissions (9)');
    files.delete(name);
    return '';
  }

  function size(name: string): string {
    const bytes = files.get(name);
    if (bytes === undefined) throw new CommandFailure('no such item');
    looks += 1;
    if (faults().growsForever) return `${looks}\r\n`;
    return `${looks === 1 ? Math.floor(bytes.length / 2) : bytes.length}\r\n`;
  }

  const count = (name: string) =>
    name === 'flash' ? Number(faults().hasFlashFolder ?? false) : Number(files.has(name));

  return {
    run(command) {
      const { freeFlash = FREE_BYTES, freeMemory = FREE_BYTES } = faults();
      if (command === ':put [/system resource get free-hdd-space]') return `${freeFlash}\r\n`;
      if (command === ':put [/system resource get free-memory]') return `${freeMemory}\r\n`;
      const [, removed] = REMOVE.exec(command) ?? [];
      if (removed !== undefined) return remove(removed);
      const [, counted] = COUNT.exec(command) ?? [];
      if (counted !== undefined) return `${count(counted)}\r\n`;
      const [, measured] = SIZE.exec(command) ?? [];
      if (measured !== undefined) return size(measured);
      const [, name, password] = SAVE.exec(command) ?? [];
      if (name === undefined || password === undefined) return null;
      return save(name, password.replace(/\\(.)/g, '$1'));
    },
    names: () => [...files.keys()],
    read: (name) => files.get(name) ?? null,
    put: (name, bytes) => void files.set(name, bytes),
  };
}

const PLAIN_MAGIC = 0xb1a1ac88;
const AES_MAGIC = 0x7391a8ef;

/** A backup as RouterOS 6.43 and later writes it (github.com/BigNerd95/RouterOS-Backup-Tools); `null`: not encrypted. */
function backupFile(content: Buffer, password: string | null): Buffer {
  if (password === null) return Buffer.concat([numbers(PLAIN_MAGIC, content.length + 8), content]);
  const salt = randomBytes(32);
  const secret = createHash('sha256').update(salt).update(password, 'utf8').digest();
  const cipher = createCipheriv('aes-128-ctr', secret.subarray(0, 16), salt.subarray(0, 16));
  cipher.update(Buffer.alloc(16));
  const sealed = Buffer.concat([cipher.update(numbers(PLAIN_MAGIC)), cipher.update(content)]);
  const signature = createHmac('sha256', secret.subarray(16)).update(sealed).digest();
  const size = 8 + salt.length + signature.length + sealed.length;
  return Buffer.concat([numbers(AES_MAGIC, size), salt, signature, sealed]);
}

/** Of 32 bits each, little-endian. */
function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}

/** The commands of a line; a `;` within quotes parts nothing. */
export function commandsOf(line: string): readonly string[] {
  return (line.match(/(?:"(?:[^"\\]|\\.)*"|[^;"])+/g) ?? []).map((part) => part.trim());
}

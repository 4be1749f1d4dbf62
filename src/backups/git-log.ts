import { REPLACEMENT } from '../runtime/clean-text.ts';
import { readableName } from '../runtime/format.ts';
import { deviceOfSafeName } from './safe-name.ts';

/** A version of a file in a git repository. */
export interface LoggedFile {
  /** Bytes of its path, one character a byte. */
  readonly path: string;
  /** Id of its content. */
  readonly blob: string;
  /** Of the commit. */
  readonly commit: string;
  /** When it was written by its author, Unix ms; not necessarily a time that can be. */
  readonly at: number;
  readonly author: string;
}

/** What `git log` prints before the files of each commit; see `createLogReader`. */
export const LOG_FORMAT = '--format=commit %H %at %an';

const COMMIT = /^commit ([0-9a-f]{40,64}) (-?\d{1,15}) ?(.*)$/s;
/** Only what is a file there afterwards: no link, no module, nothing removed. */
const FILE = /^:\d{6} 100(?:644|755) [0-9a-f]{40,64} ([0-9a-f]{40,64}) [A-Z]\d*$/;
/** Of one field: more is no path and no name. */
const LONGEST_FIELD = 64 * 1024;

/**
 * Reads `git log -z --raw --no-abbrev --no-renames` with `LOG_FORMAT` as it comes, and hands over each file that a commit wrote. Names in a
 * repository are hostile: a field counts by what stands before it, not by how it looks. `took` throws what ends the reading.
 */
export function createLogReader(took: (file: LoggedFile) => void): { take(chunk: Buffer): void } {
  let rest = '';
  let commit = { commit: '', at: 0, author: '' };
  /** The next field is the path of this content; `''`: of something else; `null`: no path is due. */
  let blob: string | null = null;

  function field(text: string): void {
    if (blob !== null) {
      if (blob !== '') took({ path: text, blob, ...commit });
      blob = null;
      return;
    }
    const line = text.replace(/^\n/, '');
    if (line.startsWith(':')) {
      blob = FILE.exec(line)?.[1] ?? '';
      return;
    }
    const [, id, seconds, author] = COMMIT.exec(line) ?? [];
    if (id === undefined) return;
    commit = { commit: id, at: Number(seconds) * 1000, author: Buffer.from(author ?? '', 'latin1').toString('utf8') };
  }

  return {
    take(chunk) {
      const fields = (rest + chunk.toString('latin1')).split('\0');
      rest = fields.pop() ?? '';
      if (rest.length > LONGEST_FIELD || fields.some(({ length }) => length > LONGEST_FIELD)) throw new LogTooLong();
      for (const each of fields) field(each);
    },
  };
}

/** A field of the log is longer than a path or a name can be. */
export class LogTooLong extends Error {}

/** Files of `git ls-tree -r -z`: no links and no modules. Paths as in `LoggedFile`. */
export function listedFiles(output: Buffer): readonly string[] {
  return output
    .toString('latin1')
    .split('\0')
    .flatMap((entry) => {
      const [, path] = /^100(?:644|755) blob [0-9a-f]{40,64}\t(.+)$/s.exec(entry) ?? [];
      return path === undefined ? [] : [path];
    });
}

const LONGEST_NAME = 255;

/**
 * The device that a file of a repository is of: the last part of its path, as oxidized and RANCID have it, or as `backup export --git` writes
 * it (`.rsc`, other characters as `%20`). `null`: it is of none.
 */
export function deviceOfPath(path: string): string | null {
  const name = Buffer.from(path.slice(path.lastIndexOf('/') + 1), 'latin1').toString('utf8');
  if (name.startsWith('.')) return null;
  const device = deviceOfSafeName(name.replace(/\.rsc$/, ''));
  if (device === '' || device.length > LONGEST_NAME) return null;
  return readableName(device) === device && !device.includes(REPLACEMENT) ? device : null;
}

/** Programs that write such repositories: their name as author says nothing about who changed a device. */
const TOOLS = /^(?:oxidized|rancid|netsentinel)$/i;

/** Who changed a device, by the author of a commit. */
export function changedByAuthor(author: string): readonly string[] {
  const name = author.trim();
  return name === '' || TOOLS.test(name) ? [] : [name.slice(0, LONGEST_NAME)];
}

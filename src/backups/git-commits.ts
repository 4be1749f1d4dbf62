import { formatCount, readableName, shorten } from '../runtime/format.ts';
import { safeName } from './safe-name.ts';

/** A version as it becomes a commit. */
export interface CommittedVersion {
  readonly device: string;
  readonly version: number;
  /** Since when it holds, Unix ms. */
  readonly at: number;
  readonly changedBy: readonly string[];
  readonly rosVersion: string | null;
  readonly linesAdded: number;
  readonly linesRemoved: number;
}

/** What of a repository is ours: by device, as `safeName` writes it, the newest version in it. */
export interface Committed {
  readonly newest: ReadonlyMap<string, number>;
  /** Whether secrets are shown in it; `null`: nothing is ours. */
  readonly isRevealed: boolean | null;
}

const MARK = 'NetSentinel:';
const MARK_LINE = new RegExp(`^${MARK} (\\S{1,4000}) (\\d{1,15}) (hidden|revealed)$`);
const LONGEST_AUTHOR = 200;

/**
 * A commit for `git fast-import`. It depends on nothing but what is given, so that the same versions give the same commits. `from`: what it
 * comes after; `null`: the one before it in the stream, or none.
 */
export function commitOf(
  version: CommittedVersion,
  text: Buffer,
  { branch, from, isRevealed }: { readonly branch: string; readonly from: string | null; readonly isRevealed: boolean },
): Buffer {
  const seconds = Math.floor(version.at / 1000);
  const message = Buffer.from(messageOf(version, isRevealed), 'utf8');
  const head = [
    `commit ${branch}`,
    `author ${authorOf(version.changedBy)} <> ${seconds} +0000`,
    `committer ${TOOL} <> ${seconds} +0000`,
    `data ${message.length}`,
  ];
  const file = [
    ...(from === null ? [] : [`from ${from}`]),
    `M 100644 inline ${safeName(version.device)}.rsc`,
    `data ${text.length}`,
  ];
  const lines = (some: readonly string[]) => Buffer.from(some.map((line) => `${line}\n`).join(''), 'utf8');
  return Buffer.concat([lines(head), message, lines(file), text, Buffer.from('\n')]);
}

const TOOL = 'NetSentinel';

function authorOf(users: readonly string[]): string {
  const name = users
    .map((user) => readableName(user).replace(/[<>]/g, '?'))
    .join(', ')
    .trim();
  return name === '' ? TOOL : shorten(name, LONGEST_AUTHOR);
}

function messageOf({ device, version, rosVersion, linesAdded, linesRemoved }: CommittedVersion, isRevealed: boolean) {
  const change = `${formatCount(linesAdded, 'line', 'lines')} added, ${linesRemoved.toLocaleString('en-US')} removed`;
  const system = rosVersion === null ? '' : `, RouterOS ${readableName(rosVersion)}`;
  const mark = `${MARK} ${safeName(device)} ${version} ${isRevealed ? 'revealed' : 'hidden'}`;
  return `${readableName(device)}: version ${version}\n\n${change}${system}\n\n${mark}\n`;
}

/** What is ours in a repository, by the messages of its commits (`git log -z --format=%B`), in any order. */
export function committedIn(log: string): Committed {
  const newest = new Map<string, number>();
  let isRevealed: boolean | null = null;
  for (const message of log.split('\0')) {
    // Only the last line: what stands before it is of the device.
    const [, device, version, secrets] = MARK_LINE.exec(message.trimEnd().split('\n').at(-1) ?? '') ?? [];
    if (device === undefined) continue;
    newest.set(device, Math.max(newest.get(device) ?? 0, Number(version)));
    isRevealed = isRevealed === true || secrets === 'revealed';
  }
  return { newest, isRevealed };
}

/** What is to be committed, in the order of time. */
export function inOrder(versions: readonly CommittedVersion[], { newest }: Committed): readonly CommittedVersion[] {
  return versions
    .filter(({ device, version }) => version > (newest.get(safeName(device)) ?? 0))
    .toSorted(
      (one, other) =>
        one.at - other.at ||
        (one.device < other.device ? -1 : one.device > other.device ? 1 : one.version - other.version),
    );
}

/** A device whose newest version is older than the one in a repository: by their numbers the next ones would be taken for written. `null`: none. */
export function deviceAhead(versions: readonly CommittedVersion[], { newest }: Committed): string | null {
  const own = new Map<string, number>();
  for (const { device, version } of versions) own.set(device, Math.max(own.get(device) ?? 0, version));
  const [ahead = null] = [...own].find(([device, version]) => (newest.get(safeName(device)) ?? 0) > version) ?? [];
  return ahead;
}

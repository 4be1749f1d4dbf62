import { createHash } from 'node:crypto';

/** Small letters, digits and single signs between them: the same on every system, also where `A` and `a` are one file. */
const PLAIN = /^[a-z0-9]+([._-][a-z0-9]+)*$/;
const LONGEST_PLAIN = 64;
/** Names of devices to Windows, whatever follows after a dot. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/;
/** What a name that is not plain ends with, so that no plain one can be taken for it. */
const MARKED = /-[0-9a-f]{32}$/;
const LONGEST_START = 40;

/** The folder of a device in an archive: its name where that is harmless; otherwise what is readable of it, with a hash that tells it apart. */
export function archiveFolder(device: string): string {
  const isPlain = PLAIN.test(device) && device.length <= LONGEST_PLAIN;
  if (isPlain && !RESERVED.test(device) && !MARKED.test(device)) return device;
  const readable = device
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, LONGEST_START)
    .replace(/-+$/, '');
  const hash = createHash('sha256').update(device, 'utf8').digest('hex').slice(0, 32);
  return `${readable === '' ? 'device' : readable}-${hash}`;
}

/** What of a version lies in an archive: its text, or the binary backup that was made for it. */
export type CopyKind = 'text' | 'binary';

/** Where a version lies in an archive. The same version has the same path always, so that a second copy takes the place of the first. */
export function archivePath(device: string, version: number, firstSeenAt: number, kind: CopyKind): string {
  const instant = new Date(firstSeenAt)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-+:]/g, '');
  return `${archiveFolder(device)}/${instant}-${version}${kind === 'binary' ? '.backup' : ''}.age`;
}

/** Whether a path may lead to a file of an archive: what others put there may have any name. */
export function isArchivePath(path: string): boolean {
  return /^[a-z0-9._-]+\/[A-Za-z0-9._-]+$/.test(path) && !/(^|\/)\.{1,2}(\/|$)/.test(path);
}

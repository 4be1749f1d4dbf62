import type { Frame } from '../../platform/http/frame.ts';
import { routerLink } from '../../platform/http/links.ts';
import { formatMoment, readableName } from '../../runtime/format.ts';
import type { BinaryFacts } from '../binary.ts';
import type { DeviceHistory } from '../look.ts';
import type { Quarantine, Version } from '../versions.ts';
import { backupForm, backupLink, versionLink } from './links.ts';
import { type Context, changeOf, namesOf, type Pager, pagerOf, sizeOf } from './parts.ts';

export interface VersionRow {
  readonly key: string;
  readonly version: number;
  readonly href: string;
  readonly since: string;
  readonly lastSeen: string;
  readonly change: string;
  /** Of the change; `null`: of the first one there is none. */
  readonly diff: string | null;
  readonly changedBy: string | null;
  readonly system: string;
  readonly note: string | null;
  readonly size: string;
  /** Of the binary backup that was made for it. */
  readonly binary: string | null;
  /** Chosen in the form that compares two. */
  readonly isA: boolean;
  readonly isB: boolean;
}

export interface QuarantineNote {
  readonly code: string;
  readonly message: string;
  readonly seen: string;
  readonly href: string;
  readonly diff: string | null;
  readonly accept: string | null;
}

export interface DeviceBackupsView extends Frame {
  readonly device: string;
  readonly deviceHref: string;
  readonly quarantine: QuarantineNote | null;
  readonly backUp: string | null;
  readonly compare: { readonly action: string; readonly name: string | null } | null;
  readonly rows: readonly VersionRow[];
  readonly emptyReason: string | null;
  readonly pager: Pager | null;
}

const ROWS = 100;

/** `GET /backups/:device`: its versions, newest first, and what is in quarantine. */
export function viewDeviceBackups(
  device: string,
  { versions, quarantine, binaries }: DeviceHistory,
  asked: { readonly page: number; readonly mayOperate: boolean; readonly isReached: boolean },
  { timeZone }: Pick<Context, 'timeZone'>,
): DeviceBackupsView {
  const pages = Math.max(1, Math.ceil(versions.length / ROWS));
  const page = Math.min(asked.page, pages);
  const newestFirst = versions.toReversed();
  return {
    title: `Backups of ${readableName(device)}`,
    nav: 'backups',
    device: readableName(device),
    deviceHref: routerLink(device),
    quarantine:
      quarantine === null ? null : quarantineNote(device, quarantine, versions.at(-1), asked.mayOperate, timeZone),
    backUp: asked.mayOperate && asked.isReached ? device : null,
    compare: versions.length < 2 ? null : backupForm(device, '/diff'),
    rows: versionRows(device, newestFirst, binaries, timeZone).slice((page - 1) * ROWS, page * ROWS),
    emptyReason: versions.length > 0 ? null : 'No backup of this device yet.',
    pager: pagerOf(page - 1, pages, (to) => backupLink(device, '', { page: to })),
  };
}

/** Rows of versions, given newest first. */
export function versionRows(
  device: string,
  versions: readonly Version[],
  binaries: readonly BinaryFacts[],
  timeZone: string,
): VersionRow[] {
  const sizes = new Map(binaries.map(({ version, bytes }) => [version, bytes]));
  return versions.map((each, index) => {
    const { version, firstSeenAt, lastSeenAt, osVersion, isRewritten, isImported } = each;
    const before = versions[index + 1]?.version;
    const binary = sizes.get(version);
    return {
      ...{ key: `version-${version}`, version, href: versionLink(device, version) },
      ...{ since: formatMoment(firstSeenAt, timeZone), lastSeen: formatMoment(lastSeenAt, timeZone) },
      change: before === undefined ? 'first' : changeOf(each),
      diff: before === undefined ? null : backupLink(device, '/diff', { a: before, b: version }),
      changedBy: namesOf(each.changedBy),
      system: osVersion === null ? '' : readableName(osVersion),
      note: isImported ? 'imported: nobody proved that it is whole' : isRewritten ? 'another system version' : null,
      size: sizeOf(each.bytes),
      binary: binary === undefined ? null : `binary ${sizeOf(binary)}`,
      ...{ isA: index === 1, isB: index === 0 },
    };
  });
}

export function quarantineNote(
  device: string,
  { code, message, lastSeenAt }: Quarantine,
  newest: Version | undefined,
  mayOperate: boolean,
  timeZone: string,
): QuarantineNote {
  return {
    ...{ code, message: readableName(message), seen: formatMoment(lastSeenAt, timeZone) },
    href: versionLink(device, 'quarantine'),
    diff: newest === undefined ? null : backupLink(device, '/diff', { a: newest.version, b: 'quarantine' }),
    accept: mayOperate ? backupLink(device, '/accept') : null,
  };
}

import { type Age, type AgeLimit, isTooOld } from './stale.ts';
import type { Quarantine, Version } from './versions.ts';

/** A device of the roster, as far as backups go. */
export interface ListedDevice {
  readonly name: string;
  /** It has a login by SSH. */
  readonly hasLogin: boolean;
  /** Its backups are on. */
  readonly hasBackups: boolean;
  readonly isPaused: boolean;
}

/** Whether it can be backed up now. */
export function isReached({ hasLogin, hasBackups, isPaused }: Omit<ListedDevice, 'name'>): boolean {
  return hasLogin && hasBackups && !isPaused;
}

/** How well a device is backed up, the worst first. `off`: nobody wants it backed up now. */
export const STANDINGS = ['quarantined', 'never', 'stale', 'failed', 'good', 'off'] as const;
export type Standing = (typeof STANDINGS)[number];

/** What is known of the backups of one device. */
export interface DeviceStanding {
  readonly device: string;
  readonly standing: Standing;
  /** It can be backed up now. */
  readonly isReached: boolean;
  readonly isPaused: boolean;
  readonly newest: Version | null;
  readonly quarantine: Quarantine | null;
  /** Code of the last try; `null`: it went well, or there was none in the last runs. */
  readonly code: string | null;
}

export interface StandingFacts extends AgeLimit {
  readonly devices: readonly ListedDevice[];
  readonly newest: readonly Version[];
  readonly quarantines: readonly Quarantine[];
  readonly codes: ReadonlyMap<string, string | null>;
  /** Since when backups are expected, of each device of which they are. */
  readonly watches: readonly (Pick<Age, 'watchedSince'> & { readonly device: string })[];
}

/** All devices that are backed up or have a backup, the worst first, then by name. */
export function standingsOf({ devices, newest, quarantines, codes, watches, ...limit }: StandingFacts) {
  const since = new Map(watches.map(({ device, watchedSince }) => [device, watchedSince]));
  const versions = new Map(newest.map((version) => [version.device, version]));
  const apart = new Map(quarantines.map((quarantine) => [quarantine.device, quarantine]));
  const wanted = new Map(
    devices.filter(({ hasLogin, hasBackups }) => hasLogin && hasBackups).map((device) => [device.name, device]),
  );
  const names = new Set([...wanted.keys(), ...versions.keys(), ...apart.keys()]);
  return [...names].map((device): DeviceStanding => standingOf(device)).sort(worstFirst);

  function standingOf(device: string): DeviceStanding {
    const own = wanted.get(device);
    const version = versions.get(device) ?? null;
    const quarantine = apart.get(device) ?? null;
    const code = codes.get(device) ?? null;
    const canBe = own !== undefined && isReached(own);
    return {
      ...{ device, standing: judge(), isReached: canBe, isPaused: own?.isPaused === true },
      ...{ newest: version, quarantine, code },
    };

    function judge(): Standing {
      if (quarantine !== null) return 'quarantined';
      if (!canBe) return 'off';
      if (version === null) return 'never';
      const lastGoodAt = version.lastSeenAt;
      if (isTooOld({ lastGoodAt, watchedSince: since.get(device) ?? lastGoodAt }, limit)) return 'stale';
      return code === null ? 'good' : 'failed';
    }
  }
}

function worstFirst(one: DeviceStanding, other: DeviceStanding): number {
  const order = STANDINGS.indexOf(one.standing) - STANDINGS.indexOf(other.standing);
  if (order !== 0) return order;
  return one.device < other.device ? -1 : 1;
}

import { isIP } from 'node:net';
import { z } from 'zod';

/** A router as LibreNMS knows it. */
export interface ListedDevice {
  readonly deviceId: number;
  /** Unique there. */
  readonly hostname: string;
  /** Where it is reached: an address or a host name. */
  readonly host: string;
  /** The address its host name led to when it was last looked up; `null` where that is not known. */
  readonly ip: string | null;
}

/** A row that cannot be polled, with as much as can be told of it. Its name is as it was written there: hostile data. */
export interface SkippedRow {
  readonly deviceId: number | null;
  readonly hostname: string | null;
  /** Why, e.g. `its overwrite_ip is not an IP address`; quotes nothing. */
  readonly fault: string;
}

/** A list that was read row by row: a row that cannot be used is no reason to go without the others. */
export interface DeviceList {
  /** By number; each number and hostname once. */
  readonly devices: readonly ListedDevice[];
  readonly skipped: readonly SkippedRow[];
}

/** LibreNMS's name of RouterOS. */
export const ROUTER_OS = 'routeros';
const LONGEST_NAME = 255;

/** The only fields that are looked at. PHP gives numbers as text where its database driver does. */
const row = z.object({
  device_id: z.coerce.number().int().positive().safe(),
  hostname: z.string().max(LONGEST_NAME),
  overwrite_ip: blankable(),
  // Only used to find out whether it is a router of the configuration: an unreadable one counts as none.
  ip: blankable().catch(null),
});
const state = z.object({ os: z.unknown(), disabled: z.unknown() });
const flag = z.union([z.boolean(), z.literal([0, 1, '0', '1'])]).transform((value) => Boolean(Number(value)));

/** A router's name: one line, and nothing in it that is not seen or turns the text around it. */
const NAME = /^(?!\s*$)[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u;
/** Host names that DNS resolves. Underscores are in use, though no standard allows them. */
const HOST = /^[\p{L}\p{M}\p{N}_-]+(\.[\p{L}\p{M}\p{N}_-]+)*\.?$/u;

const UNTOLD = 'its os or its disabled flag cannot be read';

function blankable() {
  return z
    .string()
    .max(LONGEST_NAME)
    .nullish()
    .transform((text) => text?.trim() || null);
}

/**
 * Reads LibreNMS's list row by row. A row of another operating system or of a disabled device is no router and is skipped silently.
 * A device that cannot be polled is left out and named, so that an error in one device affects no other.
 */
export function readDevices(rows: readonly unknown[]): DeviceList {
  const read: ListedDevice[] = [];
  const skipped: SkippedRow[] = [];
  for (const each of rows) {
    const { data } = state.safeParse(each);
    if (data === undefined) {
      skipped.push({ deviceId: null, hostname: null, fault: 'it is not a device' });
      continue;
    }
    const disabled = flag.safeParse(data.disabled);
    if (disabled.data === true || (typeof data.os === 'string' && data.os !== ROUTER_OS)) continue;
    const device = disabled.success && data.os === ROUTER_OS ? readDevice(each) : { ...labelOf(each), fault: UNTOLD };
    if ('fault' in device) skipped.push(device);
    else read.push(device);
  }
  // Which of two is left out must not depend on the order of the list, or one router would be read as the one and the other in turn.
  read.sort((one, other) => one.deviceId - other.deviceId || (one.host < other.host ? -1 : 1));
  const ids = new Set<number>();
  const hostnames = new Set<string>();
  const devices = read.filter(({ deviceId, hostname }) => {
    const fault = ids.has(deviceId)
      ? 'another device has the same number'
      : hostnames.has(hostname)
        ? 'another device has the same hostname'
        : null;
    if (fault !== null) skipped.push({ deviceId, hostname, fault });
    ids.add(deviceId);
    hostnames.add(hostname);
    return fault === null;
  });
  return { devices, skipped };
}

/** LibreNMS polls a device at `overwrite_ip` where it has one, else at its hostname; `ip` is only what that was last seen to lead to. */
function readDevice(each: unknown): ListedDevice | SkippedRow {
  const { data, error } = row.safeParse(each);
  const skip = (fault: string): SkippedRow => ({ ...labelOf(each), fault });
  if (error) return skip(`its ${error.issues[0]?.path.join('.')} is invalid`);
  const { device_id: deviceId, hostname, overwrite_ip: address, ip } = data;
  if (!NAME.test(hostname)) return skip('its hostname is empty or has invisible characters');
  if (address !== null && !isHost(address)) return skip('its overwrite_ip is not an IP address');
  if (address === null && !isHost(hostname))
    return skip('its hostname is not a valid host name, and it has no overwrite_ip');
  return { deviceId, hostname, host: address ?? hostname, ip };
}

function isHost(text: string): boolean {
  return isIP(text) !== 0 || HOST.test(text);
}

/** What is known about a row that is left out. */
function labelOf(each: unknown): Pick<SkippedRow, 'deviceId' | 'hostname'> {
  const { device_id: id, hostname } = z
    .object({ device_id: row.shape.device_id.nullable().catch(null), hostname: z.string().nullable().catch(null) })
    .parse(each);
  return { deviceId: id, hostname: hostname?.slice(0, LONGEST_NAME) ?? null };
}

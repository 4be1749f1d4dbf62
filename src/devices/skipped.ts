import { TroubleError } from '../runtime/errors.ts';
import { formatCount, readableName, shorten } from '../runtime/format.ts';
import type { DirectoryList, ListedDevice, SkippedDevice } from './ports.ts';

const NAMED_AT_MOST = 5;
const LONGEST_NAME = 60;

/** The trouble of the devices that are left out; `null` when there are none. */
export function skippedTrouble(skipped: readonly SkippedDevice[]): TroubleError | null {
  if (skipped.length === 0) return null;
  return new TroubleError(
    'LIBRENMS_DEVICES_SKIPPED',
    describeSkipped(skipped),
    'Correct these devices in LibreNMS: a hostname that DNS resolves, or an address as "Overwrite IP". All others are polled.',
  );
}

/** Names a few of the devices left out, with the reason, and counts the others. Names are cleaned, because they are hostile data. */
function describeSkipped(skipped: readonly SkippedDevice[]): string {
  const named = skipped.slice(0, NAMED_AT_MOST).map((device) => `${labelOf(device)}: ${device.fault}`);
  const rest = skipped.length - named.length;
  const more = rest > 0 ? `; and ${rest.toLocaleString('en-US')} more` : '';
  return `${formatCount(skipped.length, 'device', 'devices')} of LibreNMS cannot be polled: ${named.join('; ')}${more}`;
}

function labelOf({ deviceId, hostname }: SkippedDevice): string {
  const number = deviceId === null ? 'device without a number' : `device ${deviceId}`;
  return hostname ? `${number} "${shorten(readableName(hostname), LONGEST_NAME)}"` : number;
}

/**
 * The devices of a list, by number, together with those known before whose rows cannot be read now: an unreadable row does not mean that
 * the router is gone, and to stop polling loses bytes.
 */
export function withKnown({ devices, skipped }: DirectoryList, known: readonly ListedDevice[]): ListedDevice[] {
  const numbers = new Set(devices.map(({ deviceId }) => deviceId));
  const hostnames = new Set(devices.map(({ hostname }) => hostname));
  const unread = new Set(skipped.map(({ deviceId }) => deviceId));
  const kept = known.filter(
    ({ deviceId, hostname }) => unread.has(deviceId) && !numbers.has(deviceId) && !hostnames.has(hostname),
  );
  return [...devices, ...kept].sort((one, other) => one.deviceId - other.deviceId);
}

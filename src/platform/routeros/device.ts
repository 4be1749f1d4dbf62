import { isMissingMenu, RouterTrapError } from './errors.ts';
import type { Row } from './sentence.ts';

/** What identifies a router; read once per connection. */
export interface Device {
  readonly identity: string | null;
  readonly serial: string | null;
}

/** The properties of the first row of a menu, `null` when it has none. */
export type PrintFirst = (menu: string, properties: readonly string[]) => Promise<Row | null>;

/** A refused or missing menu is a result, not a failure. */
async function ifAllowed(row: Promise<Row | null>): Promise<Row | null | 'refused' | 'missing'> {
  try {
    return await row;
  } catch (error) {
    if (error instanceof RouterTrapError) {
      return isMissingMenu(error) ? 'missing' : 'refused';
    }
    throw error;
  }
}

function textOf(row: Row | null | 'refused' | 'missing', ...properties: readonly string[]): string | null {
  if (row === null || row === 'refused' || row === 'missing') {
    return null;
  }
  return properties.map((property) => row.get(property)).find(Boolean) ?? null;
}

/** True ones have a dozen; a longer text is none and does not fit into the database. */
const MAX_SERIAL_CHARACTERS = 63;

/**
 * Reads identity and serial number; where the machine has none (CHR, x86) the licence's id takes its place. It does not where the
 * serial number is merely refused: an id that comes and goes would look like another device.
 */
export async function readDevice(printFirst: PrintFirst): Promise<Device> {
  const [identity, routerboard, license] = await Promise.all([
    ifAllowed(printFirst('/system/identity', ['name'])),
    ifAllowed(printFirst('/system/routerboard', ['serial-number'])),
    ifAllowed(printFirst('/system/license', ['system-id', 'software-id'])),
  ]);
  const serial =
    routerboard === 'refused'
      ? null
      : (textOf(routerboard, 'serial-number') ?? textOf(license, 'system-id', 'software-id'));
  return {
    identity: textOf(identity, 'name'),
    serial: serial !== null && serial.length <= MAX_SERIAL_CHARACTERS ? serial : null,
  };
}

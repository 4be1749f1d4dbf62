import type { RouterLine } from '../../platform/routeros/line.ts';
import type { Row } from '../../platform/routeros/sentence.ts';
import type { Clock } from '../../runtime/clock.ts';
import { clip } from '../../runtime/format.ts';
import type { Neighbour } from '../neighbours.ts';

const MENU = '/ip/neighbor';
/** Before RouterOS 7 an IPv4 address is the `address`; since then that may be an IPv6 one beside `address4`. */
const PROPERTIES = [
  'identity',
  'address',
  'address4',
  'address6',
  'platform',
  'board',
  'version',
  'interface',
] as const;
/** Of anything that a neighbour says of itself. */
const LONGEST_TEXT = 255;

/** Asks a router once which devices it hears beside it; rejects with a `TroubleError`. The line is closed then. */
export async function readNeighbours(
  line: RouterLine,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Neighbour[]> {
  try {
    return await line.use({ signal, connectWithinMs: null }, ({ client, deadlineMs }) =>
      client.print(MENU, PROPERTIES, {
        toResult: neighbourOf,
        totalTimeoutMs: deadlineMs - clock.monotonicMs(),
      }),
    );
  } finally {
    line.close();
  }
}

function neighbourOf(row: Row): Neighbour {
  const text = (property: (typeof PROPERTIES)[number]) => clip(row.get(property) ?? '', LONGEST_TEXT);
  return {
    identity: text('identity'),
    address: text('address4') || text('address') || text('address6'),
    platform: text('platform'),
    board: text('board'),
    version: text('version'),
    interface: text('interface'),
  };
}

import type { TroubleError } from '../runtime/errors.ts';
import { ok, type PartFinding, quoteName, troubled, warning, withRest } from '../runtime/finding.ts';
import { formatCount } from '../runtime/format.ts';
import type { Double } from './doubles.ts';
import type { RouterDevice } from './ports.ts';

/** What the inventory holds. */
export interface InventoryLook {
  /** Those that are polled. */
  readonly routers: readonly RouterDevice[];
  /** All of its devices. */
  readonly devices: number;
  /** Devices that another source knows too, each with both sources. */
  readonly doubles: readonly Double[];
  /** Why it, or some of its passwords, cannot be read; `null` when all can. */
  readonly trouble: TroubleError | null;
}

const NAMED_AT_MOST = 10;

/** Nothing where there is no device in it. */
export function judgeInventory({ devices, routers, doubles, trouble }: InventoryLook): PartFinding[] {
  const findings: PartFinding[] = [];
  if (trouble !== null) findings.push(troubled('passwords', trouble));
  if (devices > 0) {
    findings.push(
      ok(
        'list',
        `${formatCount(devices, 'device', 'devices')}, ${formatCount(routers.length, 'router', 'routers')} of them polled`,
      ),
    );
  }
  if (doubles.length > 0) {
    const named = doubles.slice(0, NAMED_AT_MOST).map(describe);
    findings.push(
      warning(
        'double devices',
        `known twice: ${withRest(named, doubles.length)}`,
        'Keep each device in one place. The configuration counts before the inventory, the inventory before LibreNMS.',
      ),
    );
  }
  return findings;
}

function describe({ name, source, other, same }: Double): string {
  if (same === 'name') return `${quoteName(name)} (${source} and ${other.source})`;
  return `${quoteName(name)} (${source}) has the host and port of ${quoteName(other.name)} (${other.source})`;
}

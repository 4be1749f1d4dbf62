import { TroubleError } from '../runtime/errors.ts';
import { ok, type PartFinding, troubled, warning } from '../runtime/finding.ts';
import { formatCount, readableName } from '../runtime/format.ts';
import type { RouterDevice } from './ports.ts';

/** What a directory lists now. */
export interface Listing {
  /** Those that are polled besides the routers of the configuration. */
  readonly routers: readonly RouterDevice[];
  /** All that it lists, the configured ones too. */
  readonly devices: number;
  /** The trouble of those that cannot be polled; `null` when all can. */
  readonly skipped: TroubleError | null;
}

/** Names routers that are polled besides those of the configuration. Both reject with a `TroubleError`. */
export interface DirectoryProbe {
  listed(signal: AbortSignal): Promise<Listing>;
  /** As it listed them last. */
  lastKnown(): Promise<readonly RouterDevice[]>;
}

/** The directory's routers; while it cannot be asked the worker polls the last known ones, so these are looked at. */
export async function lookUpRouters(
  directory: DirectoryProbe | null,
  signal: AbortSignal,
): Promise<{ readonly routers: readonly RouterDevice[]; readonly findings: readonly PartFinding[] }> {
  if (directory === null) return { routers: [], findings: [] };
  try {
    const { routers, devices, skipped } = await directory.listed(signal);
    return { routers, findings: [judgeList(routers.length, devices), ...judgeSkipped(skipped)] };
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
    return await recallRouters(directory, error);
  }
}

function judgeList(routers: number, devices: number): PartFinding {
  if (devices === 0) {
    return warning(
      'list',
      'it answers, but lists no RouterOS device',
      "Check that the token's user can see all devices, and that LibreNMS detects your routers as RouterOS.",
    );
  }
  return ok(
    'list',
    `it answers and lists ${formatCount(routers, 'router', 'routers')}, besides those in the configuration`,
  );
}

function judgeSkipped(skipped: TroubleError | null): PartFinding[] {
  return skipped === null ? [] : [warning('devices', `${skipped.message} (${skipped.code})`, skipped.advice)];
}

async function recallRouters(directory: DirectoryProbe, trouble: TroubleError) {
  const away = (rest: string) =>
    warning('list', `${readableName(trouble.message)} (${trouble.code}); ${rest}`, trouble.advice);
  try {
    const routers = await directory.lastKnown();
    return {
      routers,
      findings: [away(`the last list is used: ${formatCount(routers.length, 'router', 'routers')}`)],
    };
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
    return { routers: [], findings: [troubled('list', trouble), troubled('last list', error)] };
  }
}

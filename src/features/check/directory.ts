import { TroubleError } from '../../runtime/errors.ts';
import { formatCount, readableName } from '../../runtime/format.ts';
import { ok, troubled, warning } from './finding.ts';
import type { PartFinding } from './ports.ts';

/** Names routers that are polled besides those of the configuration. Both reject with a `TroubleError`. */
export interface DirectoryProbe<Router> {
  /** As it lists them now. */
  listed(signal: AbortSignal): Promise<readonly Router[]>;
  /** As it listed them last. */
  lastKnown(): Promise<readonly Router[]>;
}

/** The directory's routers; while it cannot be asked the worker polls the last known ones, so these are looked at. */
export async function lookUpRouters<Router>(
  directory: DirectoryProbe<Router> | null,
  signal: AbortSignal,
): Promise<{ readonly routers: readonly Router[]; readonly findings: readonly PartFinding[] }> {
  if (directory === null) return { routers: [], findings: [] };
  try {
    const routers = await directory.listed(signal);
    const besides = `${formatCount(routers.length, 'router', 'routers')} besides those of the configuration`;
    return { routers, findings: [ok('list', `it answers, and lists ${besides}`)] };
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
    return await recallRouters(directory, error);
  }
}

async function recallRouters<Router>(directory: DirectoryProbe<Router>, trouble: TroubleError) {
  const away = (rest: string) =>
    warning('list', `${readableName(trouble.message)} (${trouble.code}); ${rest}`, trouble.advice);
  try {
    const routers = await directory.lastKnown();
    return {
      routers,
      findings: [away(`what is polled is its last list, ${formatCount(routers.length, 'router', 'routers')}`)],
    };
  } catch (error) {
    if (!(error instanceof TroubleError)) throw error;
    return { routers: [], findings: [troubled('list', trouble), troubled('last list', error)] };
  }
}

import type { Base, Capability } from '../capability.ts';
import type { RouterDevice } from '../devices/ports.ts';
import { hasSameSettings } from '../platform/config/same-settings.ts';
import type { RouterLine } from '../platform/routeros/line.ts';
import { createRounds } from '../runtime/rounds.ts';
import { createResourceReader } from './reader/resource-reader.ts';

export interface HealthSettings {
  readonly collect: { readonly everySeconds: number; readonly concurrency: number };
}

export interface HealthNeeds {
  readonly roster: {
    devices(): readonly RouterDevice[];
    follow(listener: (devices: readonly RouterDevice[]) => Promise<void>): void;
  };
  readonly lineOf: (device: RouterDevice) => RouterLine;
}

/** Half an interval after the usage poll, over the same connection. */
const PHASE = 0.5;

/** A stop does not wait for a reading: none is kept, so nothing is lost. */
const GRACE_MS = 0;

/** What health takes of the base. */
type HealthBase = Pick<Base, 'registry' | 'clock' | 'onBug'>;

/**
 * How the routers themselves are: read as often as usage, and shown as metrics. Where nobody reads those, nothing is read. No router is
 * connected to for this: without a connection of the usage poll nothing is read this time, so a silent router costs nothing more.
 */
export async function createHealth(
  base: HealthBase,
  { collect }: HealthSettings,
  needs: HealthNeeds,
): Promise<Capability> {
  const { registry, clock } = base;
  const { roster, lineOf } = needs;

  if (registry === null) return {};
  const show = (await import('./metrics.ts')).createHealthMetrics(registry);
  const rounds = createRounds<RouterDevice, void>({
    ...base,
    name: 'health',
    subjects: roster.devices(),
    createVisitor: (device) => createResourceReader({ line: lineOf(device), clock, show }),
    isSame: (one, other) => hasSameSettings([one.host, one.api], [other.host, other.api]),
    everyMs: collect.everySeconds * 1000,
    phase: PHASE,
    places: collect.concurrency,
    graceMs: GRACE_MS,
  });
  roster.follow((devices) => rounds.set(devices));
  return { early: [rounds], close: rounds.close };
}

import type { ProbeReader, ProbeRecord } from './ports.ts';
import type { Placed } from './rule.ts';
import type { Seen, Sight } from './sight.ts';

export interface LookDeps {
  readonly probe: ProbeReader;
  /** All that are known now, of every source. */
  readonly devices: () => readonly (Placed & { readonly isPaused: boolean })[];
  /** How often devices are looked at, ms. */
  readonly everyMs: number;
}

/** Figures older than so many looks say nothing about now. */
const FRESH_LOOKS = 3;

/** Looks at what the probe knows now. Rejects with a `TroubleError` when the database is away. */
export function createLook({ probe, devices, everyMs }: LookDeps): () => Promise<Seen> {
  return async () => {
    const known = devices();
    const { isWatched, blindSince } = await probe.watched();
    const records = await probe.records(known.map(({ name }) => name));
    const paused = new Set(known.filter(({ isPaused }) => isPaused).map(({ name }) => name));
    const sights = records.map((record) => sightOf(record, paused, FRESH_LOOKS * everyMs));
    return {
      isBlind: !isWatched || blindSince !== null,
      devices: known.map(({ name, parent, tags }) => ({ name, parent, tags })),
      sights: new Map(sights.map((sight) => [sight.device, sight])),
    };
  };
}

function sightOf(
  { health, warnings, figures, figuresAt }: ProbeRecord,
  paused: ReadonlySet<string>,
  freshMs: number,
): Sight {
  const { device, state, since, downSince, failures, lookedAt } = health;
  const at = lookedAt?.at ?? null;
  const isFresh = figuresAt !== null && at !== null && figuresAt >= at - freshMs;
  const wan = isFresh ? (figures?.wan ?? null) : null;
  return {
    ...{ device, since, downSince, lookedAt: at },
    state: paused.has(device) ? 'paused' : state === 'up' && failures > 0 ? 'suspect' : state,
    warnings: new Map(Object.entries(warnings)),
    isWanLost: wan === null ? null : wan.length === 0,
  };
}

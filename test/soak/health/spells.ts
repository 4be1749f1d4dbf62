/** Some time, Unix ms of this machine, whose clock no fault of the soak touches. */
export interface Spell {
  readonly from: number;
  readonly to: number;
}

/** Notes when something is so and when it is not. */
export interface SpellLog {
  set(isSo: boolean): void;
  /** One that goes on ends now. */
  spells(): Spell[];
}

export function createSpellLog(): SpellLog {
  const past: Spell[] = [];
  let since: number | null = null;
  return {
    set(isSo) {
      if (isSo) since ??= Date.now();
      else if (since !== null) {
        past.push({ from: since, to: Date.now() });
        since = null;
      }
    },
    spells: () => (since === null ? [...past] : [...past, { from: since, to: Date.now() }]),
  };
}

/** Whether some of it is within them. */
export function touches(spells: readonly Spell[], { from, to }: Spell): boolean {
  return spells.some((each) => each.from < to && each.to > from);
}

/** In order, those that touch or overlap as one. */
export function merged(spells: readonly Spell[]): Spell[] {
  const all: Spell[] = [];
  for (const spell of spells.toSorted((one, other) => one.from - other.from)) {
    const last = all.at(-1);
    if (last === undefined || last.to < spell.from) all.push(spell);
    else all[all.length - 1] = { from: last.from, to: Math.max(last.to, spell.to) };
  }
  return all;
}

/** How much of `spell` is within `spells`, which do not overlap each other, ms. */
export function overlapMs(spells: readonly Spell[], spell: Spell): number {
  return spells.reduce(
    (sum, { from, to }) => sum + Math.max(0, Math.min(to, spell.to) - Math.max(from, spell.from)),
    0,
  );
}

export function lengthMs(spells: readonly Spell[]): number {
  return spells.reduce((sum, { from, to }) => sum + to - from, 0);
}

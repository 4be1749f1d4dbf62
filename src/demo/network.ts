import type { Clock } from '../runtime/clock.ts';

/** Some time, Unix ms; `toAt` is `null` while it lasts. */
export interface Span {
  readonly fromAt: number;
  readonly toAt: number | null;
}

/** What was truly cut off when. */
export interface NetworkTruth {
  /** By device: when itself was cut off, whatever else was. */
  readonly cuts: ReadonlyMap<string, readonly Span[]>;
  /** When the line of the observer was down. */
  readonly lineCuts: readonly Span[];
}

/** Which device can be reached: itself, the devices in front of it and the line of the observer have to be up. */
export interface Network {
  setUp(device: string, isUp: boolean): void;
  setLineUp(isUp: boolean): void;
  isLineUp(): boolean;
  isReached(device: string): boolean;
  /** Makes everything up. */
  mend(): void;
  truth(): NetworkTruth;
}

export interface NetworkOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** All devices, each with the one in front of it. */
  readonly parents: ReadonlyMap<string, string | null>;
  /** Something is cut off or is back. */
  readonly onChange: () => void;
}

export function createNetwork({ clock, parents, onChange }: NetworkOptions): Network {
  const cuts = new Map([...parents.keys()].map((name) => [name, createCuts(clock)]));
  const line = createCuts(clock);

  function cutsOf(device: string): Cuts {
    const found = cuts.get(device);
    if (found === undefined) throw new Error(`no device of the demonstration: ${device}`);
    return found;
  }

  function isReached(device: string): boolean {
    const parent = parents.get(device) ?? null;
    return line.isUp() && cutsOf(device).isUp() && (parent === null || isReached(parent));
  }

  return {
    setUp(device, isUp) {
      cutsOf(device).set(isUp);
      onChange();
    },
    setLineUp(isUp) {
      line.set(isUp);
      onChange();
    },
    isLineUp: () => line.isUp(),
    isReached,
    mend() {
      for (const each of [...cuts.values(), line]) each.set(true);
      onChange();
    },
    truth: () => ({
      cuts: new Map([...cuts].map(([name, each]) => [name, each.spans()])),
      lineCuts: line.spans(),
    }),
  };
}

interface Cuts {
  set(isUp: boolean): void;
  isUp(): boolean;
  spans(): readonly Span[];
}

function createCuts(clock: Pick<Clock, 'now'>): Cuts {
  const over: Span[] = [];
  let since: number | null = null;
  return {
    set(isUp) {
      if (!isUp) since ??= clock.now();
      else if (since !== null) {
        over.push({ fromAt: since, toAt: clock.now() });
        since = null;
      }
    },
    isUp: () => since === null,
    spans: () => (since === null ? [...over] : [...over, { fromAt: since, toAt: null }]),
  };
}

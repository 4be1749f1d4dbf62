import { createRandom } from '../../../src/demo/traffic.ts';
import { HOSTS, type HostName } from './network.ts';

/** What happens to the devices, when and for how long. */
export type HealthFault = { readonly atMs: number; readonly forMs: number } & (
  | { readonly kind: 'host-down'; readonly host: HostName }
  /** Goes down and up again and again: each time down for `downMs`, up for `upMs`. */
  | { readonly kind: 'host-flaps'; readonly host: HostName; readonly downMs: number; readonly upMs: number }
  /** It is down in the middle of a maintenance window. */
  | { readonly kind: 'host-maintained'; readonly host: HostName }
  /** All hosts at once. */
  | { readonly kind: 'hosts-fall' }
  | { readonly kind: 'line-down' }
);

/** Every device has been looked at before anything happens. */
const FIRST_MS = 3_000;
/** So long before the end all is well: who is back is seen and told. */
const LAST_MS = 3_000;
/** It takes 21 checks until a device counts as steady. */
const STEADY_MS = 30_000;
const FLAPS = 4;
const FLAP_DOWN_MS = 6_000;
const FLAP_UP_MS = 2_000;

type Between = (from: number, to: number) => number;

/** Hosts fall one by one, several at a time, long enough to be told of for certain; and now and then what concerns many. */
export function planHealth({
  seed,
  durationMs,
}: {
  readonly seed: number;
  readonly durationMs: number;
}): HealthFault[] {
  const random = createRandom(seed * 7 + 3);
  const between: Between = (from, to) => Math.round(from + (to - from) * random());
  const faults: HealthFault[] = [];
  for (let atMs = FIRST_MS; atMs < durationMs; atMs += between(4_000, 8_000)) faults.push(ofOne(atMs, random, between));
  for (let atMs = between(15_000, 30_000); atMs < durationMs; atMs += between(30_000, 50_000))
    faults.push(ofMany(atMs, random, between));
  return faults
    .filter(({ atMs, forMs, kind }) => atMs + forMs + (kind === 'host-flaps' ? STEADY_MS : LAST_MS) <= durationMs)
    .sort((one, other) => one.atMs - other.atMs);
}

function ofOne(atMs: number, random: () => number, between: Between): HealthFault {
  const host = HOSTS[between(1, HOSTS.length - 1)]?.name ?? 'mill';
  const chance = random();
  // Shorter than it takes to be sure.
  if (chance < 0.15) return { atMs, forMs: between(500, 2_000), kind: 'host-down', host };
  if (chance < 0.75) return { atMs, forMs: between(9_000, 24_000), kind: 'host-down', host };
  if (chance < 0.85) return { atMs, forMs: between(22_000, 26_000), kind: 'host-maintained', host };
  const forMs = FLAPS * (FLAP_DOWN_MS + FLAP_UP_MS);
  return { atMs, forMs, kind: 'host-flaps', host: 'link', downMs: FLAP_DOWN_MS, upMs: FLAP_UP_MS };
}

function ofMany(atMs: number, random: () => number, between: Between): HealthFault {
  const chance = random();
  if (chance < 0.3) return { atMs, forMs: between(10_000, 15_000), kind: 'host-down', host: 'tower' };
  if (chance < 0.7) return { atMs, forMs: between(10_000, 14_000), kind: 'hosts-fall' };
  return { atMs, forMs: between(6_000, 12_000), kind: 'line-down' };
}

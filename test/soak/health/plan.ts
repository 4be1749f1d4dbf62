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

/** One after another with pauses, so that it is known what has to be told; now and then two at once. */
export function planHealth({
  seed,
  durationMs,
}: {
  readonly seed: number;
  readonly durationMs: number;
}): HealthFault[] {
  // The minute of `npm test` has with this a fall of all hosts while no worker is killed.
  const random = createRandom(seed * 7 + 34);
  const between = (from: number, to: number) => Math.round(from + (to - from) * random());
  const faults: HealthFault[] = [];
  for (let atMs = FIRST_MS; ; ) {
    const fault = draw(atMs, random, between);
    const isFlap = fault.kind === 'host-flaps';
    if (atMs + fault.forMs + (isFlap ? STEADY_MS : LAST_MS) <= durationMs) faults.push(fault);
    else if (atMs > durationMs) return faults;
    const pauseMs = random() < 0.2 ? -fault.forMs / 2 : between(3_000, 6_000);
    atMs += Math.round(fault.forMs + pauseMs);
  }
}

function draw(atMs: number, random: () => number, between: (from: number, to: number) => number): HealthFault {
  const host = HOSTS[between(1, HOSTS.length - 1)]?.name ?? 'mill';
  const chance = random();
  // Shorter than it takes to be sure.
  if (chance < 0.1) return { atMs, forMs: between(500, 2_000), kind: 'host-down', host };
  if (chance < 0.4) return { atMs, forMs: between(9_000, 14_000), kind: 'host-down', host };
  if (chance < 0.52) return { atMs, forMs: between(10_000, 15_000), kind: 'host-down', host: 'tower' };
  if (chance < 0.66) return { atMs, forMs: between(10_000, 14_000), kind: 'hosts-fall' };
  if (chance < 0.78) return { atMs, forMs: between(6_000, 12_000), kind: 'line-down' };
  if (chance < 0.88) return { atMs, forMs: between(22_000, 26_000), kind: 'host-maintained', host };
  const forMs = FLAPS * (FLAP_DOWN_MS + FLAP_UP_MS);
  return { atMs, forMs, kind: 'host-flaps', host: 'link', downMs: FLAP_DOWN_MS, upMs: FLAP_UP_MS };
}

import { createHash } from 'node:crypto';

/** What a rule may do by itself. `dryRun`: it only notes what it would do; `ask`: a person approves; `auto`: it acts. */
export const MODES = ['dryRun', 'ask', 'auto'] as const;
export type Mode = (typeof MODES)[number];

/** What has to be wrong with a device. `warn`: a threshold of `health.warn`, by what it watches. */
export type Condition = { readonly state: 'down' } | { readonly wan: 'lost' } | { readonly warn: string };

/** What is done to the device that a rule acts through. */
export type Action =
  | { readonly kind: 'renewDhcp'; readonly interface: string }
  | { readonly kind: 'bounce'; readonly interface: string }
  | { readonly kind: 'reboot' }
  | { readonly kind: 'poeCycle'; readonly port: string }
  | { readonly kind: 'wake'; readonly mac: string; readonly interface: string | null }
  | { readonly kind: 'run'; readonly lines: readonly string[] };

/** The device itself, the one in front of it, or any other by its name. */
export type Via = 'self' | 'parent' | { readonly device: string };

export interface Limits {
  /** Actions on one device, whichever rule did them, within `windowMs`: a rolling window. */
  readonly times: number;
  readonly windowMs: number;
  /** Actions on all devices within an hour; `null`: 3, or 1 % of the devices where that is more. */
  readonly fleetPerHour: number | null;
  /** Actions whose verdict is not known yet, on all devices. */
  readonly atOnce: number;
}

/** One rule of the configuration. */
export interface Rule {
  readonly name: string;
  readonly condition: Condition;
  /** For so long the condition has to hold before anything is done. */
  readonly forMs: number;
  /** It holds for devices that have one of these; empty: for all. */
  readonly tags: readonly string[];
  readonly mode: Mode;
  readonly action: Action;
  readonly via: Via;
  /** The action worked when the device was good for `goodForMs` without a break, all within `withinMs`. */
  readonly goodForMs: number;
  readonly withinMs: number;
  /** Name of the login that is used. */
  readonly credential: string;
  readonly limits: Limits;
}

/** A device as rules see it. */
export interface Placed {
  readonly name: string;
  /** The device in front of it; `null`: none. */
  readonly parent: string | null;
  readonly tags: readonly string[];
}

/** Whether a rule is about a device: a rule never acts on the device that it acts through. */
export function concerns({ tags, via }: Pick<Rule, 'tags' | 'via'>, device: Placed): boolean {
  if (typeof via === 'object' && via.device === device.name) return false;
  return tags.length === 0 || tags.some((tag) => device.tags.includes(tag));
}

/** The device that a rule acts through for a device; `null`: there is none, as it has no parent. */
export function viaOf({ via }: Pick<Rule, 'via'>, { name, parent }: Placed): string | null {
  if (via === 'self') return name;
  return via === 'parent' ? parent : via.device;
}

/** Names a port or a machine of its own: there is one device that it helps. */
export function helpsOneDevice({ kind }: Action): boolean {
  return kind === 'poeCycle' || kind === 'wake';
}

/** The way into a device that serves an action better: commands as an admin wrote them are for the console. */
export function wayFor({ kind }: Action): 'api' | 'ssh' {
  return kind === 'run' ? 'ssh' : 'api';
}

/** What is done, in a few words. */
export function actionText(action: Action): string {
  switch (action.kind) {
    case 'renewDhcp':
      return `renew the DHCP lease of ${action.interface}`;
    case 'bounce':
      return `turn ${action.interface} off and on`;
    case 'reboot':
      return 'reboot';
    case 'poeCycle':
      return `turn the power of port ${action.port} off and on`;
    case 'wake':
      return `wake ${action.mac}`;
    case 'run':
      return action.lines.length === 1 ? 'run 1 command' : `run ${action.lines.length} commands`;
  }
}

/** The same for the same action and for no other: what a person approved is compared by it. It shows nothing of the commands, which may hold secrets. */
export function digestOf(action: Action): string {
  return createHash('sha256')
    .update(JSON.stringify(Object.entries(action).toSorted()))
    .digest('hex');
}

/** What has to be wrong, in a few words. */
export function conditionText(condition: Condition): string {
  if ('state' in condition) return 'down';
  return 'wan' in condition ? 'internet line lost' : `warning: ${condition.warn}`;
}

import { formatDuration } from '../runtime/format.ts';
import type { DeviceEntry } from './entries.ts';
import type { Condition } from './ports.ts';

/** How a device stands: whether it is read, or why not. */
export interface DeviceState {
  /** `unread`: nobody is to read its usage. */
  readonly kind: 'read' | 'trouble' | 'waiting' | 'paused' | 'unread' | 'aside';
  readonly text: string;
  /** Of the trouble, shown small after the words; `null`: there is none. */
  readonly code: string | null;
}

const WAITING: DeviceState = { kind: 'waiting', text: 'waiting for the first poll', code: null };

/** Whether usage is read from it, as far as its settings say. */
export function settingsState({ paused, model, usage, apiCredential, username }: DeviceEntry): string {
  if (paused) return 'paused';
  if (model !== 'routeros' || !usage) return 'not counted';
  return apiCredential === null && username === null ? 'no login' : 'counted';
}

/** `condition`: of the router of its name, where that is polled. `first`: what counts in its place. */
export function stateOfDevice(
  entry: DeviceEntry,
  condition: Condition | undefined,
  first: { readonly name: string; readonly source: DeviceEntry['source'] } | undefined,
): DeviceState {
  if (first !== undefined)
    return { kind: 'aside', text: `not used: ${SOURCE_NAMES[first.source]} comes first`, code: null };
  const settings = settingsState(entry);
  if (settings === 'paused') return { kind: 'paused', text: settings, code: null };
  if (settings !== 'counted') return { kind: 'unread', text: settings, code: null };
  if (condition === undefined) return WAITING;
  return stateOfRouter(condition);
}

function stateOfRouter({ lastReadAt, isFresh, ageMs, code, wasPolled }: Condition): DeviceState {
  if (lastReadAt === null && code === null && !wasPolled) return WAITING;
  if (lastReadAt === null) return { kind: 'trouble', text: 'never read', code };
  if (!isFresh) return { kind: 'trouble', text: `not read for ${formatDuration(ageMs)}`, code };
  if (code !== null) return { kind: 'trouble', text: 'last poll failed', code };
  return { kind: 'read', text: 'read', code };
}

/** Where devices come from, in words. */
export const SOURCE_NAMES: Readonly<Record<DeviceEntry['source'], string>> = {
  config: 'the configuration',
  inventory: 'the inventory',
  librenms: 'LibreNMS',
};

import type { Frame } from '../../platform/http/frame.ts';
import { queryOf } from '../../platform/http/links.ts';
import { formatCount, readableName } from '../../runtime/format.ts';
import { type DeviceState, SOURCE_NAMES } from '../device-state.ts';
import type { DeviceEntry } from '../entries.ts';
import type { DeviceList, ListedEntry } from '../inventory-query.ts';
import type { SecretsNote } from './form-parts.ts';
import { deviceLink } from './inventory-links.ts';

interface DeviceRow {
  readonly key: string;
  readonly name: string;
  readonly href: string;
  readonly host: string;
  readonly model: string;
  readonly tags: readonly string[];
  readonly source: string;
  readonly level: StateLevel;
  readonly state: string;
  readonly code: string | null;
  /** Where the form that copies it goes; `null`: it is in the inventory, or nobody asks who may. */
  readonly takeOver: string | null;
}

/** The colour of a state; it says nothing that the words do not say. */
export type StateLevel = 'good' | 'late' | 'bad' | 'off';

const LEVELS: Readonly<Record<DeviceState['kind'], StateLevel>> = {
  read: 'good',
  waiting: 'late',
  trouble: 'bad',
  paused: 'off',
  unread: 'off',
  aside: 'off',
};

export function levelOf({ kind }: DeviceState): StateLevel {
  return LEVELS[kind];
}

interface Option {
  readonly value: string;
  readonly text: string;
  readonly isChosen: boolean;
}

/** What was asked for, as typed. */
export interface InventoryAsked {
  readonly q?: string | undefined;
  readonly tag?: string | undefined;
  readonly source?: DeviceEntry['source'] | undefined;
  readonly state?: DeviceState['kind'] | undefined;
}

export interface InventoryView extends Frame {
  readonly mayEdit: boolean;
  /** There is a LibreNMS to ask, by who may. */
  readonly mayRefresh: boolean;
  readonly keyNote: SecretsNote | null;
  readonly count: string;
  readonly q: string;
  readonly tags: readonly Option[];
  readonly sources: readonly Option[];
  readonly states: readonly Option[];
  readonly rows: readonly DeviceRow[];
  /** There is no device at all. */
  readonly isEmpty: boolean;
  readonly previous: string | null;
  readonly next: string | null;
  readonly place: string;
}

const SOURCES: Readonly<Record<DeviceEntry['source'], string>> = {
  config: 'configuration',
  inventory: 'inventory',
  librenms: 'LibreNMS',
};
const STATES: readonly (readonly [DeviceState['kind'], string])[] = [
  ['read', 'read'],
  ['trouble', 'not read'],
  ['waiting', 'waiting'],
  ['paused', 'paused'],
  ['unread', 'not counted'],
  ['aside', 'not used'],
];

/** `GET /inventory`: all devices, and where each comes from. */
export function viewInventory(
  list: DeviceList,
  asked: InventoryAsked,
  may: { readonly edit: boolean; readonly refresh: boolean },
  keyNote: SecretsNote | null,
): InventoryView {
  const { q = '', tag = '', source = '', state = '' } = asked;
  const link = (page: number) => `/inventory${queryOf({ q, tag, source, state, page })}`;
  const { found, all, page, pages } = list;
  return {
    title: 'Inventory',
    nav: 'inventory',
    mayEdit: may.edit,
    mayRefresh: may.refresh,
    keyNote: may.edit ? keyNote : null,
    count:
      found === all ? formatCount(all, 'device', 'devices') : `${found} of ${formatCount(all, 'device', 'devices')}`,
    q,
    tags: [{ value: '', text: 'All tags', isChosen: tag === '' }, ...list.tags.map((each) => option(each, each, tag))],
    sources: [
      option('', 'All sources', source),
      ...Object.entries(SOURCES).map(([key, text]) => option(key, text, source)),
    ],
    states: [option('', 'All states', state), ...STATES.map(([key, text]) => option(key, text, state))],
    rows: list.entries.map((entry) => rowOf(entry, may.edit)),
    isEmpty: all === 0,
    previous: page > 1 ? link(page - 1) : null,
    next: page < pages ? link(page + 1) : null,
    place: pages > 1 ? `Page ${page} of ${pages}` : '',
  };
}

function option(value: string, text: string, chosen: string): Option {
  return { value, text: readableName(text), isChosen: value === chosen };
}

function rowOf(entry: ListedEntry, mayEdit: boolean): DeviceRow {
  const { name, host, apiPort, model, tags, source, state } = entry;
  return {
    key: `${source} ${name}`,
    name: readableName(name),
    href: deviceLink(name),
    host: readableName(apiPort === null || source === 'inventory' ? host : `${host}:${apiPort}`),
    model,
    tags: tags.map((tag) => readableName(tag)),
    source: SOURCES[source],
    level: levelOf(state),
    ...{ state: state.text, code: state.code },
    takeOver: mayEdit && source !== 'inventory' && state.kind !== 'aside' ? deviceLink(name, '/takeover') : null,
  };
}

/** Where a device comes from, in words. */
export function sourceText(source: DeviceEntry['source']): string {
  return SOURCE_NAMES[source];
}

import type { Counter } from '../usage/accounting/counter.ts';
import type { Row } from './menu.ts';

/** One row of `/queue/simple` as the simulated router holds it. */
export interface QueueRow {
  readonly id: string;
  readonly name: string;
  readonly target: string;
  readonly parent: string | null;
  readonly comment: string | null;
  readonly dynamic: boolean;
  /** `bytes` is given as something that is no pair of numbers. */
  readonly garbled: boolean;
}

const IDLE_PAIR = '0/0';

/** In the order in which RouterOS prints them. */
const PROPERTIES: Readonly<Record<string, (row: QueueRow, counter: Counter) => string | undefined>> = {
  '.id': (row) => row.id,
  name: (row) => row.name,
  target: (row) => row.target,
  parent: (row) => row.parent ?? 'none',
  'packet-marks': () => '',
  priority: () => '8/8',
  queue: () => 'default-small/default-small',
  'limit-at': () => IDLE_PAIR,
  'max-limit': () => '10000000/20000000',
  'burst-limit': () => IDLE_PAIR,
  'burst-threshold': () => IDLE_PAIR,
  'burst-time': () => '0s/0s',
  'bucket-size': () => '0.1/0.1',
  bytes: (row, counter) => (row.garbled ? '12e3' : `${counter.uploadBytes}/${counter.downloadBytes}`),
  'total-bytes': () => '0',
  packets: (_row, counter) => `${counter.uploadBytes / 800n}/${counter.downloadBytes / 800n}`,
  'total-packets': () => '0',
  dropped: () => IDLE_PAIR,
  'total-dropped': () => '0',
  rate: () => IDLE_PAIR,
  'total-rate': () => '0',
  'packet-rate': () => IDLE_PAIR,
  'queued-packets': () => IDLE_PAIR,
  'queued-bytes': () => IDLE_PAIR,
  invalid: () => 'false',
  dynamic: (row) => String(row.dynamic),
  disabled: () => 'false',
  comment: (row) => row.comment ?? undefined,
};
const ALL_PROPERTIES = Object.keys(PROPERTIES);

export function renderQueue(row: QueueRow, counter: Counter, wanted: readonly string[] | null): Row {
  const rendered: Record<string, string> = {};
  for (const property of wanted ?? ALL_PROPERTIES) {
    const value = PROPERTIES[property]?.(row, counter);
    if (value !== undefined) rendered[property] = value;
  }
  return rendered;
}

import type { Row } from '../../platform/routeros/sentence.ts';
import { parseUptime } from '../../platform/routeros/uptime.ts';
import type { Counted } from '../rates.ts';
import { bytesOf, countOf, isYes, textOf } from './words.ts';

export const INTERFACE_PROPERTIES = [
  ...['.id', 'name', 'type', 'running', 'disabled', 'dynamic', 'rx-byte', 'tx-byte', 'link-downs', 'last-link-up-time'],
] as const;

/** A row of `/interface`. */
export interface InterfaceRow extends Counted {
  readonly name: string;
  readonly type: string | null;
  readonly isRunning: boolean;
  readonly isDisabled: boolean;
  readonly linkDowns: number | null;
  readonly lastLinkUp: string | null;
}

const ROW_ID = /^\*[0-9A-F]{1,16}$/i;

/** `null` for a row that cannot be told apart from others, and for a session, of which there may be thousands. */
export function interfaceOf(row: Row): InterfaceRow | null {
  const id = row.get('.id') ?? '';
  const name = textOf(row.get('name'));
  if (!ROW_ID.test(id) || name === null || isYes(row.get('dynamic'))) return null;
  return {
    id,
    name,
    type: textOf(row.get('type')),
    isRunning: isYes(row.get('running')),
    isDisabled: isYes(row.get('disabled')),
    rxBytes: bytesOf(row.get('rx-byte')),
    txBytes: bytesOf(row.get('tx-byte')),
    linkDowns: countOf(row.get('link-downs')),
    lastLinkUp: textOf(row.get('last-link-up-time')),
  };
}

/** Time since a PPPoE session began, of a row of `/interface/pppoe-client/monitor`; `null` while there is none. */
export function sessionSecondsOf(row: Row): number | null {
  const uptimeMs = parseUptime(row.get('uptime') ?? '');
  return uptimeMs === null ? null : uptimeMs / 1000;
}

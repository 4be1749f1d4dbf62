import type { Frame } from '../../platform/http/frame.ts';
import { routerLink } from '../../platform/http/links.ts';
import { readableName } from '../../runtime/format.ts';
import type { TerminalDevice } from '../ports.ts';

export interface TerminalView extends Frame {
  readonly name: string;
  readonly deviceHref: string;
  /** Where it is asked for. */
  readonly address: string;
  /** Whom it talks to, and what is kept of it. */
  readonly facts: string;
  readonly hasRecordings: boolean;
  /** For those without such keys. */
  readonly keys: readonly Key[];
  readonly styles: string;
  readonly scripts: readonly string[];
}

interface Key {
  readonly key: string;
  readonly text: string;
  readonly label: string | null;
}

const KEYS: readonly Key[] = [
  { key: 'Tab', text: 'Tab', label: null },
  { key: 'Escape', text: 'Esc', label: null },
  { key: 'Interrupt', text: 'Ctrl+C', label: null },
  { key: 'Up', text: '↑', label: 'Up' },
  { key: 'Down', text: '↓', label: 'Down' },
  { key: 'Left', text: '←', label: 'Left' },
  { key: 'Right', text: '→', label: 'Right' },
];

/** `/d/<name>/terminal`; `null`: the name can be no part of a path. */
export function terminalLink(name: string): string | null {
  const link = routerLink(name);
  return link.includes('?') ? null : `${link}/terminal`;
}

/** `GET /d/<name>/terminal` */
export function viewTerminal(
  { name, host, port, login }: TerminalDevice,
  page: Pick<TerminalView, 'styles' | 'scripts'> & { readonly isRecorded: boolean; readonly days: number },
): TerminalView {
  const { isRecorded, days, styles, scripts } = page;
  const shown = readableName(name);
  return {
    ...{ title: `Terminal of ${shown}`, nav: 'devices', name: shown, deviceHref: routerLink(name), styles, scripts },
    address: `/api/v1/devices/${encodeURIComponent(name)}/terminal`,
    facts: [
      `SSH to ${readableName(host)} port ${port}`,
      login === null
        ? 'with your own login on the device, which is asked for and not stored'
        : `as ${readableName(login.username)}`,
      isRecorded ? `what the terminal shows is recorded and kept for ${days} days` : 'not recorded',
    ].join(' · '),
    hasRecordings: isRecorded,
    keys: KEYS,
  };
}

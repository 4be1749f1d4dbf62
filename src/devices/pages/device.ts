import type { Banner, Frame } from '../../platform/http/frame.ts';
import { routerLink } from '../../platform/http/links.ts';
import type { Fact, Panel, PanelPlace, PanelView } from '../../platform/http/panels.ts';
import { formatDuration, formatMoment, readableName } from '../../runtime/format.ts';
import type { RouterData } from '../api/routers.ts';
import type { Device } from '../ports.ts';
import { bannerOf } from '../stale.ts';

/** A template with what it is filled with. */
interface PanelPart {
  readonly partial: string;
  readonly content: object;
}

export interface DeviceView extends Frame {
  readonly name: string;
  readonly banners: readonly Banner[];
  readonly facts: readonly Fact[];
  readonly trouble: { readonly text: string; readonly advice: string | null } | null;
  /** What others show, by its place. */
  readonly parts: Readonly<Record<PanelPlace, readonly PanelPart[]>>;
}

export interface DeviceViewInput {
  readonly device: Pick<Device, 'name' | 'host' | 'model' | 'isPaused'>;
  /** How it is polled; `null`: it is not. */
  readonly polled: RouterData | null;
  /** The panels in their order; `null`: the device does not concern it. */
  readonly parts: readonly { readonly panel: Panel<Device>; readonly view: PanelView | null }[];
  readonly nowAt: number;
}

/** `GET /d/<name>` */
export function viewDevice({ device, polled, parts, nowAt }: DeviceViewInput): DeviceView {
  const { name } = device;
  const views = parts.flatMap(({ view }) => view ?? []);
  const partsAt = (place: PanelPlace) =>
    parts.flatMap(({ panel, view }) =>
      panel.templates[place] === undefined || view === null
        ? []
        : [{ partial: partialOf(panel, place), content: view.content }],
    );
  return {
    title: readableName(name),
    nav: 'devices',
    live: 'usage,health',
    name: readableName(name),
    banners: [
      ...(polled === null || polled.fresh
        ? []
        : [{ ...bannerOf({ ...polled, advice: polled.trouble?.advice ?? null }), href: routerLink(name) }]),
      ...views.flatMap(({ banners = [] }) => banners),
    ],
    facts: [
      ...(polled === null ? unpolledFacts(device) : factsOf(polled, nowAt)),
      ...views.flatMap(({ facts = [] }) => facts),
    ],
    trouble: polled === null ? null : troubleOf(polled),
    parts: { top: partsAt('top'), above: partsAt('above'), below: partsAt('below'), last: partsAt('last') },
  };
}

/** Under which name the template of a panel is known. */
export function partialOf({ key }: Pick<Panel<Device>, 'key'>, place: PanelPlace): string {
  return `${key}-${place}`;
}

/** Of a device whose usage is not read. */
function unpolledFacts({ name, host, model, isPaused }: DeviceViewInput['device']): Fact[] {
  return [
    { label: 'Usage', value: isPaused ? 'not read: the device is paused' : 'not read from this device' },
    { label: 'Model', value: readableName(model) },
    ...(host === name ? [] : [{ label: 'Address', value: readableName(host) }]),
  ];
}

function factsOf(data: RouterData, nowAt: number): Fact[] {
  const { router, host, timeZone, lastReadAt, reachableSince, reachableUntil, bootedAt, pollMs } = data;
  const moment = (at: string) => formatMoment(Date.parse(at), timeZone);
  const facts: [string, string | null][] = [
    ['Last read', lastReadAt === null ? 'never' : moment(lastReadAt)],
    ['Reachable since', reachableSince === null || reachableUntil !== null ? null : moment(reachableSince)],
    ['Not reachable since', reachableUntil === null ? null : moment(reachableUntil)],
    ['RouterOS', data.version],
    ['Board', data.board],
    ['Identity', data.identity],
    ['Uptime', bootedAt === null ? null : formatDuration(Math.max(nowAt - Date.parse(bootedAt), 0))],
    ['Duration of the last poll', pollMs === null ? null : `${pollMs.toLocaleString('en-US')} ms`],
    ['Address', host === router ? null : host],
  ];
  return facts.flatMap(([label, value]) => (value === null ? [] : [{ label, value: readableName(value) }]));
}

function troubleOf(data: RouterData): DeviceView['trouble'] {
  const { trouble, errorCode, errorAt, errorMessage, errorAdvice, timeZone } = data;
  if (trouble !== null) {
    const text = `The last poll failed: ${trouble.message} (${trouble.code}).`;
    return { text: readableName(text), advice: readableName(trouble.advice) };
  }
  if (errorCode === null || errorAt === null) return null;
  const when = `The last failed poll was on ${formatMoment(Date.parse(errorAt), timeZone)}`;
  const text = errorMessage === null ? `${when} (${errorCode}).` : `${when}: ${errorMessage} (${errorCode}).`;
  return { text: readableName(text), advice: errorAdvice === null ? null : readableName(errorAdvice) };
}

import type { Banner, Frame } from '../../platform/http/frame.ts';
import { routerLink } from '../../platform/http/links.ts';
import type { Fact, Panel, PanelView } from '../../platform/http/panels.ts';
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
  /** What others show, above and below the status. */
  readonly above: readonly PanelPart[];
  readonly below: readonly PanelPart[];
}

/** `GET /d/<name>`; `views` are those of `panels`, in their order. */
export function viewDevice(
  data: RouterData,
  {
    panels,
    views,
    nowAt,
  }: { readonly panels: readonly Panel<Device>[]; readonly views: readonly PanelView[]; readonly nowAt: number },
): DeviceView {
  const { router, fresh, trouble } = data;
  const parts = (place: PanelPlace) =>
    panels.flatMap((panel, index) => {
      const view = views[index];
      return panel.templates[place] === undefined || view === undefined
        ? []
        : [{ partial: partialOf(panel, place), content: view.content }];
    });
  return {
    title: readableName(router),
    nav: 'routers',
    name: readableName(router),
    banners: [
      ...(fresh ? [] : [{ ...bannerOf({ ...data, advice: trouble?.advice ?? null }), href: routerLink(router) }]),
      ...views.flatMap(({ banners = [] }) => banners),
    ],
    facts: [...factsOf(data, nowAt), ...views.flatMap(({ facts = [] }) => facts)],
    trouble: troubleOf(data),
    above: parts('above'),
    below: parts('below'),
  };
}

export type PanelPlace = keyof Panel<Device>['templates'];

/** Under which name the template of a panel is known. */
export function partialOf({ key }: Pick<Panel<Device>, 'key'>, place: PanelPlace): string {
  return `${key}-${place}`;
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

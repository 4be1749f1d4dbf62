import { routerLink } from '../../platform/http/links.ts';
import type { PanelView } from '../../platform/http/panels.ts';
import { formatBitRate, formatDuration, formatMoment, readableName } from '../../runtime/format.ts';
import type { DeviceHealth, Neighbour } from '../device-health.ts';
import type { InterfaceFigures, WanKind } from '../observation.ts';
import type { StatusEntry } from '../status.ts';
import { viewSeries } from './charts.ts';
import { watchBanners } from './wall.ts';
import { ailsText, LEVEL_WORDS, lasted, latencyText, percentText, temperatureText } from './words.ts';

export interface DeviceViewSetting {
  readonly timeZone: string;
  /** Its usage is read: then its version, board and uptime are shown with that. */
  readonly isCounted: boolean;
}

const KINDS: Readonly<Record<WanKind, string>> = {
  ethernet: 'Ethernet',
  dhcp: 'DHCP',
  pppoe: 'PPPoE',
  lte: 'LTE',
  other: 'other',
};

/** What the page of a device shows of its health. */
export function viewDeviceHealth(health: DeviceHealth, { timeZone, isCounted }: DeviceViewSetting): PanelView {
  const { entry, at, parent, children, moreChildren, watched } = health;
  const { status, level } = entry;
  const time = lasted(status, at);
  return {
    content: {
      ...{ level, state: LEVEL_WORDS[level], notes: watchBanners(watched, timeZone) },
      since: status.since === null ? null : `since ${formatMoment(Date.parse(status.since), timeZone)} (${time})`,
      reason: ailsText(entry),
      webfig: webfigLink(status),
      facts: factsOf(health, { timeZone, isCounted }),
      wan: wanRows(status),
      series: viewSeries(health, timeZone),
      uptimes: health.uptimes.map((uptime) => ({
        period: uptime.days === 1 ? '24 hours' : `${uptime.days} days`,
        percent: uptime.uptimePercent === null ? 'not known' : `${uptime.uptimePercent}%`,
        down: durationText(uptime.downSeconds),
        unknown: durationText(uptime.unknownSeconds),
      })),
      interfaces: (health.interfaces ?? []).map(interfaceRow),
      parent: parent === null ? null : neighbourOf(parent),
      children: children.map(neighbourOf),
      moreChildren: moreChildren === 0 ? null : `… and ${moreChildren.toLocaleString('en-US')} more`,
      transitions: health.transitions.map((move) => ({
        key: `${move.at} ${move.from} ${move.to}`,
        at: formatMoment(move.at, timeZone),
        from: move.from,
        to: move.to,
        reason: readableName(move.reason ?? ''),
      })),
      windows: health.windows.map(({ window, isOpen }) => ({
        days: `${formatMoment(window.startsAt, timeZone)} – ${formatMoment(window.endsAt, timeZone)}`,
        every: window.isWeekly ? 'every week' : '',
        of: readableName(window.tag === null ? (window.device ?? '') : `tag ${window.tag}`),
        isOpen,
      })),
    },
  };
}

function factsOf({ entry, record }: DeviceHealth, { timeZone, isCounted }: DeviceViewSetting) {
  const { status } = entry;
  const { lastReadAt, latencyMs, cpuPercent, memoryPercent, diskPercent, temperatureC, voltageV, uptimeSeconds } =
    status;
  const facts: (readonly [string, string | null])[] = [
    ['Latency', latencyMs === null ? null : latencyText(latencyMs)],
    ['CPU', cpuPercent === null ? null : percentText(cpuPercent)],
    ['Memory used', memoryPercent === null ? null : percentText(memoryPercent)],
    ['Disk used', diskPercent === null ? null : percentText(diskPercent)],
    ['Temperature', temperatureC === null ? null : temperatureText(temperatureC)],
    ['Voltage', voltageV === null ? null : `${Number(voltageV.toFixed(1))} V`],
    ['Last answer', lastReadAt === null ? 'never' : formatMoment(Date.parse(lastReadAt), timeZone)],
    ['Uptime', isCounted || uptimeSeconds === null ? null : formatDuration(uptimeSeconds * 1000)],
    ['Version', isCounted ? null : status.version],
    ['Board', isCounted ? null : status.board],
    ['Identity', isCounted ? null : (record?.figures?.identity ?? null)],
    ['Tags', status.tags.length === 0 ? null : status.tags.join(', ')],
  ];
  return facts.flatMap(([label, value]) => (value === null ? [] : [{ label, value: readableName(value) }]));
}

function wanRows({ wan }: StatusEntry) {
  return wan.map((line) => ({
    name: readableName(line.interface),
    kind: KINDS[line.kind],
    address: readableName(line.address ?? ''),
    publicAddress: line.publicAddress === line.address ? '' : readableName(line.publicAddress ?? ''),
    nat: line.behindNat === true ? 'behind NAT' : '',
    down: line.downloadBps === null ? '' : formatBitRate(line.downloadBps),
    up: line.uploadBps === null ? '' : formatBitRate(line.uploadBps),
    reconnects: line.reconnects.toLocaleString('en-US'),
  }));
}

function interfaceRow({ name, isDisabled, isRunning, downloadBps, uploadBps, linkDowns }: InterfaceFigures) {
  return {
    name: readableName(name),
    state: isDisabled ? 'disabled' : isRunning ? 'running' : 'not running',
    isOff: !isRunning && !isDisabled,
    down: downloadBps === null ? '' : formatBitRate(downloadBps),
    up: uploadBps === null ? '' : formatBitRate(uploadBps),
    linkDowns: linkDowns === null ? '' : linkDowns.toLocaleString('en-US'),
  };
}

function neighbourOf({ name, level }: Neighbour) {
  return {
    href: level === null ? null : routerLink(name),
    name: readableName(name),
    level: level ?? 'unknown',
    state: level === null ? 'no such device' : LEVEL_WORDS[level],
  };
}

/** WebFig's address, if it leads by HTTP to the device itself and nowhere else. */
export function webfigLink({ webfig, host }: Pick<StatusEntry, 'webfig' | 'host'>): string | null {
  const url = webfig === null ? null : URL.parse(webfig);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  if (url.username !== '' || url.password !== '') return null;
  const own = URL.parse(`${url.protocol}//${host.includes(':') ? `[${host}]` : host}/`);
  return own !== null && own.hostname === url.hostname ? url.href : null;
}

function durationText(seconds: number): string {
  return seconds === 0 ? '' : formatDuration(seconds * 1000);
}

import type { Device } from '../devices/ports.ts';
import type { Examine } from '../runtime/examination.ts';
import { about, type Finding, listNames, ok, type PartFinding, warning } from '../runtime/finding.ts';
import { formatCount } from '../runtime/format.ts';
import { probeOf } from './probe-of.ts';
import type { StatusPage } from './public-status.ts';

export interface ExamineHealthDeps {
  /** All that are known of every source. Rejects with a `TroubleError` when the database is away. */
  readonly devices: () => Promise<readonly Device[]>;
  /** Those that are pinged: they have no port. */
  readonly pingedWitnesses: readonly string[];
  readonly statusPages: readonly StatusPage[];
  /** Why this machine cannot ping; `null` when it can. */
  readonly pingTrouble: () => Promise<string | null>;
}

const PING_ADVICE = [
  'Give them a TCP port (`probe: { tcp: 443 }` for a device, `192.0.2.254:80` for a witness)',
  'or install the program ping and let this user use it: `sysctl net.ipv4.ping_group_range="0 2147483647"`, in a container under `sysctls`.',
].join(', ');

/** What `check` says of health: whether what has to be pinged can be, and whether parents and status pages name devices that there are. */
export function createHealthExamine(deps: ExamineHealthDeps): Examine {
  return async ({ read }) => {
    const devices = await read(deps.devices);
    if (devices === null) return [];
    const trouble = await deps.pingTrouble();
    return [
      ...about('health', [
        judgePing(trouble, devices.filter(isPinged), deps.pingedWitnesses),
        ...judgeParents(devices),
      ]),
      ...deps.statusPages.flatMap((page) => judgePage(page, devices)),
    ];
  };
}

function isPinged(device: Device): boolean {
  return device.api === null && !device.isPaused && 'ping' in probeOf(device);
}

function judgePing(trouble: string | null, pinged: readonly Device[], witnesses: readonly string[]): PartFinding {
  const names = listNames(pinged.map(({ name }) => name));
  if (trouble === null) {
    const used = pinged.length === 0 ? '' : `; ${formatCount(pinged.length, 'device is', 'devices are')} pinged`;
    return ok('ping', `this machine can ping${used}`);
  }
  const cannot = `this machine cannot ping: ${trouble}`;
  if (pinged.length + witnesses.length === 0) {
    return ok('ping', `${cannot}. Nothing has to be pinged; reasons of outages are less exact`);
  }
  const concerned = [
    pinged.length === 0 ? null : `the state of ${names} stays unknown`,
    witnesses.length === 0 ? null : `${listNames(witnesses)} of health.witnesses is asked at port 80`,
  ].filter((text) => text !== null);
  return warning('ping', `${cannot}; ${concerned.join('; ')}`, PING_ADVICE);
}

/** The configuration takes the name of a device that is added later, and one of another source may be gone. Nothing where all are known. */
function judgeParents(devices: readonly Device[]): PartFinding[] {
  const names = new Set(devices.map(({ name }) => name));
  const orphans = devices.filter(({ parent }) => parent !== null && !names.has(parent));
  if (orphans.length === 0) return [];
  const missing = [...new Set(orphans.flatMap(({ parent }) => parent ?? []))];
  return [
    warning(
      'parents',
      `no such ${missing.length === 1 ? 'device' : 'devices'}: ${listNames(missing)}, the parent of ${listNames(orphans.map(({ name }) => name))}`,
      'Correct parent of these devices, or add the missing one. Until then each of them is reported as down by itself.',
    ),
  ];
}

function judgePage({ slug, devices }: StatusPage, known: readonly Device[]): Finding[] {
  const names = new Set(known.map(({ name }) => name));
  const missing = devices.map(({ device }) => device).filter((device) => !names.has(device));
  return about(`status page ${slug}`, [
    missing.length === 0
      ? ok('devices', `${formatCount(devices.length, 'device', 'devices')} at /status/${slug}`)
      : warning(
          'devices',
          `no such ${missing.length === 1 ? 'device' : 'devices'}: ${listNames(missing)}; shown as unknown`,
          'Correct health.statusPages, or add the device.',
        ),
  ]);
}

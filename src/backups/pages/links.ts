import { queryOf } from '../../platform/http/links.ts';
import type { Which } from '../read-text.ts';

/** Addresses of the pages of backups. Names are data: any character may be in them. */

/** Words that stand in the path for something else than a device. */
const TAKEN = ['device', 'run', 'runs', 'search', 'schedules', 'archives', '.', '..', ''];

/** `end`: what stands behind the name, as `/diff`. */
export function backupLink(device: string, end = '', more: Parameters<typeof queryOf>[0] = {}): string {
  return TAKEN.includes(device)
    ? `/backups/device${end}${queryOf({ name: device, ...more })}`
    : `/backups/${encodeURIComponent(device.toWellFormed())}${end}${queryOf(more)}`;
}

export function versionLink(device: string, which: Which, more: Parameters<typeof queryOf>[0] = {}): string {
  return backupLink(device, `/${which}`, more);
}

/** The same for a form that asks (GET), which takes nothing of its action but the path: `name` goes into a field of it. */
export function backupForm(device: string, end: string): { readonly action: string; readonly name: string | null } {
  return TAKEN.includes(device)
    ? { action: `/backups/device${end}`, name: device }
    : { action: backupLink(device, end), name: null };
}

export function runLink(run: string): string {
  return `/backups/runs/${encodeURIComponent(run)}`;
}

export function textLink(device: string, which: Which): string {
  return TAKEN.includes(device)
    ? `/api/v1/backup/${which}${queryOf({ name: device })}`
    : `/api/v1/backups/${encodeURIComponent(device.toWellFormed())}/${which}`;
}

export function binaryLink(device: string, version: number): string {
  return TAKEN.includes(device)
    ? `/api/v1/backup/${version}/binary${queryOf({ name: device })}`
    : `/api/v1/backups/${encodeURIComponent(device.toWellFormed())}/${version}/binary`;
}

import { z } from 'zod';
import { countField, instantField } from '../../platform/http/contract.ts';
import { STATES } from '../state.ts';
import type { StatusEntry, TransitionEntry, UptimeEntry, WanEntry } from '../status.ts';

/** What the API of health answers. */

const text = z.string().nullable();
const number = z.number().nullable();
const state = z.enum(STATES);

const wan = {
  interface: z.string(),
  kind: z.enum(['ethernet', 'dhcp', 'pppoe', 'lte', 'other']),
  address: text,
  publicAddress: text,
  behindNat: z.boolean().nullable(),
  downloadBps: number,
  uploadBps: number,
  reconnects: countField,
} satisfies Record<keyof WanEntry, z.ZodType>;

const status = {
  device: z.string(),
  host: z.string(),
  model: z.string(),
  source: z.enum(['config', 'inventory', 'librenms']),
  state,
  since: instantField.nullable(),
  reason: text,
  latencyMs: number,
  uptimeSeconds: number,
  version: text,
  board: text,
  cpuPercent: number,
  memoryPercent: number,
  diskPercent: number,
  temperatureC: number,
  voltageV: number,
  wan: z.array(z.strictObject(wan)),
  parent: text,
  tags: z.array(z.string()),
  webfig: text,
  lastReadAt: instantField.nullable(),
} satisfies Record<keyof StatusEntry, z.ZodType>;

const uptime = {
  device: z.string(),
  upSeconds: countField,
  downSeconds: countField,
  unknownSeconds: countField,
  uptimePercent: number,
  incidents: countField,
} satisfies Record<keyof UptimeEntry, z.ZodType>;

const transition = {
  at: instantField,
  device: z.string(),
  from: state,
  to: state,
  reason: text,
  latencyMs: number,
} satisfies Record<keyof TransitionEntry, z.ZodType>;

export const statusAnswer = z.strictObject(status).meta({ id: 'DeviceStatus' });
export const uptimeAnswer = z.strictObject(uptime).meta({ id: 'DeviceUptime' });
export const transitionAnswer = z.strictObject(transition).meta({ id: 'Transition' });

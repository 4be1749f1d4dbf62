import { Counter, Gauge, type Registry } from 'prom-client';
import type { MetricsSource } from '../platform/metrics/metrics.ts';
import type { Figures } from './observation.ts';
import type { DeviceRecord } from './ports.ts';
import { type Slice, timeKindOf } from './state.ts';

/** Shows what a router says of itself; `null`: it is not known now. */
export type ShowFigures = (router: string, figures: Figures | null) => void;

/** More devices than this are left out of the metrics of states: each is a series of its own. */
const MOST_DEVICES = 5_000;

/** Metrics of the routers themselves. Of a router that could not be read last time there are none: an old number would look current. */
export function createFigureMetrics(registry: Registry): ShowFigures {
  const registers = [registry];
  const cpu = new Gauge({
    name: 'netsentinel_router_cpu_load_ratio',
    help: 'CPU load of the router, 0 to 1.',
    labelNames: ['router'],
    registers,
  });
  const memory = new Gauge({
    name: 'netsentinel_router_memory_used_ratio',
    help: 'Share of the memory of the router that is in use, 0 to 1.',
    labelNames: ['router'],
    registers,
  });
  const uptime = new Gauge({
    name: 'netsentinel_router_uptime_seconds',
    help: 'Time since the last boot of the router.',
    labelNames: ['router'],
    registers,
  });
  const info = new Gauge({
    name: 'netsentinel_router_info',
    help: 'Always 1; the labels have the version of RouterOS and the model of the router.',
    labelNames: ['router', 'version', 'board'],
    registers,
  });
  const shown = new Map<string, { readonly router: string; readonly version: string; readonly board: string }>();

  function set(gauge: Gauge, router: string, value: number | null): void {
    if (value === null) gauge.remove({ router });
    else gauge.set({ router }, value);
  }

  return (router, figures) => {
    set(cpu, router, ratioOf(figures?.cpuPercent));
    set(memory, router, ratioOf(figures?.memoryPercent));
    set(uptime, router, figures?.uptimeSeconds ?? null);
    // A router that was updated is not to be there twice.
    const before = shown.get(router);
    if (before !== undefined) info.remove(before);
    shown.delete(router);
    if (figures === null) return;
    const labels = { router, version: figures.version ?? '', board: figures.board ?? '' };
    info.set(labels, 1);
    shown.set(router, labels);
  };
}

function ratioOf(percent: number | null | undefined): number | null {
  return percent === null || percent === undefined ? null : percent / 100;
}

/** Metrics of the devices' states. */
export interface StateMetrics extends MetricsSource {
  /** Some time of a device is settled. */
  time(device: string, slice: Pick<Slice, 'ms' | 'kind'>): void;
}

/** Of the worker that judges the devices: others know none. `blindSince`: since when our own line is down. */
export function createStateMetrics(
  registry: Registry,
  { records, blindSince }: { readonly records: () => Iterable<DeviceRecord>; readonly blindSince: () => number | null },
): StateMetrics {
  const registers = [registry];
  const state = new Gauge({
    name: 'netsentinel_device_state',
    help: 'Always 1; the label has the state of the device: up, suspect, down, unreachable, unknown, maintenance or paused.',
    labelNames: ['device', 'state'],
    registers,
  });
  const latency = new Gauge({
    name: 'netsentinel_device_latency_seconds',
    help: 'How long the last answer of the device took.',
    labelNames: ['device'],
    registers,
  });
  const up = new Counter({
    name: 'netsentinel_device_up_seconds_total',
    help: 'Time that the device was up, since the start of the worker.',
    labelNames: ['device'],
    registers,
  });
  const down = new Counter({
    name: 'netsentinel_device_down_seconds_total',
    help: 'Time that the device was down, since the start of the worker. Time that nobody could see is in neither.',
    labelNames: ['device'],
    registers,
  });
  const ownLine = new Gauge({
    name: 'netsentinel_own_line_up',
    help: '0 while no witness answers, so that the own line must be down, else 1. Only of the worker that judges the devices.',
    registers,
  });
  ownLine.remove();
  const times = new Map<string, { up: number; down: number }>();

  return {
    time(device, { ms, kind }) {
      if (kind === 'unknown') return;
      const sum = times.get(device) ?? { up: 0, down: 0 };
      sum[kind] += ms / 1000;
      times.set(device, sum);
    },
    refresh() {
      for (const each of [state, latency, up, down]) each.reset();
      const known = new Set<string>();
      for (const { health } of records()) {
        if (known.size === MOST_DEVICES) break;
        const { device } = health;
        known.add(device);
        state.set({ device, state: health.state }, 1);
        const isUp = timeKindOf(health.state) === 'up';
        if (isUp && health.latencyMs !== null) latency.set({ device }, health.latencyMs / 1000);
        const time = times.get(device) ?? { up: 0, down: 0 };
        up.inc({ device }, time.up);
        down.inc({ device }, time.down);
      }
      for (const device of times.keys()) if (!known.has(device)) times.delete(device);
      if (known.size === 0) ownLine.remove();
      else ownLine.set(blindSince() === null ? 1 : 0);
    },
  };
}

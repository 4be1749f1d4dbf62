import { Gauge, type Registry } from 'prom-client';
import type { ShowResource } from './ports.ts';

/** Metrics of the routers themselves. Of a router that could not be read last time there are none: an old number would look current. */
export function createHealthMetrics(registry: Registry): ShowResource {
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

  return (router, resource) => {
    set(cpu, router, resource?.cpuRatio ?? null);
    set(memory, router, resource?.memoryUsedRatio ?? null);
    set(uptime, router, resource?.uptimeSeconds ?? null);
    // A router that was updated is not to be there twice.
    const before = shown.get(router);
    if (before !== undefined) info.remove(before);
    shown.delete(router);
    if (resource === null) return;
    const labels = { router, version: resource.version, board: resource.board };
    info.set(labels, 1);
    shown.set(router, labels);
  };
}

import { Counter, Gauge, type Registry } from 'prom-client';
import type { MetricsSource } from '../platform/metrics/metrics.ts';

/** How many terminals of this worker are open, and were. */
export function createTerminalMetrics(
  registry: Registry,
  countOpen: () => number,
): MetricsSource & { readonly counted: () => void } {
  const open = new Gauge({
    name: 'netsentinel_terminals_open',
    help: 'Terminals of devices that are open in browsers now, at this worker.',
    registers: [registry],
  });
  const opened = new Counter({
    name: 'netsentinel_terminals_opened_total',
    help: 'Terminals of devices that were opened in browsers, at this worker.',
    registers: [registry],
  });
  return {
    refresh: () => open.set(countOpen()),
    counted: () => opened.inc(),
  };
}

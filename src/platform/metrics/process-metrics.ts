import { collectDefaultMetrics, Registry } from 'prom-client';

let registry: Registry | null = null;

/**
 * CPU, memory, file descriptors, garbage collection and event loop of this process. There is one of them in a process, made when it is
 * first asked for: what it hangs into the runtime cannot be taken out again.
 */
export function processRegistry(): Registry {
  if (registry === null) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry });
  }
  return registry;
}

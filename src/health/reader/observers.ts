import type { Device, RouterDevice } from '../../devices/ports.ts';
import type { Prober } from '../../platform/probe/prober.ts';
import type { RouterLine } from '../../platform/routeros/line.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Observer } from '../observation.ts';
import { probeOf } from '../probe-of.ts';
import { createProbeObserver } from './probe-observer.ts';
import { createRouterObserver } from './router-observer.ts';

/** How a device is looked at: a router by its API, another by a probe. */
export function createObserverOf(deps: {
  readonly lineOf: (device: RouterDevice) => RouterLine;
  readonly prober: Prober;
  readonly clock: Clock;
}): (device: Device) => Observer {
  return (device) => {
    if (isRouter(device)) return createRouterObserver({ ...deps, line: deps.lineOf(device) });
    const { name, host } = device;
    return createProbeObserver({ ...deps, device: name, host, probe: probeOf(device) });
  };
}

function isRouter(device: Device): device is RouterDevice {
  return device.api !== null;
}

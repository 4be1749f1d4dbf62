import type { Answer, Command, Row } from '../../src/demo/menu.ts';
import { createSimulatedRouter, type SimulatedRouter } from '../../src/demo/simulated-router.ts';
import type { ManualClock } from './manual-clock.ts';
import { HEALER_LOGIN } from './tower-healer.ts';

/** What the switch says of the way we come by: `ether1`, in the bridge that `ether3` is in too. */
const SWITCH_MENUS: Readonly<Record<string, readonly Row[]>> = {
  '/user/active': [
    { name: 'librenms_api', address: '192.0.2.10', via: 'api' },
    { name: 'healer', address: '192.0.2.10', via: 'api' },
  ],
  '/ip/route': [
    { 'dst-address': '0.0.0.0/0', active: 'true', gateway: '192.0.2.1', 'immediate-gw': '192.0.2.1%bridge1' },
    { 'dst-address': '192.0.2.0/24', active: 'true', gateway: 'bridge1', 'immediate-gw': 'bridge1' },
  ],
  '/ip/arp': [{ address: '192.0.2.10', interface: 'bridge1', 'mac-address': '48:8F:5A:00:00:10' }],
  '/interface': [
    { name: 'bridge1', type: 'bridge' },
    { name: 'ether1', type: 'ether' },
    { name: 'ether3', type: 'ether' },
  ],
  '/interface/bridge/host': [
    { 'mac-address': '48:8F:5A:00:00:10', bridge: 'bridge1', 'on-interface': 'ether1' },
    { 'mac-address': '48:8F:5A:00:00:33', bridge: 'bridge1', 'on-interface': 'ether3' },
  ],
  '/interface/ethernet/poe': [
    { '.id': '*1', name: 'ether1', 'poe-out': 'off' },
    { '.id': '*3', name: 'ether3', 'poe-out': 'auto-on' },
  ],
};

/** The switch beside the tower, whose `ether3` powers it; `act` hears what its healer sends, and gives what comes of it. */
export function createTowerSwitch(clock: ManualClock, act: (command: Command) => Answer | null): SimulatedRouter {
  const router = createSimulatedRouter({
    ...{ clock, version: '7.20.1', identity: 'tower-sw' },
    healer: { ...HEALER_LOGIN, act },
  });
  for (const [menu, rows] of Object.entries(SWITCH_MENUS)) router.setMenu(menu, rows);
  return router;
}

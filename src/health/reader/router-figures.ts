import { readDevice } from '../../platform/routeros/device.ts';
import type { LineUse } from '../../platform/routeros/line.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Figures, InterfaceFigures, Sensor } from '../observation.ts';
import { type CounterLook, ratesOf } from '../rates.ts';
import { INTERFACE_PROPERTIES, type InterfaceRow, interfaceOf, sessionSecondsOf } from './interfaces.ts';
import { createMenuBook, keptRow, type Menus, pairsOf } from './menus.ts';
import { RESOURCE_PROPERTIES, type Resource, resourceOf } from './resource.ts';
import { interfacesOfRoute, ROUTE_PROPERTIES, sortedNames } from './routes.ts';
import { extremesOf, sensorsOf } from './sensors.ts';
import * as wan from './wan.ts';
import { barredOf, SERVICE_PROPERTIES, serviceOf, WEBSERVER_PROPERTIES, webfigOf } from './webfig.ts';

/** One reading of a router; what it has got so far can be taken at any time, also when it fails. */
export interface Reading {
  /** Reads over the line. `answered` is called at the first answer, and waited for. Rejects as the line does. */
  run(over: LineUse, answered: () => Promise<void>): Promise<void>;
  /** `null` until the first answer. */
  figures(): Figures | null;
}

/** How often that is read which changes seldom. */
const SELDOM_MS = 600_000;

interface Seldom {
  readonly identity: string | null;
  readonly serial: string | null;
  readonly cloud: wan.Cloud | null;
  readonly webfig: string | null;
}

/** What a reading has got so far. */
interface Draft {
  resource: Resource | null;
  sensors: readonly Sensor[];
  interfaces: readonly InterfaceFigures[] | null;
  wans: readonly wan.WanRead[] | null;
  leases: readonly wan.Lease[];
  /** When the resource was read, monotonic ms. */
  readMs: number;
  certificateEndsAt: number | null;
}

/**
 * Begins readings of one router, one after the other: `/system/resource` first, then all else at once, all with the policies `read` and
 * `api`. What a router refuses or lacks is not said, and is no failure. `host`: where people reach it.
 */
export function createFiguresReader({ host, clock }: { readonly host: string; readonly clock: Clock }): () => Reading {
  const menusOver = createMenuBook(clock);
  let seldom: Seldom = { identity: null, serial: null, cloud: null, webfig: null };
  let seldomDueMs = Number.NEGATIVE_INFINITY;
  let counters: CounterLook<InterfaceRow> | null = null;

  async function readSeldom(menus: Menus): Promise<void> {
    if (clock.monotonicMs() < seldomDueMs) return;
    const { identity, serial } = await readDevice(async (menu, properties) => {
      const [first = null] = await menus.list({ menu, properties, toResult: (row) => keptRow(row, properties) });
      return first;
    });
    const [clouds, services, webservers] = await Promise.all([
      menus.ask({ menu: '/ip/cloud', properties: wan.CLOUD_PROPERTIES, toResult: wan.cloudOf }),
      menus.ask({ menu: '/ip/service', properties: SERVICE_PROPERTIES, toResult: serviceOf }),
      menus.ask({ menu: '/ip/service/webserver', properties: WEBSERVER_PROPERTIES, toResult: barredOf }),
    ]);
    const webfig = webfigOf(host, services ?? [], webservers?.flat() ?? []);
    seldom = { identity, serial, cloud: clouds?.[0] ?? null, webfig };
    seldomDueMs = clock.monotonicMs() + SELDOM_MS;
  }

  /** Since the last reading that had counters. */
  function countOn(rows: readonly InterfaceRow[], uptimeSeconds: number | null, atMs: number): InterfaceFigures[] {
    const now = uptimeSeconds === null ? null : { boot: { uptimeSeconds, atMs }, rows };
    const rates = now === null ? null : ratesOf(counters, now);
    counters = now;
    return rows.map(({ rxBytes, txBytes, type, ...row }) => ({
      ...row,
      ...(rates?.get(row.id) ?? { downloadBps: null, uploadBps: null }),
      sessionSeconds: null,
    }));
  }

  function begin(): Reading {
    const draft: Draft = {
      resource: null,
      sensors: [],
      interfaces: null,
      wans: null,
      leases: [],
      readMs: 0,
      certificateEndsAt: null,
    };

    async function readSensors(menus: Menus): Promise<void> {
      // Without names: on version 6 each board has its own.
      const rows = await menus.ask({ menu: '/system/health', toResult: (row) => sensorsOf(pairsOf(row)) });
      draft.sensors = rows?.flat() ?? [];
    }

    async function readWan(menus: Menus, listing: Promise<readonly InterfaceRow[] | null>): Promise<void> {
      const [routes, leases] = await Promise.all([
        menus.ask({
          menu: '/ip/route',
          properties: ROUTE_PROPERTIES,
          // The last word decides where a router should heed only one: never the whole table.
          words: ['?active=true', '?dst-address=0.0.0.0/0'],
          toResult: (row) => keptRow(row, ROUTE_PROPERTIES),
        }),
        menus.ask({ menu: '/ip/dhcp-client', properties: wan.LEASE_PROPERTIES, toResult: wan.leaseOf }),
      ]);
      if (routes === null) return;
      draft.leases = leases ?? [];
      const ofGateway = wan.gatewaysOf(draft.leases);
      const rows = (await listing) ?? [];
      const names = sortedNames(routes.flatMap((row) => interfacesOfRoute(row, ofGateway)));
      draft.wans = await Promise.all(
        names.map(async (name) => {
          const row = rows.find((each) => each.name === name);
          const question = { menu: '/ip/address', properties: wan.ADDRESS_PROPERTIES, words: [`?interface=${name}`] };
          const [addresses] = await Promise.all([
            menus.ask({ ...question, toResult: wan.addressOfRow }),
            row?.type === 'pppoe-out' ? readSession(menus, row) : null,
          ]);
          return { interface: name, type: row?.type ?? null, addresses: addresses ?? [] };
        }),
      );
    }

    async function readSession(menus: Menus, { id }: InterfaceRow): Promise<void> {
      const [sessionSeconds = null] =
        (await menus.ask({
          menu: '/interface/pppoe-client',
          verb: 'monitor',
          properties: ['uptime'],
          words: [`=numbers=${id}`, '=once='],
          toResult: sessionSecondsOf,
        })) ?? [];
      draft.interfaces = draft.interfaces?.map((row) => (row.id === id ? { ...row, sessionSeconds } : row)) ?? null;
    }

    async function readInterfaces(menus: Menus): Promise<readonly InterfaceRow[] | null> {
      const rows = await menus.ask({
        menu: '/interface',
        properties: INTERFACE_PROPERTIES,
        words: ['?dynamic=false'],
        toResult: interfaceOf,
      });
      if (rows !== null) draft.interfaces = countOn(rows, draft.resource?.uptimeSeconds ?? null, draft.readMs);
      return rows;
    }

    return {
      async run(over, answered) {
        const menus = menusOver(over);
        draft.certificateEndsAt = over.client.certificateEndsAt;
        const [resource] = await menus.list({
          menu: '/system/resource',
          properties: RESOURCE_PROPERTIES,
          toResult: resourceOf,
        });
        draft.resource = resource ?? NO_RESOURCE;
        draft.readMs = clock.monotonicMs();
        await answered();
        const listing = readInterfaces(menus);
        await Promise.all([listing, readWan(menus, listing), readSensors(menus), readSeldom(menus)]);
      },
      figures() {
        const { resource, sensors, interfaces, wans, leases, certificateEndsAt } = draft;
        if (resource === null) return null;
        const { identity, serial, cloud, webfig } = seldom;
        return {
          ...{ identity, serial, webfig, certificateEndsAt, ...resource, sensors, ...extremesOf(sensors), interfaces },
          wan: wans === null ? null : wan.wanOf(wans, leases, cloud),
        };
      },
    };
  }

  return begin;
}

const NO_RESOURCE: Resource = {
  ...{ version: null, board: null, uptimeSeconds: null },
  ...{ cpuPercent: null, memoryPercent: null, diskPercent: null },
};

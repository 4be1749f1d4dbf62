import { z } from 'zod';
import type { Device } from '../devices/ports.ts';
import { name, parseQuery, sendEntries, sendRefusal } from '../platform/http/answer.ts';
import type { NavigationLink } from '../platform/http/frame.ts';
import { sendPage } from '../platform/http/page-answer.ts';
import type { PageFrame } from '../platform/http/page-frame.ts';
import { createPagePanel, type Panel } from '../platform/http/panels.ts';
import type { Route } from '../platform/http/route.ts';
import type { Clock } from '../runtime/clock.ts';
import { shareWork } from '../runtime/shared-work.ts';
import { maintenanceRoutes } from './api/maintenance.ts';
import { statusAnswer, transitionAnswer, uptimeAnswer } from './api/schemas.ts';
import { type DeviceHealthDeps, readDeviceHealth } from './device-health.ts';
import type { MaintenanceDesk } from './maintenance-desk.ts';
import { viewDeviceHealth } from './pages/device.ts';
import { viewWall, type WallView } from './pages/wall.ts';
import type { PublicArchive, StatusPage } from './public-status.ts';
import { createMaintenancePage } from './routes/maintenance-page.ts';
import { createStatusPages, type StatusPagesDeps } from './routes/status-pages.ts';
import { DEFAULT_DAYS, MOST_DAYS, readStatus, readTransitions, readUptime, type StatusDeps } from './status.ts';
import { LEVELS, readWall } from './wall.ts';

interface HealthRoutesDeps extends StatusDeps {
  readonly desk: MaintenanceDesk;
  /** For everybody to see. */
  readonly statusPages: readonly StatusPage[];
  readonly publicArchive: PublicArchive;
  readonly frame: PageFrame;
  readonly timeZone: string;
  readonly calendar: StatusPagesDeps['calendar'];
  readonly clock: Clock;
  /** Of this machine: how long a reading may serve others too. */
  readonly hostClock: Clock;
}

const DEVICES_LINK: NavigationLink = { key: 'devices', href: '/devices', title: 'Devices' };

/** As people may have typed it: what is not understood is left out. */
const wallQuery = z.object({
  state: z
    .enum([...LEVELS, 'problems'])
    .nullable()
    .catch(null),
  tag: z.string().min(1).max(255).nullable().catch(null),
  q: z.string().max(255).catch(''),
});

const uptimeQuery = z.object({ days: z.coerce.number().int().min(1).max(MOST_DAYS).default(DEFAULT_DAYS) });
const transitionsQuery = z.object({
  device: name.optional(),
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
});

/** What people see of health. */
export function createHealthSite(deps: Omit<HealthRoutesDeps, 'frame'> & Pick<HealthPanelDeps, 'find' | 'isCounted'>) {
  return {
    navigation: [DEVICES_LINK],
    devicePanels: [createHealthPanel({ ...deps, windows: deps.desk })],
    routes: ({ frame }: Pick<HealthRoutesDeps, 'frame'>) => createHealthRoutes({ ...deps, frame }),
  };
}

/** All pages and the API of health. */
function createHealthRoutes(deps: HealthRoutesDeps): Route[] {
  return [
    ...deviceRoutes(deps),
    ...maintenanceRoutes(deps),
    ...createMaintenancePage(deps),
    ...createStatusPages({ ...deps, pages: deps.statusPages, archive: deps.publicArchive }),
  ];
}

/** How the devices are and were, as a page and as JSON. */
function deviceRoutes(deps: Omit<HealthRoutesDeps, 'desk' | 'statusPages' | 'publicArchive'>): Route[] {
  const wallPage = deps.frame.page<WallView>(template('wall'));
  const wall = shareWork(() => readWall(deps), deps.hostClock);
  return [
    {
      method: 'GET',
      path: '/devices',
      right: 'view',
      handler: async ({ query }, reply) =>
        sendPage(reply, wallPage(viewWall(await wall(), wallQuery.parse(query), deps.timeZone))),
      warm: async () => wallPage(viewWall(await wall(), wallQuery.parse({}), deps.timeZone)),
    },
    {
      method: 'GET',
      path: '/api/v1/status',
      right: 'view',
      contract: { summary: 'List the devices, and how each is', answers: { 200: z.array(statusAnswer) } },
      handler: async (_request, reply) => sendEntries(reply, await readStatus(deps)),
    },
    {
      method: 'GET',
      path: '/api/v1/uptime',
      right: 'view',
      contract: {
        summary: 'Tell how much of the last days each device was up',
        query: uptimeQuery,
        answers: { 200: z.array(uptimeAnswer) },
      },
      async handler({ query }, reply) {
        const asked = parseQuery(uptimeQuery, reply, query);
        return asked === null ? reply : sendEntries(reply, await readUptime(deps, asked.days));
      },
    },
    {
      method: 'GET',
      path: '/api/v1/transitions',
      right: 'view',
      contract: {
        summary: 'List when devices changed their state, in order of time; of more than 10,000 the last ones',
        query: transitionsQuery,
        answers: { 200: z.array(transitionAnswer) },
      },
      async handler({ query }, reply) {
        const asked = parseQuery(transitionsQuery, reply, query);
        if (asked === null) return reply;
        if (asked.from !== undefined && asked.to !== undefined && asked.from > asked.to) {
          return sendRefusal(reply, 'from: is later than to');
        }
        return sendEntries(reply, await readTransitions(deps, asked));
      },
    },
  ];
}

interface HealthPanelDeps extends DeviceHealthDeps {
  /** Whether the usage of a device is read. */
  readonly isCounted: (device: Device) => boolean;
}

/** How a device is and was, on its page. Programs have it from the API of health. */
function createHealthPanel(deps: HealthPanelDeps): Panel<Device> {
  const { timeZone, isCounted } = deps;
  return createPagePanel({
    key: 'health',
    templates: { top: template('device-top'), below: template('device-below') },
    read: (device) => readDeviceHealth(deps, device),
    view: (health, device) => viewDeviceHealth(health, { timeZone, isCounted: isCounted(device) }),
  });
}

function template(name: 'wall' | 'device-top' | 'device-below'): URL {
  return new URL(`./pages/${name}.hbs`, import.meta.url);
}

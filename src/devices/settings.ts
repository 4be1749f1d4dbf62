import { z } from 'zod';
import { certificateFile } from '../platform/config/certificate-file.ts';
import {
  type ConfigContext,
  encoding,
  fingerprint,
  glob,
  host,
  line,
  port,
  secretText,
  webAddress,
} from '../platform/config/fields.ts';
import { type Contradiction, fieldIn, isObject, listIn } from '../platform/config/written.ts';
import type { Assignment } from './assign.ts';
import type { Device, DeviceSource, ListedDevice } from './ports.ts';

const API_PORT = 8728;
const API_TLS_PORT = 8729;
/** Other characters would make the HTTP client refuse the token with an error that shows it. */
const API_TOKEN = /^[\x21-\x7e]+$/;

function routerTls(context: ConfigContext) {
  const forms = "must be true, false, { ca: 'FILE' }, { fingerprint: 'SHA-256' } or { insecure: true }";
  const trust = z
    .strictObject({
      ca: certificateFile(context).exactOptional(),
      fingerprint: fingerprint.exactOptional(),
      insecure: z.literal(true).exactOptional(),
    })
    .refine((given) => Object.keys(given).length === 1, forms)
    .transform(({ ca, fingerprint }): RouterTrust => {
      if (ca !== undefined) return { ca };
      return fingerprint === undefined ? { insecure: true } : { fingerprint };
    });
  return z.union([z.boolean(), trust], forms);
}

/** How the router is verified: signed by this authority (PEM), this certificate (SHA-256), or not at all. */
type RouterTrust = { readonly ca: string } | { readonly fingerprint: string } | { readonly insecure: true };

/** How the API of a router is reached and read. */
function apiLogin(context: ConfigContext) {
  return {
    port: port.exactOptional(),
    tls: routerTls(context).default(false),
    username: line,
    password: secretText(context),
    lineMbps: z.number().positive().max(1_000_000).default(10_000),
    encoding: encoding.default('windows-1252'),
  };
}

function portOf({ port, tls }: { readonly port?: number; readonly tls: boolean | object }): number {
  return port ?? (tls === false ? API_PORT : API_TLS_PORT);
}

/** A router, and how it is read. */
export function routerSettings(context: ConfigContext) {
  return z
    .strictObject({
      name: line,
      host,
      ...apiLogin(context),
    })
    .transform((given) => ({ ...given, port: portOf(given) }));
}

/** Routers are added that LibreNMS knows; what it cannot know of them is the same for all. */
export function librenmsSettings(context: ConfigContext) {
  return z
    .strictObject({
      url: webAddress,
      token: secretText(context).refine((token) => API_TOKEN.test(token.reveal()), 'must be an API token of LibreNMS'),
      refreshMinutes: z.int().min(1).max(1440).default(10),
      match: glob.default('*'),
      exclude: z.array(glob).default([]),
      ...apiLogin(context),
    })
    .transform((given) => ({ ...given, port: portOf(given) }));
}

export type RouterSettings = z.output<ReturnType<typeof routerSettings>>;
export type LibrenmsSettings = z.output<ReturnType<typeof librenmsSettings>>;

/** Routers are named once, and there is one at least. */
export function findRouterContradictions(config: unknown): Contradiction[] {
  return [...noRouters(config), ...duplicateRouters(config)];
}

function noRouters(config: unknown): Contradiction[] {
  const routers = fieldIn(config, 'routers') ?? [];
  if (!isObject(config) || !Array.isArray(routers) || routers.length > 0) return [];
  if (hasOtherDevices(config)) return [];
  return [{ path: ['routers'], message: 'must have at least one entry, unless librenms or key is set' }];
}

/** LibreNMS lists devices too, and with a key they can be kept in the database. */
export function hasOtherDevices(config: unknown): boolean {
  return fieldIn(config, 'librenms') !== undefined || fieldIn(config, 'key') !== undefined;
}

function duplicateRouters(config: unknown): Contradiction[] {
  const names = listIn(fieldIn(config, 'routers')).map((router) => fieldIn(router, 'name'));
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    if (typeof name !== 'string' || first === index) return [];
    return [{ path: ['routers', index, 'name'], message: `'${name}' is already the name of routers[${first}]` }];
  });
}

/** The routers of the configuration; they change only with it, which makes a new worker. */
export function configuredDevices(routers: readonly RouterSettings[]): DeviceSource {
  const devices = routers.map((router): Device => deviceOf(router, 'config'));
  return { devices: () => devices, follow: () => {} };
}

/** Which devices of LibreNMS are added. */
export function assignmentOf({ match, exclude }: LibrenmsSettings): Omit<Assignment, 'configured'> {
  return { match, exclude };
}

/** A device that LibreNMS lists, with what the configuration says of all of them. */
export function listedDevice({ hostname, host }: ListedDevice, librenms: LibrenmsSettings): Device {
  return deviceOf({ ...librenms, name: hostname, host }, 'librenms');
}

function deviceOf(router: RouterSettings, source: Device['source']): Device {
  const { name, host, port, tls, username, password, encoding, lineMbps } = router;
  return { name, host, model: 'routeros', source, api: { port, tls, username, password, encoding }, lineMbps };
}

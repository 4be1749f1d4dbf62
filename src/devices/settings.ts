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
import type { Assignment } from './assign.ts';
import { entryName, model, tags } from './fields.ts';
import type { Device, DeviceSource, ListedDevice, RouterDevice, SshAccess } from './ports.ts';
import { sshLogin } from './settings/ssh.ts';

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

/** What may be said of any device. */
function place(context: ConfigContext) {
  return {
    host,
    ssh: sshLogin(context).exactOptional(),
    parent: line.exactOptional(),
    tags: tags.default([]),
  };
}

/** A router, and how it is read. */
export function routerSettings(context: ConfigContext) {
  return z
    .strictObject({
      name: line,
      ...place(context),
      ...apiLogin(context),
    })
    .transform((given) => ({ ...given, port: portOf(given) }));
}

const PROBE = 'must be { tcp: PORT } or { ping: true }';

/** A device without the API of a router. */
export function deviceSettings(context: ConfigContext) {
  return z.strictObject({
    name: entryName,
    model: model.refine(
      (word) => word !== 'routeros',
      "must not be 'routeros': a router belongs in routers, which has its login for the API",
    ),
    ...place(context),
    probe: z.union([z.strictObject({ tcp: port }), z.strictObject({ ping: z.literal(true) })], PROBE).exactOptional(),
  });
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
export type DeviceSettings = z.output<ReturnType<typeof deviceSettings>>;
export type LibrenmsSettings = z.output<ReturnType<typeof librenmsSettings>>;

/** The devices of the configuration; they change only with it, which makes a new worker. */
export function configuredDevices(config: {
  readonly routers: readonly RouterSettings[];
  readonly devices: readonly DeviceSettings[];
}): DeviceSource {
  const routers = config.routers.map((router) => routerOf(router, 'config'));
  const others = config.devices.map(({ name, host, model, ssh, probe, parent, tags }): Device => {
    const known = { ...NOTHING_SAID, name, host, model, source: 'config' as const, api: null, tags };
    return { ...known, ssh: accessOf(ssh), probe: probe ?? null, parent: parent ?? null };
  });
  const devices = [...routers, ...others];
  return { devices: () => devices, follow: () => {} };
}

/** Which devices of LibreNMS are added. */
export function assignmentOf({ match, exclude }: LibrenmsSettings): Omit<Assignment, 'configured'> {
  return { match, exclude };
}

/** A device that LibreNMS lists, with what the configuration says of all of them. */
export function listedDevice({ hostname, host }: ListedDevice, librenms: LibrenmsSettings): RouterDevice {
  return routerOf({ ...librenms, name: hostname, host, tags: [] }, 'librenms');
}

const NOTHING_SAID = { probe: null, parent: null, countsUsage: true, hasBackups: true, isPaused: false } as const;

function routerOf(router: RouterSettings, source: Device['source']): RouterDevice {
  const { name, host, port, tls, username, password, encoding, lineMbps, ssh, parent, tags } = router;
  const api = { port, tls, username, password, encoding, lineMbps };
  const known = { ...NOTHING_SAID, name, host, model: 'routeros', source, api, tags };
  return { ...known, ssh: accessOf(ssh), parent: parent ?? null };
}

function accessOf(ssh: RouterSettings['ssh']): SshAccess | null {
  if (ssh === undefined) return null;
  const { port, username, password, privateKey, passphrase, hostKey, legacy } = ssh;
  return {
    ...{ port, username, legacy, hostKey: hostKey ?? null },
    ...{ password: password ?? null, privateKey: privateKey ?? null, passphrase: passphrase ?? null },
  };
}

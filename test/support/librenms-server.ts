import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export const LIBRENMS_TOKEN = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';
/** What an answer carries besides, and what must be found nowhere. */
export const SNMP_SECRETS = ['snmp-community-hidden', 'snmp-authpass-hidden', 'snmp-cryptopass-hidden'] as const;

export interface LibrenmsServer {
  readonly url: string;
  /** The devices that it lists, changeable at any time. */
  devices: object[];
  /** Answers in its place when set. */
  misbehave: ((request: IncomingMessage, response: ServerResponse) => void) | null;
  /** How many times it was asked. */
  asked(): number;
  stop(): Promise<void>;
}

/** A device as LibreNMS's API shows it: all columns, secrets included. */
export function librenmsDevice(change: {
  readonly device_id: number;
  readonly hostname: string;
  readonly [column: string]: unknown;
}): object {
  return {
    inserted: '2024-03-01 10:00:00',
    sysName: 'edge',
    display: null,
    ip: '192.0.2.77',
    overwrite_ip: '',
    community: SNMP_SECRETS[0],
    authlevel: 'authPriv',
    authname: 'monitor',
    authpass: SNMP_SECRETS[1],
    authalgo: 'SHA',
    cryptopass: SNMP_SECRETS[2],
    cryptoalgo: 'AES',
    snmpver: 'v2c',
    port: 161,
    transport: 'udp',
    sysDescr: 'RouterOS CCR2004-1G-12S+2XS',
    version: '7.20.1',
    hardware: 'CCR2004-1G-12S+2XS',
    os: 'routeros',
    status: 1,
    status_reason: '',
    ignore: 0,
    disabled: 0,
    uptime: 1_234_567,
    last_polled: '2026-06-10 12:00:01',
    serial: null,
    location: null,
    lat: null,
    lng: null,
    dependency_parent_id: null,
    ...change,
  };
}

/** Answers as LibreNMS's API does (v0, `list_devices`), on a free port of 127.0.0.1. */
export async function startLibrenms(): Promise<LibrenmsServer> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked++;
    if (self.misbehave !== null) return self.misbehave(request, response);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://librenms');
    if (request.headers['x-auth-token'] !== LIBRENMS_TOKEN) {
      return send(response, 401, { message: 'Unauthenticated.' });
    }
    if (pathname !== '/api/v0/devices') return send(response, 404, { status: 'error', message: 'not found' });
    const os = searchParams.get('type') === 'os' ? searchParams.get('query') : null;
    const devices = self.devices.filter((device) => os === null || ('os' in device && device.os === os));
    send(response, 200, { status: 'ok', devices, count: devices.length });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const self: LibrenmsServer = {
    url: `http://127.0.0.1:${address.port}`,
    devices: [],
    misbehave: null,
    asked: () => asked,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return self;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

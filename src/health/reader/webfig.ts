import { isIPv6 } from 'node:net';
import type { Row } from '../../platform/routeros/sentence.ts';
import { countOf, isYes } from './words.ts';

export const SERVICE_PROPERTIES = ['name', 'port', 'disabled', 'invalid', 'dynamic'] as const;
/** A menu of version 7.22 and later. */
export const WEBSERVER_PROPERTIES = ['webfig-plain', 'webfig-secure'] as const;

export interface Service {
  readonly name: 'www' | 'www-ssl';
  readonly port: number;
}

/** A row of `/ip/service` by which WebFig can be had; `null` for others, and for live connections, which are rows there since 7.19. */
export function serviceOf(row: Row): Service | null {
  const name = row.get('name');
  const port = countOf(row.get('port'));
  const isOff = ['disabled', 'invalid', 'dynamic'].some((flag) => isYes(row.get(flag)));
  if ((name !== 'www' && name !== 'www-ssl') || isOff || port === null || port < 1 || port > 65_535) return null;
  return { name, port };
}

/** The services that the web server's own settings keep from showing WebFig. */
export function barredOf(row: Row): Service['name'][] {
  const isBarred = (property: string) => ['false', 'no'].includes(row.get(property) ?? '');
  return [
    ...(isBarred('webfig-plain') ? ['www' as const] : []),
    ...(isBarred('webfig-secure') ? ['www-ssl' as const] : []),
  ];
}

/** Address of WebFig: the first `www`, else `www-ssl`; `null` where neither runs. */
export function webfigOf(
  host: string,
  services: readonly Service[],
  barred: readonly Service['name'][],
): string | null {
  const live = services.filter(({ name }) => !barred.includes(name));
  const service = live.find(({ name }) => name === 'www') ?? live[0];
  if (service === undefined) return null;
  const [scheme, usual] = service.name === 'www' ? ['http', 80] : ['https', 443];
  const shown = isIPv6(host) ? `[${host}]` : host;
  return `${scheme}://${shown}${service.port === usual ? '' : `:${service.port}`}/`;
}

import { decodePercent } from '../../runtime/percent.ts';

/** What a URL of Redis says, for whoever connects. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string | null;
  readonly password: string | null;
  /** As it is written in the URL: a server may quote either form. */
  readonly writtenPassword: string | null;
  /** The number of the database on the server. */
  readonly database: number;
  readonly hasTls: boolean;
}

const REDIS_PORT = 6379;
const MOST_DATABASES = 65_536;

/** Reads `redis://user:password@host:port/number`, or `rediss:` for TLS; `null` when it is no such URL. */
export function parseRedisUrl(text: string): RedisAddress | null {
  const url = URL.parse(text);
  if (url === null || !['redis:', 'rediss:'].includes(url.protocol)) return null;
  if (url.hostname === '' || url.search !== '' || url.hash !== '') return null;
  const number = /^\/?(\d{0,5})$/.exec(url.pathname)?.[1];
  const [host, username, password] = [
    decodePercent(url.hostname),
    decodePercent(url.username),
    decodePercent(url.password),
  ];
  if (number === undefined || Number(number) >= MOST_DATABASES) return null;
  if (host === null || username === null || password === null) return null;
  return {
    // IPv6 addresses stand in brackets in a URL alone.
    host: host.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? REDIS_PORT : Number(url.port),
    username: username === '' ? null : username,
    password: password === '' ? null : password,
    writtenPassword: url.password === '' ? null : url.password,
    database: Number(number),
    hasTls: url.protocol === 'rediss:',
  };
}

export function isRedisUrl(text: string): boolean {
  return parseRedisUrl(text) !== null;
}

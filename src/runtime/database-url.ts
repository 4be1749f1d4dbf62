import { decodePercent } from './percent.ts';

/** A server of a database that several may serve. */
export interface DatabaseHost {
  /** Name or address; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface MysqlUrl {
  /** One or more, in the order in which they are tried. */
  readonly hosts: readonly DatabaseHost[];
  readonly user: string;
  readonly password: string;
  /** As it is written in the URL: a server may quote either form. */
  readonly writtenPassword: string;
  readonly database: string;
  readonly tls: boolean;
}

const MYSQL_PORT = 3306;
const MOST_HOSTS = 16;
/** `user:password@` up to the last `@`, hosts up to the first slash, one name, perhaps a query. */
const PARTS =
  /^mysql:\/\/(?:(?<login>[^/?#]*)@)?(?<hosts>[^/?#@]+)\/(?<database>[^/?#]+)(?:\?ssl=(?<tls>true|false))?$/i;
const HOST = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<name>[^\s:[\]%]+))(?::(?<port>\d{1,5}))?$/i;

/**
 * Reads `mysql://user:password@host:port,host:port/name?ssl=true`: the form of a URL with several hosts, which `URL` does not
 * know. The port is 3306 unless given; user, password and name may have characters as `%XX`. `null` when it is no such URL.
 */
export function parseMysqlUrl(text: string): MysqlUrl | null {
  const parts = PARTS.exec(text)?.groups;
  if (parts === undefined) return null;
  const hosts = (parts['hosts'] ?? '').split(',').map(parseHost);
  const [user = '', ...password] = (parts['login'] ?? '').split(':');
  const writtenPassword = password.join(':');
  const texts = [user, writtenPassword, parts['database'] ?? ''].map(decodePercent);
  if (hosts.length > MOST_HOSTS || !hosts.every((host) => host !== null)) return null;
  if (!texts.every((each) => each !== null)) return null;
  const [decodedUser = '', decodedPassword = '', database = ''] = texts;
  const tls = parts['tls']?.toLowerCase() === 'true';
  return { hosts, user: decodedUser, password: decodedPassword, writtenPassword, database, tls };
}

/** For people: `host:port,host:port/name`, without user and password. */
export function placeOfMysql({ hosts, database }: MysqlUrl): string {
  return `${hosts.map(hostText).join(',')}/${database}`;
}

/** Whether two URLs name the same database on a server that both of them name; `false` for what is no URL of MySQL. */
export function shareServer(one: string, other: string): boolean {
  const [first, second] = [parseMysqlUrl(one), parseMysqlUrl(other)];
  if (first === null || second === null || first.database !== second.database) return false;
  const known = new Set(first.hosts.map(hostText));
  return second.hosts.some((host) => known.has(hostText(host)));
}

function hostText({ host, port }: DatabaseHost): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function parseHost(text: string): DatabaseHost | null {
  const found = HOST.exec(text)?.groups;
  const host = found?.['v6'] ?? found?.['name'];
  const port = Number(found?.['port'] ?? MYSQL_PORT);
  return host === undefined || port < 1 || port > 65_535 ? null : { host, port };
}

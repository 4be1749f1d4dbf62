import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { parseMysqlUrl } from '../../runtime/database-url.ts';
import { isHost } from '../../runtime/host-name.ts';
import { isOneLine, NOT_ONE_LINE } from '../../runtime/one-line.ts';
import { isKey } from '../../runtime/vault.ts';
import { type Environment, readSecret, Secret, SecretReference } from './secret.ts';

/** What a configuration depends on besides its own text. */
export interface ConfigContext {
  /** Where `secret('X')` looks. */
  readonly env: Environment;
  /** Absolute path of the folder that relative file names start from: the configuration file's. */
  readonly folder: string;
}

/** Names are stored with up to 255 characters. */
const LONGEST_NAME = 255;
const BYTES_PER_GB = 1024 ** 3;
const LOCAL_PART = /^[^\s@<>()[\]\\,;:"]+$/;

/** A name or any other one-line text. */
export const line = z.string().min(1).max(LONGEST_NAME).refine(isOneLine, NOT_ONE_LINE);

/** `*` stands for any characters, `?` for one. */
export const glob = line;

export const host = z
  .string()
  .refine(isHost, "must be a host name or an IP address, without 'https://', port, brackets or path");

/** An IP address, or many of them by prefix length. */
export const addressRange = z
  .string()
  .refine(isAddressRange, "must be an IP address like '10.0.0.5', or a range of them like '10.0.0.0/8'");

/** Where a web application answers, without a slash at the end. */
export const webAddress = z
  .string()
  .refine(isWebAddress, "must be like 'https://librenms.example.com', without user, password, '?' or '#'")
  .transform((url) => url.replace(/\/+$/, ''));

/** Where people reach the pages: they are always at the top of an address, never below a path. */
export const webOrigin = z
  .string()
  .refine(
    (text) => isWebAddress(text) && URL.parse(text)?.pathname === '/',
    "must be like 'https://netsentinel.example.com', without a path, user or password",
  )
  .transform((text) => new URL(text).origin);

/** Where secrets are sent to. */
export const httpsAddress = z
  .string()
  .refine(
    (text) => isWebAddress(text) && URL.parse(text)?.protocol === 'https:',
    "must be like 'https://login.example.com/token', with https and without user, password, '?' or '#'",
  );

export const port = z.int().min(1).max(65_535);

export const mailAddress = z
  .string()
  .refine(isMailbox, "must be one mail address, like 'admin@example.com' or 'Admin <admin@example.com>'");

export const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time of day as hh:mm from '00:00' to '23:59'");

export const weekday = z.enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']);

export const timeZone = z
  .string()
  .refine(isTimeZone, "must be an IANA time zone, like 'Asia/Karachi' or 'Europe/Berlin'");

/** Fractions are allowed: 0.5 is 512 MiB. */
export const gigabytes = z
  .number()
  .positive()
  .max(1_000_000_000)
  .refine((gb) => gb <= 0 || gb * BYTES_PER_GB >= 1, 'must be at least one byte');

/** A code page as the WHATWG names it, e.g. `windows-1251`. */
export const encoding = z
  .string()
  .refine(isEncoding, "must be a known code page, like 'windows-1251', 'windows-1252' or 'koi8-r'");

/** SHA-256 of the certificate in the form that Node's `fingerprint256` has: `AB:CD:…`. */
export const fingerprint = z
  .string()
  .regex(
    /^([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i,
    'must be the SHA-256 fingerprint of the certificate: 64 hexadecimal digits, colons allowed',
  )
  .transform((text) => (text.replaceAll(':', '').toUpperCase().match(/../g) ?? []).join(':'));

/** Text, or `secret('X')`; becomes a `Secret` at once. */
export function secretText(context: ConfigContext) {
  return z
    .custom<string | SecretReference>((value) => typeof value === 'string' || value instanceof SecretReference, {
      error: ({ input }) => `${input === undefined ? 'is missing; it ' : ''}must be text or secret('NAME')`,
    })
    .transform((value, ctx): Secret => {
      if (typeof value === 'string') return new Secret(value);
      const found = readSecret(value.name, context.env);
      if ('secret' in found) return found.secret;
      ctx.addIssue({ code: 'custom', message: found.problem, input: undefined });
      return z.NEVER;
    });
}

/** What encrypts the secrets in the database. */
export function vaultKey(context: ConfigContext) {
  return secretText(context).refine(
    (key) => isKey(key.reveal()),
    'must be 32 bytes in base64 (44 characters), as the command `key new` prints them',
  );
}

/** `sqlite:FILE` or `mysql://…`, kept as a `Secret` because of its password; an SQLite file becomes an absolute path. */
export function databaseUrl(context: ConfigContext) {
  return secretText(context).transform((url, ctx): Secret => {
    const text = url.reveal();
    if (text.startsWith('sqlite:')) {
      const file = text.slice('sqlite:'.length);
      // SQLite's own name for a database in memory: every command would start with an empty database.
      if (file !== '' && file !== ':memory:') return new Secret(`sqlite:${resolve(context.folder, file)}`);
    } else if (parseMysqlUrl(text) !== null) {
      return url;
    }
    ctx.addIssue({
      code: 'custom',
      message:
        "must be 'sqlite:FILE' or 'mysql://user:password@host:3306/database' (special characters in the password as %XX; several servers as 'host1:3306,host2:3306'; for TLS add '?ssl=true')",
      input: undefined,
    });
    return z.NEVER;
  });
}

function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

/** Whether a host name or address is this machine alone. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127\.[\d.]+|::1)$/i.test(host);
}

function isWebAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  return url.username === '' && url.password === '' && !/[?#\s]/.test(text);
}

/** As much as the outbox holds of an address with its name. */
const LONGEST_ADDRESS_BYTES = 1_020;

function isMailbox(text: string): boolean {
  if (/\p{Cc}/u.test(text) || Buffer.byteLength(text) > LONGEST_ADDRESS_BYTES) return false;
  const address = /^[^<>]*<([^<>]+)>$/.exec(text)?.[1] ?? text;
  const at = address.lastIndexOf('@');
  return at > 0 && LOCAL_PART.test(address.slice(0, at)) && isHost(address.slice(at + 1));
}

function isTimeZone(text: string): boolean {
  // Intl also takes offsets such as +05:00, which have no daylight saving time.
  return /^[a-z]/i.test(text) && doesNotThrow(() => new Intl.DateTimeFormat('en', { timeZone: text }));
}

function isEncoding(text: string): boolean {
  return doesNotThrow(() => new TextDecoder(text));
}

function doesNotThrow(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
